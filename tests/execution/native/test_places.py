"""What is written once: kernels in place, values of one block, what lies in memory unchanged."""

import ctypes
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.emission.module import MOST_LINES
from chainrule.execution.native.emission.vectors import Places
from chainrule.execution.native.expressions import Affine, Buffer, Load
from chainrule.execution.native.llvm_ir import FLOAT, POINTER, Module, Value, function, loop
from chainrule.execution.native.llvm_ir.control import LONG_BODY
from chainrule.execution.native.machine_code.linking import link
from chainrule.execution.native.machine_code.loading import address
from chainrule.execution.native.machine_code.objects import object_codes
from chainrule.execution.native.planning import planned
from chainrule.execution.native.runtime.arrays import workspace
from chainrule.execution.native.target import host


def functions(f, *args):  # type: ignore[no-untyped-def]
    return planned(cr.trace(f, *args).graph, host()).module().functions


def test_what_depends_on_its_operands_alone_is_written_once_in_a_block() -> None:
    module = Module("x86_64")
    with function(module, "f", [POINTER, FLOAT], FLOAT) as (build, (memory, x)):
        assert build.fadd(x, x) == build.fadd(x, x)
        assert build.load(memory, FLOAT) != build.load(memory, FLOAT)  # which can change
        before = build.splat(x, 4)
        build.go("next")
        build.start("next")
        assert build.splat(x, 4) != before  # which the other block need not have run
        build.give(x)


@pytest.mark.parametrize("in_registers", [False, True])
def test_of_what_is_to_become_registers_llvm_knows_how_places_are_computed(in_registers: bool) -> None:
    module = Module("x86_64", in_registers=in_registers)
    with function(module, "f", [POINTER]) as (build, (memory,)):
        assert (build.settled(memory) == memory) == in_registers
        build.give()


@pytest.mark.parametrize("settles", [True, False])
@pytest.mark.parametrize(("lines", "long"), [(LONG_BODY // 4, False), (LONG_BODY, True)])
def test_llvm_does_not_ask_how_a_long_loop_counts(lines: int, long: bool, settles: bool) -> None:
    module = Module("x86_64", settles_counts=settles)
    with function(module, "f", [POINTER]) as (build, (memory,)):

        def body(_: Value, values: list[Value]) -> list[Value]:
            for _ in range(lines):
                values = [build.fadd(values[0], build.load(memory, FLOAT))]
            return values

        loop(build, 10, [FLOAT(0)], body)
        build.give()
    assert ("freeze" in module.functions["f"].body) == (long and settles)


def test_a_short_kernel_stands_where_it_runs_and_a_long_one_is_a_function() -> None:
    assert functions(lambda x: np.cumsum(x), np.ones(8)).keys() == {"run"}
    assert len(functions(lambda x: np.cumsum(x), np.ones(8000))) == 2


def test_kernels_alike_share_a_function() -> None:
    names = functions(lambda x, y: (np.cumsum(x), np.cumsum(y)), np.ones(1600), np.ones(1600))
    assert len(names) == 2
    assert names["run"].body.count("call void") == 2


@pytest.mark.parametrize(("size", "small"), [(2, True), (7, True), (40, False)])
def test_the_workspace_of_a_small_program_lies_on_the_stack(size: int, small: bool) -> None:
    def f(x, W):  # type: ignore[no-untyped-def]
        h = np.tanh(W @ x)
        return np.cumsum(h / np.sum(h**2)) @ W.T

    x, W = np.linspace(-1, 1, size), np.linspace(1, 3, size**2).reshape(size, size)
    plan = planned(cr.trace(f, x, W).graph, host())
    assert plan.module().in_registers == small
    library = link(object_codes(plan.module(), host()), ["run"])
    memory, result = workspace(plan.workspace_bytes), np.empty(size)
    addresses = [address(array) for array in (x, W, result)] + [0 if small else address(memory)]
    library.functions["run"]((ctypes.c_void_p * len(addresses))(*addresses))
    np.testing.assert_allclose(result, f(x, W), rtol=1e-12)


def test_a_long_program_is_made_of_functions() -> None:
    def f(x):  # type: ignore[no-untyped-def]
        for i in range(80):
            x = np.exp(x / np.sum(x[: 3 + i]))
        return x

    made = functions(f, np.ones(100))
    assert len(made) > 10
    assert made["run"].body.count("\n") < 2 * MOST_LINES


@pytest.mark.parametrize("rows", [1, 5])
def test_a_row_added_to_each_row_of_a_product_is_read_once_for_a_tile(rows: int) -> None:
    def layer(x, w, b):  # type: ignore[no-untyped-def]
        return x @ w + b

    x, w, b = np.ones((rows, 5)), np.ones((5, 2)), np.arange(2.0)  # sums too long to begin with it
    body = functions(layer, x, w, b)["run"].body
    added = re.findall(r"fadd <\d+ x double> \S+ (%\w+)", body)
    assert len(added) == rows
    assert len(set(added)) == 1
    np.testing.assert_array_equal(cr.compile(layer)(x, w, b), layer(x, w, b))


@pytest.mark.parametrize("rows", [1, 2, 4])
@pytest.mark.parametrize("k", [3, 4, 5, 7, 8, 63, 65])
def test_products_of_few_elements_have_every_term_once(rows: int, k: int) -> None:
    """Sums of whole numbers, which are exact in every order; those of -0 alone are +0."""
    product = cr.compile(lambda x, w: x @ w)
    x, w = np.arange(-5.0, rows * k - 5).reshape(rows, k), np.arange(2.0 * k).reshape(k, 2) - k
    np.testing.assert_array_equal(product(x, w), x @ w)
    assert not np.signbit(product(np.full((rows, k), -0.0), np.ones((k, 2)))).any()


def test_memory_is_read_once_until_it_is_written_to() -> None:
    numbers, others = (Buffer("workspace", (8,), np.dtype(float), label) for label in "ab")
    with function(Module("x86_64"), "f", [POINTER, POINTER]) as (build, (a, b)):
        places = Places(build, {numbers: a, others: b}, {}, host())
        second = Load(numbers, Affine(1))
        first_time = places.value(second)
        assert places.value(second) == first_time
        places.store(first_time, others, Affine(3))
        assert places.value(second) == first_time
        places.store(first_time, numbers, Affine(2))
        assert places.value(second) != first_time


def test_what_was_written_over_is_read_again() -> None:
    def step(w, rate, x):  # type: ignore[no-untyped-def]
        moved = w + rate * x[0]
        return np.sum(moved), moved * w  # w is written over by what reads it

    w, x, orders = np.arange(5.0), np.full((1, 5), 2.0), np.zeros((2, 1), int)
    losses, after = cr.repeat(step)(w, np.ones(2), orders, x)
    once = (w + 2) * w
    np.testing.assert_array_equal(after, (once + 2) * once)
    assert losses.tolist() == [np.sum(w + 2), np.sum(once + 2)]
