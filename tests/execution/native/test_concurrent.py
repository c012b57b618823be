"""Kernels at the same time: none depends on another, and the results are, to the bit, those of one after the
other."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.execution.native import compile_repeated, pool, repeating, run_epochs, step_planning
from chainrule.execution.native.emission import dividing
from chainrule.execution.native.emission import module as emission_module
from chainrule.execution.native.emission.concurrent import in_stretches
from chainrule.execution.native.emission.functions import Form, form_of
from chainrule.execution.native.expressions import Affine, Apply, Buffer, Load
from chainrule.execution.native.kernels import Concurrent, Kernel, LoopKernel, ReferenceStep
from chainrule.execution.native.passes.concurrent import concurrent
from chainrule.execution.native.runtime import crowd
from chainrule.execution.native.step_planning import planned_step
from chainrule.execution.native.target import host
from chainrule.graph import Graph
from tests.execution.native.processors import AVX2

F8 = np.dtype("f8")
SHORT, LONG = 64, 2**20  # so many numbers are one piece, or several
BUFFERS = [Buffer("workspace", (LONG,), F8, f"t{k}") for k in range(6)]


def kernel(length: int, target: int, *sources: int) -> LoopKernel:
    """The sum of some arrays."""
    place = Affine(0, {0: 1})
    loads = tuple(Load(BUFFERS[source], place) for source in sources)
    return LoopKernel(None, (length,), Apply("add", loads, F8), BUFFERS[target], place)


def order_of(made: Sequence[Kernel]) -> Iterator[tuple[int, int, Kernel]]:
    """Each kernel with the number of its place, and of its chain there."""
    for place, one in enumerate(made):
        for number, chain in enumerate(one.chains if isinstance(one, Concurrent) else [(one,)]):
            for link in chain:
                yield place, number, link


def depends(later: Kernel, earlier: Kernel) -> bool:
    reads, writes = set(later.buffers()), set(later.written())
    return bool(writes & {*earlier.buffers(), *earlier.written()} or reads & set(earlier.written()))


NUMBERS = st.integers(0, len(BUFFERS) - 1)
KERNELS = st.builds(kernel, st.sampled_from([SHORT, LONG]), NUMBERS, NUMBERS, NUMBERS)


@given(st.lists(KERNELS, max_size=12))
def test_what_depends_on_another_comes_after_it(given: list[LoopKernel]) -> None:
    order = list(order_of(concurrent(given, AVX2)))
    assert len(order) == len(given)
    found = {link: (place, number) for place, number, link in order}
    before = {link: rank for rank, (_, _, link) in enumerate(order)}
    for earlier, later in combinations(given, 2):
        if depends(later, earlier):
            assert before[earlier] < before[later]
            same_chain = found[earlier] == found[later]
            assert same_chain or found[earlier][0] < found[later][0]


@given(st.lists(KERNELS, max_size=12))
def test_there_is_a_divided_kernel_wherever_several_are_computed(given: list[LoopKernel]) -> None:
    for one in concurrent(given, AVX2):
        if isinstance(one, Concurrent):
            assert any(first.lengths == (LONG,) for (first, *_) in one.chains)  # type: ignore[union-attr]
            assert all(len(chain) == 1 for chain in one.chains if chain[0].lengths == (LONG,))  # type: ignore[union-attr]


def test_those_that_touch_little_memory_come_first() -> None:
    large, small = kernel(LONG, 1, 0, 2), kernel(LONG, 3, 0)
    (made,) = concurrent([large, small], AVX2)
    assert isinstance(made, Concurrent)
    assert made.kernels == (small, large)


def test_short_kernels_stand_beside_the_last_divided_one_that_allows_it() -> None:
    first, second = kernel(LONG, 1, 0), kernel(LONG, 2, 1)
    beside_second, beside_first = kernel(SHORT, 3, 0), kernel(SHORT, 1, 4)
    after_it = kernel(SHORT, 5, 3)
    assert [link for *_, link in order_of(concurrent([first, second], AVX2))] == [first, second]
    (alone, together) = concurrent([first, second, beside_second, after_it], AVX2)
    assert alone is first
    assert isinstance(together, Concurrent)
    assert together.chains == ((second,), (beside_second, after_it))
    assert concurrent([first, second, beside_first], AVX2) == [first, second, beside_first]  # second reads t1


def test_kernels_that_take_milliseconds_have_nothing_beside_them() -> None:
    """One thread alone computes their pieces one by one, and is to do so in order."""
    given_ones = [kernel(2**26, 1, 0), kernel(SHORT, 2, 0), kernel(2**26, 3, 0)]
    assert concurrent(given_ones, AVX2) == given_ones


def test_what_numpy_computes_has_nothing_beside_it() -> None:
    node = cr.trace(np.sin, np.ones(3)).graph.nodes[-1]
    step, long = ReferenceStep(node, (BUFFERS[0],), BUFFERS[1]), kernel(LONG, 2, 0)
    for kernels in ([long, step, kernel(LONG, 3, 0)], [step, long], [long, step, kernel(SHORT, 2, 1)]):
        assert step in concurrent(kernels, AVX2)


@given(st.lists(st.sampled_from([SHORT, 2**17, LONG, 3 * LONG]), min_size=1, max_size=8))
def test_every_piece_lies_in_one_stretch_and_long_ones_are_taken_first(lengths: list[int]) -> None:
    chains = [(form_of(kernel(length, 1, 0), AVX2, alone=False),) for length in lengths]
    stretches = in_stretches(chains)
    ends = 0
    for stretch in stretches:
        assert stretch.place == ends
        ends += stretch.pieces
    for number, (form,) in enumerate(chains):
        own = [stretch.pieces for stretch in stretches if stretch.chain == number]
        pieces = form.division.pieces if form.division else 1
        assert sum(own) == pieces
        assert max(own) - min(own) <= 1 if len(own) == 2 else pieces == 1
    sizes = [lengths[stretch.chain] / _pieces(chains[stretch.chain]) for stretch in stretches]
    turn = sizes.index(min(sizes))
    assert sizes[: turn + 1] == sorted(sizes[: turn + 1], reverse=True)
    assert sizes[turn:] == sorted(sizes[turn:])


def _pieces(chain: tuple[Form, ...]) -> int:
    return chain[0].division.pieces if chain[0].division else 1


def step(carry: Any, rate: Any, x: Any, y: Any) -> Any:
    """Momentum's step of a network."""

    def loss(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any) -> Any:
        h = np.maximum(np.maximum(x @ W1.T + b1, 0) @ W2.T + b2, 0)
        return -np.mean(y * cr.special.log_softmax(h @ W3.T, axis=1))

    value, gradients = cr.value_and_grad(loss, wrt=(0, 1, 2, 3, 4))(*carry[0])
    means = [0.9 * m + 0.1 * g for m, g in zip(carry[1], gradients, strict=True)]
    return value, [[p - rate * m for p, m in zip(carry[0], means, strict=True)], means]


def trained(graph: Graph, arrays: list[np.ndarray], threads: int, patch: pytest.MonkeyPatch) -> list[Any]:
    """Losses and parameters after some steps, made by so many threads."""
    for module in (crowd, pool):
        patch.setattr(module, "threads", lambda: threads)
    rows = len(arrays[-1])
    orders = np.array([np.random.default_rng(line).permutation(rows) for line in range(4)])
    rates = np.full(4, 0.1)
    losses, carried = run_epochs(
        {30: compile_repeated(graph, 10)}, arrays[:10], rates, orders, arrays[10:], 30
    )
    assert np.isfinite(losses).all()
    return [losses, *carried]


@pytest.mark.parametrize("at_once", [1, 1e9])
def test_steps_give_the_bits_of_kernels_one_after_the_other(
    at_once: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dividing, "LEAST_WORK", 1)
    monkeypatch.setattr(dividing, "LEAST_STEP", 1)
    monkeypatch.setattr(crowd, "WORTH_ASKING", 0)
    monkeypatch.setattr(repeating, "TRIAL", 1)
    monkeypatch.setattr(emission_module, "AT_ONCE", at_once)
    rng = np.random.default_rng(3)
    shapes = [(70, 9), (70,), (40, 70), (40,), (3, 40)]
    carry = [[rng.normal(size=shape) / 9 for shape in shapes] for _ in range(2)]
    x, y = rng.normal(size=(60, 9)), np.eye(3)[rng.integers(0, 3, size=60)]
    graph = cr.trace(step, carry, np.array(0.1), x[:30], y[:30]).graph
    kernels = planned_step(graph, 10, host()).kernels
    assert sum(isinstance(one, Concurrent) for one in kernels) > 1
    arrays = [*carry[0], *carry[1], x, y]
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path / "together"))
    found = [trained(graph, arrays, threads, monkeypatch) for threads in (1, 2, 3)]
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path / "apart"))
    monkeypatch.setattr(step_planning, "concurrent", lambda kernels, target: list(kernels))
    expected = trained(graph, arrays, 1, monkeypatch)
    for each in found:
        for one, other in zip(each, expected, strict=True):
            np.testing.assert_array_equal(one, other)
