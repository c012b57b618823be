"""Runs machine code on arrays that end, or begin, where memory ends: to go beyond ends the process."""

import ctypes
import mmap
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[3]))

import chainrule as cr
from chainrule.execution import compile_reference
from chainrule.execution.native import ready
from chainrule.execution.native.emission import dividing
from chainrule.execution.native.emission.functions import call_function, form_of
from chainrule.execution.native.emission.module import FURTHER
from chainrule.execution.native.expressions import Buffer
from chainrule.execution.native.kernels import Kernel, ReferenceStep
from chainrule.execution.native.llvm_ir import LONG, POINTER, Module, function
from chainrule.execution.native.machine_code.linking import link
from chainrule.execution.native.machine_code.loading import loaded
from chainrule.execution.native.machine_code.objects import object_code
from chainrule.execution.native.passes.memory import ALIGNMENT
from chainrule.execution.native.passes.storing import stored_in_panels
from chainrule.execution.native.planning import planned
from chainrule.execution.native.target import host
from chainrule.graph import Graph
from tests.calculus.random_programs import random_program
from tests.execution.native import test_storing

PAGE = mmap.PAGESIZE
LIBC = ctypes.CDLL(None, use_errno=True)
KEEP: list[mmap.mmap] = []


def guarded(size: int, align: int, side: str) -> int:
    """The address of so many bytes between pages that must not be touched, as close as alignment allows."""
    pages = -(-max(size, 1) // PAGE)
    region = mmap.mmap(-1, (pages + 2) * PAGE)
    KEEP.append(region)
    start = ctypes.addressof(ctypes.c_char.from_buffer(region))
    for page in (start, start + (pages + 1) * PAGE):
        if LIBC.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(PAGE), 0):
            raise OSError(ctypes.get_errno(), "mprotect")
    if side == "before":
        return start + PAGE
    return (start + (pages + 1) * PAGE - size) // align * align


def run(graph: Graph, arrays: list[np.ndarray], side: str) -> None:
    """Run a graph with every array guarded, and compare."""
    plan = planned(graph, host())
    if any(isinstance(kernel, ReferenceStep) for kernel in plan.kernels):
        return
    library = loaded(graph, "program", host(), plan.made).library
    table = (ctypes.c_void_p * (len(plan.slots) + FURTHER))()
    views = {}
    for buffer, slot in plan.slots.items():
        address = guarded(buffer.size * buffer.dtype.itemsize, buffer.dtype.itemsize, side)
        table[slot] = address
        raw = (ctypes.c_char * (buffer.size * buffer.dtype.itemsize)).from_address(address)
        views[buffer] = np.frombuffer(raw, buffer.dtype).reshape(buffer.shape)
    table[len(plan.slots)] = guarded(plan.workspace_bytes, ALIGNMENT, side)
    for buffer, array in zip(plan.lowered.inputs, arrays, strict=True):
        views[buffer][...] = array
    for buffer, node in plan.lowered.constants:
        views[buffer][...] = node.params["value"].value
    library.functions["run"](table)
    for buffer, expected in zip(plan.lowered.outputs, compile_reference(graph)(*arrays), strict=True):
        np.testing.assert_allclose(views[buffer], expected, rtol=1e-3, atol=1e-3)


def run_pieces(a: np.ndarray, b: np.ndarray, side: str) -> None:
    """All pieces of A Bᵀ in one call, as a thread would compute them alone, and compare."""
    plan = planned(cr.trace(lambda a, b: a @ b.T, a, b).graph, host())
    (product,) = plan.kernels
    found = np.full((len(a), len(b)), np.nan, a.dtype)
    given = dict(zip((*plan.lowered.inputs, *plan.lowered.outputs), (a, b, found), strict=True))
    views = {buffer: placed(array, side) for buffer, array in given.items()}
    call_pieces(product, views)
    np.testing.assert_allclose(views[plan.lowered.outputs[0]], a @ b.T, rtol=1e-3, atol=1e-3)


def run_stored(rng: np.random.Generator, side: str) -> None:
    """What a product stores in panels, and what is read there."""
    least, dividing.LEAST_WORK = dividing.LEAST_WORK, 0
    given = {
        buffer: rng.normal(size=buffer.shape) for buffer in (test_storing.A, test_storing.B, test_storing.E)
    }
    views = {buffer: placed(array, side) for buffer, array in given.items()}
    for kernel in stored_in_panels(test_storing.kernels(host()), host()):
        for buffer in kernel.written():
            views[buffer] = placed(np.full(buffer.shape, np.nan), side)
        call_pieces(kernel, views)
    dividing.LEAST_WORK = least
    a, b, e = given.values()
    h = np.maximum(a @ b, 0)
    np.testing.assert_allclose(views[test_storing.S], h.sum(axis=0), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(views[test_storing.D], e @ h, rtol=1e-10, atol=1e-10)


def call_pieces(kernel: Kernel, views: Mapping[Buffer, np.ndarray]) -> None:
    """Compute a kernel, all pieces of it in one call."""
    target = host()
    form, module = form_of(kernel, target, alone=False), Module(target.triple)
    with function(module, "run", [POINTER, LONG, LONG]) as (build, (array, *span)):
        places = (build.element(array, LONG(number), POINTER) for number in range(len(form.buffers)))
        pointers = {b: build.load(place, POINTER) for b, place in zip(form.buffers, places, strict=True)}
        call_function(build, form, pointers, target, span if form.division else ())
        build.give()
    library = link([object_code(str(module), target)], ["run"])
    table = (ctypes.c_void_p * len(form.buffers))(*[views[buffer].ctypes.data for buffer in form.buffers])
    pieces = form.division.pieces if form.division else 0
    library.functions["run"](table, ctypes.c_int64(0), ctypes.c_int64(pieces))


def placed(array: np.ndarray, side: str, align: int = 0) -> np.ndarray:
    """A copy of an array between such pages."""
    address = guarded(array.nbytes, align or array.itemsize, side)
    raw = (ctypes.c_char * array.nbytes).from_address(address)
    copy = np.frombuffer(raw, array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def train(rng: np.random.Generator, dtype: str, side: str, least: int = 1, many: int = 0) -> None:
    """Repeat a step, all it reads and writes being guarded, and compare with a step that is not. Of ``many``
    rows, minibatches are of a few."""
    f, (X, *parameters) = layers(rng, dtype, least)
    X = np.resize(X, (many, X.shape[1])) if many else X
    rows, batch, epochs = len(X), int(rng.integers(least, 30 if many else len(X) + 1)), 3

    def step(carry, rate, x):  # type: ignore[no-untyped-def]
        loss, gradients = f(x, *carry["p"])
        means = [0.9 * m + 0.1 * g for m, g in zip(carry["m"], gradients, strict=True)]
        moved = [p - rate * m / (np.sqrt(m**2) + 1e-3) for p, m in zip(carry["p"], means, strict=True)]
        return loss, {"p": moved, "m": means}

    repeated = cr.repeat(step)
    orders = np.array([rng.permutation(rows) for _ in range(epochs)])
    carry = {"p": parameters, "m": [np.zeros_like(p) for p in parameters]}
    given = carry, np.full(epochs, 1e-2, dtype), orders, X
    losses, expected = repeated(*given, batch_size=batch)
    places = cr.tree.map_leaves(lambda array: placed(array, side), given)
    roomy = ready.workspace
    ready.workspace = lambda size: placed(np.zeros(size, np.uint8), side, ALIGNMENT)
    found, last = repeated(*places, batch_size=batch, overwrite=True)
    ready.workspace = roomy
    np.testing.assert_array_equal(found, losses)
    for name in ("p", "m"):
        for one, other in zip(last[name], expected[name], strict=True):
            np.testing.assert_array_equal(one, other)
            assert not one.flags.owndata  # it was written in place


def layers(
    rng: np.random.Generator, dtype: str, least: int = 1
) -> tuple[Callable[..., Any], list[np.ndarray]]:
    """Networks of odd sizes: their products' tiles and panels end in the middle of registers."""
    m, k, h, n = rng.integers(least, least + 39, size=4)
    shapes = [(m, k), (h, k), (h,), (n, h), (n,)]
    arrays = [(rng.normal(size=shape) / 4).astype(dtype) for shape in shapes]

    def loss(X, W1, b1, W2, b2):  # type: ignore[no-untyped-def]
        hidden = np.maximum(X @ W1.T + b1, 0)
        return np.sum(cr.special.log_softmax(hidden @ W2.T + b2, axis=1) ** 2)

    return cr.value_and_grad(loss, wrt=("W1", "b1", "W2", "b2")), arrays


def main(side: str) -> None:
    """Run random programs and networks."""
    rng = np.random.default_rng(17)
    count = 0
    for _ in range(40):
        program = random_program(rng)
        arrays = [np.asarray(array) for array in program.arguments]
        run(cr.trace(program, *arrays).graph, arrays, side)
        count += 1
    for dtype in ("float32", "float64") * 8:
        f, arrays = layers(rng, dtype)
        run(cr.trace(f, *arrays).graph, arrays, side)
        count += 1
        train(rng, dtype, side)
        count += 1
        train(rng, dtype, side, many=70_001)  # a table whose rows are asked for
        count += 1
    for dtype in ("float32", "float64"):  # long updates of several tiles
        train(rng, dtype, side, least=90)
        count += 1
    for shape in ((187, 211), (213, 200)):
        m, n = shape
        arrays = [rng.uniform(1, 2, size=size) for size in ((m, 9), (n, 9), *[shape] * 3)]
        run(cr.trace(lambda a, b, c, d, e: (a @ b.T) * c - d / e, *arrays).graph, arrays, side)
        count += 1
    far = [rng.normal(size=(67, 261)), rng.normal(size=67)]
    run(cr.trace(lambda A, x: A.T @ x, *far).graph, far, side)
    for n in (257, 261):  # B is packed; of its last panel a register is filled in part, or none
        packed = [rng.normal(size=(33, 40)), rng.normal(size=(40, n))]
        run(cr.trace(lambda A, B: A @ B, *packed).graph, packed, side)
    on_the_way = [rng.normal(size=(33, 300)), rng.normal(size=(901, 300))]
    run(cr.trace(lambda A, B: A @ B.T, *on_the_way).graph, on_the_way, side)
    run_pieces(rng.normal(size=(73, 900)), rng.normal(size=(768, 900)), side)
    run_stored(rng, side)
    count += 6
    sys.stdout.write(f"{count} programs\n")


if __name__ == "__main__":
    main(sys.argv[1])
