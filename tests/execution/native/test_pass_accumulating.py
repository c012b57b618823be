"""added_in_place: a sum of blocks among zeros is added up in one array."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.expressions import loads
from chainrule.execution.native.kernels import LoopKernel
from chainrule.execution.native.passes import accumulating
from chainrule.execution.native.passes.accumulating import added_in_place
from chainrule.execution.native.passes.legalise import legalise
from chainrule.execution.native.passes.lower import Lowered, lower
from chainrule.graph import Graph, input_node, op, type_of
from tests.execution.native.by_hand import computed
from tests.execution.native.processors import AVX2

SHAPE = 6, 7
P = np.random.default_rng(5).integers(-9, 10, size=SHAPE).astype(float)


def lowered(f: Callable[..., Any], *arrays: np.ndarray) -> Lowered:
    return lower(legalise(cr.trace(f, *arrays).graph), AVX2)


def pulled(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The derivative of the sum of what a function computes, at U = P."""
    return cr.grad(lambda u: np.sum(f(u)))


def around(n: int) -> Callable[[Any], Any]:
    """Σ k·u over so many neighbours, k = 1, 2, …: a window's correlation."""
    places = [(i, j) for i in range(3) for j in range(5)][:n]
    return lambda u: sum(
        (k + 1) * P[i : i + 4, j : j + 3] * u[i : i + 4, j : j + 3] for k, (i, j) in enumerate(places)
    )


BLOCKS: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "overlapping": (4, around(4)),
    "more than are added in registers": (14, around(14)),
    "apart": (2, lambda u: u[:2] * P[:2] + u[4:] * P[4:]),
    "next to each other": (2, lambda u: u[:3] * P[:3] + u[3:] * P[3:]),
    "beyond the others on two sides": (
        3,
        lambda u: np.sum(u[:, :-1] * P[:, 1:]) + np.sum(u[:-1] * P[:-1]) + np.sum(u[:, 1:] * P[:, :-1]),
    ),
    "rows": (3, lambda u: u[1] * P[0] + u[2] * P[1] + u[5] * P[2]),
    "a row among rows": (2, lambda u: u[1] * P[0] + np.sum(u[1:] * P[1:], axis=0)),
    "columns": (2, lambda u: u[:, 1] * P[:, 0] + u[:, 2:] @ P[0, 2:]),
}


def placed(kernels: Any) -> list[LoopKernel]:
    """Those that write a block among zeros in an array of its own."""
    return [k for k in kernels if isinstance(k, LoopKernel) and k.clear and k.target.kind == "workspace"]


def test_the_gradients_of_slices_are_their_blocks() -> None:
    """What the next test compares with: u ↦ Σ p·u over a block has p there as its gradient, else 0."""
    expected = np.zeros(SHAPE)
    expected[:2] += P[:2]
    expected[4:] += P[4:]
    np.testing.assert_array_equal(pulled(BLOCKS["apart"][1])(P), expected)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_are_added_up_in_one_array(name: str, large: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if large:
        monkeypatch.setattr(accumulating, "LARGE", 0)
    count, f = BLOCKS[name]
    given = lowered(pulled(f), P)
    assert len(placed(given.kernels)) == count
    found = added_in_place(given.kernels)
    assert not placed(found)
    assert all(all(kernel.lengths) for kernel in found if isinstance(kernel, LoopKernel))
    assert [kernel.target for kernel in found if isinstance(kernel, LoopKernel) and kernel.clear].count(
        given.outputs[0]
    ) <= 1  # else it would lose what has been added before
    arrays = {given.inputs[0]: P, **{b: node.params["value"].value for b, node in given.constants}}
    (made,) = computed(found, arrays, given.outputs)
    np.testing.assert_array_equal(made, pulled(f)(P))


def test_where_all_blocks_overlap_they_are_added_in_registers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these places is written once for every twelve blocks, if they are most of the array."""
    monkeypatch.setattr(accumulating, "LARGE", 0)

    def inner(n: int, length: int = 80) -> list[int]:
        f = lambda u: sum(k * u[k : k + length] for k in range(1, n + 1))  # noqa: E731
        given = lowered(pulled(f), np.ones(100))
        found = added_in_place(given.kernels)
        (made,) = computed(found, {given.inputs[0]: np.ones(100)}, given.outputs)
        expected = np.convolve(np.ones(length), np.arange(n + 1))
        np.testing.assert_array_equal(made, np.pad(expected, (0, 100 - length - n)))
        writing = np.zeros(100, int)
        for kernel in found:
            assert isinstance(kernel, LoopKernel)
            start, (length,) = kernel.place.constant, kernel.lengths
            writing[start : start + length] += 1
        return sorted(set(writing[n : length + 1]))

    assert inner(2) == [1]
    assert inner(12) == [1]
    assert inner(13) == [2]
    assert inner(2, length=51) == [1]
    assert inner(2, length=50) == [3]  # 49 of 100 places: zeros and the blocks, one after the other


def test_of_an_axis_of_length_one_blocks_may_have_a_loop_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accumulating, "LARGE", 0)
    p = P.ravel()[None, :9]
    given = lowered(pulled(lambda u: np.sum(u[0, 1:] * p[0, 1:]) + np.sum(u[:, :-1] * p[:, 1:])), p)
    found = added_in_place(given.kernels)
    assert not placed(found)
    arrays = {given.inputs[0]: p, **{b: node.params["value"].value for b, node in given.constants}}
    (made,) = computed(found, arrays, given.outputs)
    expected = np.zeros((1, 9))
    expected[:, 1:] += p[:, 1:]
    expected[:, :-1] += p[:, 1:]
    np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize(("first", "second"), [(-0.0, -0.0), (-0.0, 0.0), (0.0, -0.0)])
@pytest.mark.parametrize("large", [False, True])
def test_beside_a_block_minus_zero_is_added_to_zero(
    first: float, second: float, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """−0 + 0 = 0; only where −0 is added to −0 is the sum −0."""
    if large:
        monkeypatch.setattr(accumulating, "LARGE", 0)
    pull = cr.grad(lambda u, v: np.sum(u[:-1] * v[0] + u[1:] * v[1]), wrt="u")
    v = np.array([first, second])
    given = lowered(pull, np.ones(8), v)
    (made,) = computed(
        added_in_place(given.kernels), dict(zip(given.inputs, (np.ones(8), v), strict=True)), given.outputs
    )
    np.testing.assert_array_equal(made, 0)
    signs = np.signbit(made)
    assert not signs[[0, -1]].any()
    assert (signs[1:-1] == (np.signbit(first) and np.signbit(second))).all()


def test_a_sum_that_is_a_part_of_an_array_leaves_the_rest_as_it_is() -> None:
    """Its first rows are those of a sum of blocks of the same shape; the others have been written before."""

    def f(u: Any) -> Any:
        both = np.pad(u, ((1, 0), (0, 0))) + np.pad(u, ((0, 1), (0, 0)))
        return np.concatenate([both[:4], u[:3]])

    given = lowered(f, P)
    *blocks, total, rest = given.kernels
    assert len(placed(blocks)) == 2
    made = computed(added_in_place([rest, *blocks, total]), {given.inputs[0]: P}, given.outputs)
    np.testing.assert_array_equal(made[0], f(P))


@pytest.mark.parametrize("large", [False, True])
def test_blocks_of_a_batch_are_added_up_in_each(large: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if large:
        monkeypatch.setattr(accumulating, "LARGE", 0)
    p = P[:, :4]
    x = input_node(type_of(p), "x")
    first, second = (
        op.place(part, shape=(6, 7), index=((i, 1, 4),), batch=1) for i, part in ((1, x), (2, x + x))
    )
    given = lower(legalise(Graph((x,), (first + second,))), AVX2)
    assert len(placed(given.kernels)) == 2
    found = added_in_place(given.kernels)
    assert not placed(found)
    (made,) = computed(found, {given.inputs[0]: p}, given.outputs)
    expected = np.pad(p, ((0, 0), (1, 2))) + np.pad(2 * p, ((0, 0), (2, 1)))
    np.testing.assert_array_equal(made, expected)


def test_a_copy_of_one_block_stays_a_copy() -> None:
    """Added to 0, −0 would become 0."""
    *blocks, doubled = lowered(lambda u: 2 * np.pad(u, 1), P).kernels
    assert isinstance(doubled, LoopKernel)
    (element,) = loads(doubled.expression)
    kernels = (*blocks, replace(doubled, expression=element))
    assert len(placed(kernels)) == 1
    assert added_in_place(kernels) == kernels


OTHERS: dict[str, Callable[[Any], Any]] = {
    "one block": lambda u: np.pad(u, 1),
    "every other element": lambda u: pulled(lambda u: u[::2] * P[::2] + u[1::2] * P[1::2])(u),
    "one that is read otherwise too": lambda u: (
        lambda first: (first + np.pad(u, ((2, 0), (0, 0))), np.sum(first))
    )(np.pad(u, ((0, 2), (0, 0)))),
    "one added to something else": lambda u: np.pad(u[1:], ((1, 0), (0, 0))) + u,
    "two added to something else": lambda u: (
        np.pad(u, ((1, 0), (0, 0))) + np.pad(u, ((0, 1), (0, 0))) + np.sum(u)
    ),
    "one that is turned": lambda u: (
        np.pad(u[1:, :6], ((1, 0), (0, 0))) + np.pad(u[1:, :6], ((0, 1), (0, 0))).T
    ),
    "a part of what is joined": lambda u: np.concatenate(
        [np.pad(u, ((1, 0), (0, 0))) + np.pad(u, ((0, 1), (0, 0))), u]
    ),
    "the first rows of a sum": lambda u: (
        np.pad(u, ((1, 0), (0, 0))) + np.pad(u, ((0, 1), (0, 0)))
    )[:4],
    "running sums": lambda u: np.cumsum(
        np.pad(u, ((1, 0), (0, 0))) + np.pad(u, ((0, 1), (0, 0))), axis=1
    ),
    "one twice": lambda u: (lambda one: one + one)(np.pad(u, 1)),
    "blocks that are multiplied": lambda u: np.pad(u, ((1, 0), (0, 0))) * np.pad(u, ((0, 1), (0, 0))),
    "a block of another shape": lambda u: np.pad(u, ((1, 0), (0, 0))) + np.pad(u[0], (0, 0))[None],
    "blocks that are outputs": lambda u: (
        lambda one, other: (one, other, one + other)
    )(np.pad(u, ((1, 0), (0, 0))), np.pad(u, ((0, 1), (0, 0)))),
}  # fmt: skip


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("name", OTHERS)
def test_other_kernels_stay_as_they_are(name: str, large: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if large:
        monkeypatch.setattr(accumulating, "LARGE", 0)
    kernels = lowered(OTHERS[name], P).kernels
    assert added_in_place(kernels) == kernels
