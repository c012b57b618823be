"""A chain of 30,000 operations: nothing recurses, and what is not used any more is freed."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import push_graph, simplify, value_and_gradient_graph
from chainrule.execution import compile_reference
from chainrule.graph import ArrayType, Graph, Node, constant, input_node, op, rebuild

DEPTH = 30_000
pytestmark = pytest.mark.slow

SCALAR = ArrayType((), np.dtype("float64"))


@pytest.fixture(autouse=True)
def _shallow_stack() -> Iterator[None]:
    """Python's own limit, whatever another test has done to it."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(limit)


def chain(x: Node, depth: int) -> Node:
    for _ in range(depth):
        x = op.sin(x)
    return x


def values(x: float, depth: int) -> np.ndarray:
    """x, sin x, sin sin x, ..."""
    computed = np.empty(depth)
    for i in range(depth):
        computed[i] = x
        x = np.sin(x)
    return computed


def test_a_deep_function_traces_prints_and_runs() -> None:
    def deep(x):
        for _ in range(DEPTH):
            x = x + 1.0
        return x

    graph = cr.trace(deep, np.array(0.5))
    assert len(str(graph).splitlines()) == DEPTH + 3
    assert graph.run(np.array(0.5)).output == DEPTH + 0.5


def test_a_deep_graph_is_differentiated_and_simplified_in_both_modes() -> None:
    x = input_node(SCALAR, "x")
    graph = simplify(Graph((x,), (chain(x, DEPTH),)))
    value, gradient = compile_reference(value_and_gradient_graph(graph, [x]))(np.array(1.0))
    computed = values(1.0, DEPTH)
    assert value == np.sin(computed[-1])
    np.testing.assert_allclose(gradient, np.prod(np.cos(computed)), 1e-9)

    shallower = Graph((x,), (chain(x, DEPTH // 10),))
    (pushed,) = compile_reference(push_graph(shallower, [x]))(np.array(1.0), np.array(1.0))
    np.testing.assert_allclose(pushed, np.prod(np.cos(computed[: DEPTH // 10])), 1e-9)


def test_a_deep_graph_is_freed() -> None:
    def count() -> int:
        gc.collect()
        return sum(isinstance(tracked, Node) for tracked in gc.get_objects())

    before = count()
    x = input_node(SCALAR, "x")
    graph = Graph((x,), (chain(x, DEPTH),))
    copies = rebuild(graph, [op.exp(constant(0.0))])
    assert count() >= before + 2 * DEPTH
    del x, graph, copies
    assert count() == before


def test_a_wide_join_is_differentiated() -> None:
    """Each of many parts is used once; what each costs must not grow with how many there are."""

    def joined(x):
        return np.sum(np.stack([x[i] * i for i in range(3000)]) ** 2)

    x = np.ones(3000)
    np.testing.assert_allclose(cr.grad(joined)(x), 2.0 * np.arange(3000) ** 2, 1e-14)
