"""Results that a product stores in the panels in which a later product reads them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.emission import dividing
from chainrule.execution.native.emission.tiles import ROWS, panel_width
from chainrule.execution.native.expressions import Affine, Apply, Buffer, Literal, Load
from chainrule.execution.native.kernels import Kernel, LoopKernel, Matrix, PackKernel, ProductKernel
from chainrule.execution.native.passes.storing import stored_in_panels
from chainrule.execution.native.step_planning import planned_step
from chainrule.execution.native.target import Target
from tests.execution.native.interpreting import Interpreter
from tests.execution.native.processors import ALL, AVX512

NODE = cr.trace(lambda x: x @ x, np.ones((2, 2))).graph.outputs[0]
F = np.dtype(float)
M, K, N, L = 37, 3, 64, 7  # H = max(A B, 0) is 37 × 64, and E H is 7 × 64
A, B, E, C, H, D, S = (
    Buffer(kind, shape, F, label)
    for kind, label, shape in [
        ("input", "a", (M, K)),
        ("input", "b", (K, N)),
        ("input", "e", (L, M)),
        ("workspace", "c", (M, N)),
        ("workspace", "h", (M, N)),
        ("output", "d", (L, N)),
        ("output", "s", (N,)),
    ]
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short products are divided too."""
    monkeypatch.setattr(dividing, "LEAST_WORK", 0)


def whole(buffer: Buffer) -> Matrix:
    return Matrix(buffer, Affine(), buffer.shape[1], 1)


def width_of(target: Target, columns: int = N) -> int:
    return panel_width(columns, target.lanes(F), target.tile_vectors(M))


def kernels(target: Target) -> tuple[ProductKernel, PackKernel, LoopKernel, ProductKernel]:
    """H = max(A B, 0), its copy in panels, the sums of its columns, and E H."""
    width, place = width_of(target), Affine(0, {0: N, 1: 1})
    positive = Apply("maximum", (Load(C, place), Literal(0.0, F)), F)
    unit = LoopKernel(NODE, (M, N), positive, H, place)
    panels = Buffer("workspace", (N // width, M, width), F, "p")
    return (
        ProductKernel(NODE, (), M, K, N, whole(A), whole(B), whole(C), (unit,), (), frozenset({C})),
        PackKernel(M, N, whole(H), panels, width),
        LoopKernel(
            NODE, (N, M), Load(H, Affine(0, {0: 1, 1: N})), S, Affine(0, {0: 1}), combine="add", reduced=1
        ),
        ProductKernel(NODE, (), L, M, N, whole(E), Matrix(panels, Affine(), width, 1, width), whole(D)),
    )


@pytest.mark.parametrize("packed", [False, True])
def test_a_product_stores_what_others_read_in_panels(packed: bool) -> None:
    target, rng = AVX512, np.random.default_rng(3)
    product, copy, sums, reader = kernels(target)
    first: list[Kernel] = []
    if packed:
        width = width_of(target)
        of_b = PackKernel(K, N, whole(B), Buffer("workspace", (N // width, K, width), F, "q"), width)
        first, product = [of_b], replace(product, b=Matrix(of_b.target, Affine(), width, 1, width))
    found = stored_in_panels([*first, product, copy, sums, reader], target)
    assert len(found) == len(first) + 3
    assert copy not in found
    assert all(H not in (*kernel.buffers(), *kernel.written()) for kernel in found)
    a, b, e = (rng.normal(size=buffer.shape) for buffer in (A, B, E))
    run = Interpreter({A: a, B: b, E: e})
    run.run(found)
    h = np.maximum(a @ b, 0)
    np.testing.assert_allclose(run.array(S), h.sum(axis=0), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(run.array(D), e @ h, rtol=1e-12, atol=1e-13)


def test_so_does_one_whose_results_are_copied_as_they_are() -> None:
    product, copy, sums, reader = kernels(AVX512)
    product = replace(product, epilogue=(), c=whole(H), unstored=frozenset())
    found = stored_in_panels([product, copy, sums, reader], AVX512)
    assert copy not in found
    rng = np.random.default_rng(4)
    a, b, e = (rng.normal(size=buffer.shape) for buffer in (A, B, E))
    run = Interpreter({A: a, B: b, E: e})
    run.run(found)
    np.testing.assert_allclose(run.array(S), (a @ b).sum(axis=0), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(run.array(D), e @ (a @ b), rtol=1e-12, atol=1e-13)


Change = Callable[[ProductKernel, PackKernel, LoopKernel, ProductKernel], list[Kernel]]
OUT = Buffer("output", (L, M), F, "o")
FEW = Buffer("workspace", (ROWS, N), F, "h")
BOTH = Buffer("workspace", (2 * M, N), F, "b")


def part_of_more(
    product: ProductKernel, copy: PackKernel, sums: LoopKernel, reader: ProductKernel
) -> list[Kernel]:
    """The second half of a matrix, of which the first half is copied, and all rows are added up."""
    (unit,) = product.epilogue
    stored = replace(unit, target=BOTH, place=Affine(N * M, {0: N, 1: 1}))
    sums = replace(sums, lengths=(N, 2 * M), expression=Load(BOTH, Affine(0, {0: 1, 1: N})))
    return [replace(product, epilogue=(stored,)), replace(copy, source=whole(BOTH)), sums, reader]


def an_output(
    product: ProductKernel, copy: PackKernel, sums: LoopKernel, reader: ProductKernel
) -> list[Kernel]:
    """Which the caller wants as it is."""
    (unit,), own = product.epilogue, replace(H, kind="output")
    stored = replace(product, epilogue=(replace(unit, target=own),))
    return [stored, replace(copy, source=whole(own)), reader]


def with_copy_on_the_way(
    product: ProductKernel, copy: PackKernel, sums: LoopKernel, reader: ProductKernel
) -> list[Kernel]:
    """A product that goes from one of its own panels to the next."""
    width = copy.width
    panels = Buffer("workspace", (N // width, K, width), F, "q")
    own = PackKernel(K, N, whole(B), panels, width)
    return [replace(product, b=Matrix(panels, Affine(), width, 1, width), on_the_way=own), copy, reader]


REFUSED: dict[str, Change] = {
    "read by a product as it is": lambda product, copy, sums, reader: [
        product,
        copy,
        replace(reader, m=M, k=N, n=L, a=whole(H), b=Matrix(E, Affine(), 1, M), c=whole(OUT)),
        reader,
    ],
    "its columns are added up": lambda product, copy, sums, reader: [
        product,
        copy,
        replace(
            sums,
            lengths=(M, N),
            expression=Load(H, Affine(0, {0: N, 1: 1})),
            target=Buffer("output", (M,), F, "r"),
        ),
        reader,
    ],
    "a part of it is copied": lambda product, copy, sums, reader: [
        product,
        replace(copy, rows=M - 1),
        reader,
    ],
    "in panels of other columns": lambda product, copy, sums, reader: [
        product,
        replace(copy, width=8),
        reader,
    ],
    "rows beside others": part_of_more,
    "an output": an_output,
    "stored in another order": lambda product, copy, sums, reader: [
        replace(product, epilogue=(replace(product.epilogue[0], place=Affine((M - 1) * N, {0: -N, 1: 1})),)),
        copy,
        reader,
    ],
    "its running sums": lambda product, copy, sums, reader: [
        product,
        copy,
        replace(sums, scan=True, target=BOTH, place=Affine(0, {0: M, 1: 1})),
        reader,
    ],
    "added to something": lambda product, copy, sums, reader: [
        product,
        copy,
        replace(sums, combine=None, reduced=0, scatter=True, target=BOTH, place=Affine(0, {0: M, 1: 1})),
        reader,
    ],
    "added up where another number is not finite": lambda product, copy, sums, reader: [
        product,
        copy,
        replace(sums, unless_finite=Buffer("input", (), F, "u")),
        reader,
    ],
    "read across": lambda product, copy, sums, reader: [
        product,
        copy,
        replace(sums, lengths=(N, M - 1), expression=Load(H, Affine(0, {0: 1, 1: N + 1}))),
        reader,
    ],
    "too few rows to be divided by tiles": lambda product, copy, sums, reader: [
        replace(
            product,
            m=ROWS,
            c=whole(replace(C, shape=(ROWS, N))),
            epilogue=(replace(product.epilogue[0], lengths=(ROWS, N), target=FEW),),
        ),
        replace(copy, rows=ROWS, source=whole(FEW)),
        replace(reader, k=ROWS),
    ],
    "its rows are copied in reverse": lambda product, copy, sums, reader: [
        product,
        replace(copy, source=Matrix(H, Affine((M - 1) * N), -N, 1)),
        reader,
    ],
    "its first row is left out": lambda product, copy, sums, reader: [
        product,
        copy,
        replace(sums, lengths=(N, M - 1), expression=Load(H, Affine(N, {0: 1, 1: N}))),
        reader,
    ],
    "of what is copied on the way": with_copy_on_the_way,
    "copied beforehand": lambda product, copy, sums, reader: [copy, product, reader],
    "not divided by tiles": lambda product, copy, sums, reader: [replace(product, m=24), copy, reader],
}


@pytest.mark.parametrize("why", REFUSED)
def test_other_copies_are_made(why: str) -> None:
    given = REFUSED[why](*kernels(AVX512))
    assert stored_in_panels(given, AVX512) == given


@pytest.mark.parametrize("target", [t for t in ALL.values() if not t.wide])
def test_processors_with_narrower_registers_copy(target: Target) -> None:
    given: list[Kernel] = [*kernels(target)]
    assert stored_in_panels(given, target) == given


def test_what_is_read_elsewhere_is_stored_as_it_is() -> None:
    given: list[Kernel] = [*kernels(AVX512)]
    assert stored_in_panels(given, AVX512, {H}) == given


def test_what_is_narrow_is_copied_for_a_product_that_is_wide() -> None:
    rng = np.random.default_rng(9)
    e, x = rng.normal(size=(64, 133)), rng.normal(size=(133, 509)).astype(np.float32)
    w = rng.normal(size=(509, 256)).astype(np.float32)

    def both(w: Any, x: Any) -> tuple[Any, Any]:
        h = np.maximum(x @ w, 0)
        return h.sum(axis=0), e @ h

    def step(carry: Any, rate: Any, x: Any) -> Any:
        return np.mean(x), (carry[0], *both(carry[0], x))

    expected = both(w, x)
    start = (w, *map(np.zeros_like, expected))
    _, (_, *found) = cr.repeat(step)(start, np.zeros(1), np.arange(133)[None], x)
    for value, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("join", [np.concatenate, np.vstack, lambda parts: np.stack(parts).reshape(-1, 256)])
def test_of_matrices_below_each_other_one_is_read_in_panels(join: Callable[[Any], Any]) -> None:
    rng, rows = np.random.default_rng(8), 133
    x, w, e = (rng.normal(size=shape) for shape in [(rows, 60), (60, 256), (64, rows)])

    def both(w: Any, x: Any) -> tuple[Any, Any]:
        h = join([np.maximum(x @ w, 0), np.maximum(x @ (w + 1), 0)])
        return h.sum(axis=0), e @ h[:rows]

    def step(carry: Any, rate: Any, x: Any) -> Any:
        return np.mean(x), (carry[0], *both(carry[0], x))

    expected = both(w, x)
    start = (w, *map(np.zeros_like, expected))
    _, (_, *found) = cr.repeat(step)(start, np.zeros(1), np.arange(rows)[None], x)
    for value, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("batch", "inputs", "hidden"), [(133, 509, 256), (131, 301, 512), (101, 300, 384)])
def test_steps_of_two_layers_are_those_of_numpy(batch: int, inputs: int, hidden: int, dtype: str) -> None:
    """∇W₁ = (∂f/∂Z₁)ᵀ X, whose left factor is stored in panels."""
    rng, outputs, rate = np.random.default_rng(batch), 150, 0.05
    x = rng.normal(size=(2 * batch, inputs)).astype(dtype)
    W1, W2 = (
        (rng.normal(size=shape) / shape[1]).astype(dtype) for shape in ((hidden, inputs), (outputs, hidden))
    )
    b1 = rng.normal(size=hidden).astype(dtype)

    def loss(W1: Any, b1: Any, W2: Any, x: Any) -> Any:
        return np.sum((np.tanh(x @ W1.T + b1) @ W2.T) ** 2) / (2 * batch)

    def step(carry: Any, rate: Any, x: Any) -> Any:
        value, gradient = cr.value_and_grad(loss, wrt=("W1", "b1", "W2"))(*carry, x)
        return value, [p - rate * g for p, g in zip(carry, gradient, strict=True)]

    orders = rng.integers(0, len(x), size=(3, batch))
    losses, after = cr.repeat(step)([W1, b1, W2], np.full(3, rate, dtype), orders, x)
    plan = planned_step(cr.trace(step, [W1, b1, W2], np.array(rate, dtype), x[:batch]).graph, 3, AVX512)
    copies = [
        sum(isinstance(kernel, PackKernel) for kernel in plan.passes[name])  # type: ignore[union-attr]
        for name in ("grouping", "storing")
    ]
    assert copies[1] < copies[0]
    tolerance = 2e-4 if dtype == "float32" else 1e-11
    W1, b1, W2 = (p.astype(float) for p in (W1, b1, W2))
    for order, value in zip(orders, losses, strict=True):
        rows = x[order].astype(float)
        np.testing.assert_allclose(value, loss(W1, b1, W2, rows), rtol=tolerance)
        h = np.tanh(rows @ W1.T + b1)
        of_y = h @ W2.T / batch
        of_z = of_y @ W2 * (1 - h * h)
        W1, b1, W2 = W1 - rate * of_z.T @ rows, b1 - rate * of_z.sum(axis=0), W2 - rate * of_y.T @ h
    for found, expected in zip(after, (W1, b1, W2), strict=True):
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance / 100)
