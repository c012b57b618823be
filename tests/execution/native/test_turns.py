"""Sums of few results, whose terms take turns so that no addition waits for all the others."""

import itertools
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.emission.vectorising import vector_loop
from chainrule.execution.native.kernels import LoopKernel
from chainrule.execution.native.planning import planned
from chainrule.execution.native.step_planning import planned_step
from chainrule.execution.native.target import Target
from tests.execution.native.processors import ALL, AVX512, for_each

RNG = np.random.default_rng(23)


def combined(x, signs):  # type: ignore[no-untyped-def]
    """By rows, by columns, and altogether."""
    found = [combine(x, axis=axis) for combine in (np.sum, np.max, np.min) for axis in (0, 1, None)]
    found += [np.prod(signs, axis=axis) for axis in (0, 1, None)]
    return *found, np.sum(x * x, axis=0), np.sum((x - 1) ** 2)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 8, 11, 16, 33, 200])
@pytest.mark.parametrize("columns", [1, 2, 3, 17])
def test_every_term_counts_once(rows: int, columns: int) -> None:
    """Of whole numbers, whose sums are exact in any order."""
    for dtype in ("float32", "float64", "int64"):
        x = RNG.integers(-9, 10, size=(rows, columns)).astype(dtype)
        args = x, np.where(x < 0, -1, 1).astype(dtype)
        for ours, expected in zip(cr.compile(combined)(*args), combined(*args), strict=True):
            np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("combine", [np.sum, np.prod, np.max, np.min])
def test_what_is_not_finite_is_passed_on(combine: Callable[..., Any]) -> None:
    compiled = cr.compile(lambda x: combine(x, axis=0))
    for special, rows in itertools.product((np.nan, np.inf, -np.inf), (4, 8, 16)):
        for row in range(rows):
            x = RNG.normal(size=(rows, 2))
            x[row, 1] = special
            np.testing.assert_allclose(compiled(x), combine(x, axis=0), rtol=1e-14, atol=1e-14)


def longest_chain(code: str) -> int:
    """Of additions, each of which waits for the one before."""
    depth: dict[str, int] = {}
    for name, operands in re.findall(r"(%\w+) = fadd (.*)", code):
        depth[name] = 1 + max(depth.get(operand, 0) for operand in re.findall(r"%\w+", operands))
    return max(depth.values())


@pytest.mark.parametrize(
    ("shape", "chain"),
    [((8, 2), 2 + 2), ((4, 2), 2 + 1), ((3, 2), 3), ((4, 16), 2 + 1), ((4,), 2 + 1), ((3,), 3)],
)
def test_additions_wait_for_few_others(shape: tuple[int, ...], chain: int) -> None:
    """Rows of one register and of two, and terms of a single sum."""
    graph = cr.trace(lambda x: np.sum(x, axis=0), np.ones(shape)).graph
    assert longest_chain(planned(graph, AVX512).text("llvm")) == chain


def test_terms_that_take_much_code_take_no_turns() -> None:
    graph = cr.trace(lambda x: np.sum(np.sqrt(x * x * x * x), axis=0), np.ones((8, 2))).graph
    assert longest_chain(planned(graph, AVX512).text("llvm")) == 1  # in a loop, none after it


@pytest.mark.parametrize("target", ALL.values(), ids=list(ALL))
def test_a_few_numbers_that_are_added_up_are_no_vector(target: Target) -> None:
    def along(f: Callable[..., Any], *args: np.ndarray) -> int | None:
        *_, kernel = planned(cr.trace(f, *args).graph, target).kernels
        assert isinstance(kernel, LoopKernel)
        return vector_loop([kernel], target)

    assert along(np.sum, np.ones(4)) is None
    assert along(lambda x: np.sum(x * x), np.ones((2, 2))) is None
    assert along(np.sum, np.ones(5)) is not None
    assert along(lambda x: np.sum(np.exp(x)), np.ones(4)) is not None
    assert along(lambda x: 2.0 * x, np.ones(4)) is not None


@for_each("estimate", "", "", "rsqrt14pd", "")
def test_the_divider_takes_two_numbers(target: Target, estimate: str) -> None:
    def step(w, rate, x):  # type: ignore[no-untyped-def]
        g = np.mean(x, axis=0)
        return np.sum(x), w - rate * g / (np.sqrt(g * g) + 1e-8)

    def code(columns: int) -> str:
        arrays = np.ones(columns), np.ones(()), np.ones((3, columns))
        return planned_step(cr.trace(step, *arrays).graph, 1, target).text("assembly")

    assert "rsqrt14pd" not in code(2)
    assert estimate in code(8)
