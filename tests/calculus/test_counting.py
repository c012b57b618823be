"""Multiplications are those that NumPy does, counted one by one on numbers that count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus.counting import NOTHING, Work, multiplications, work
from chainrule.graph import Node, constant, op

RNG = np.random.default_rng(4)


class Number:
    """A number that counts the multiplications and divisions it takes part in."""

    def __init__(self, value: float, count: list[int]) -> None:
        self.value, self.count = value, count

    def _times(self, other: Any) -> Number:
        self.count[0] += 1
        return Number(self.value * getattr(other, "value", other), self.count)

    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _times

    def _plus(self, other: Any) -> Number:
        return Number(self.value + getattr(other, "value", other), self.count)

    __add__ = __radd__ = __sub__ = __rsub__ = _plus

    def __neg__(self) -> Number:
        return self


def counted(node: Node) -> int:
    """The multiplications of a node's NumPy function on numbers that count."""
    count = [0]
    operands = []
    for operand in node.inputs:
        numbers = [Number(float(value), count) for value in RNG.normal(size=operand.type.size)]
        operands.append(np.array(numbers, dtype=object).reshape(operand.shape))
    node.primitive.evaluate(*operands, **node.params)
    return count[0]


A, B, V, T = (constant(RNG.normal(size=shape)) for shape in ((3, 4), (4, 5), (4,), (2, 3, 4)))
NODES: dict[str, Node] = {
    "matrix times matrix": op.einsum(A, B, spec="ij,jk->ik"),
    "matrix times vector": op.einsum(A, V, spec="ij,j->i"),
    "dot": op.einsum(V, V, spec="i,i->"),
    "outer": op.einsum(V, V, spec="i,j->ij"),
    "batch": op.einsum(T, B, spec="bij,jk->bik"),
    "batch of both": op.einsum(T, T, spec="bij,bkj->bik"),
    "multiple": op.einsum(constant(2.0), A, spec=",ij->ij"),
    "multiply": A * A,
    "divide": A / A,
    "add": A + A,
    "subtract": A - A,
    "negative": -A,
    "sum": op.sum(A, axis=(0,)),
    "prod": op.prod(V, axis=(0,)),
    "transpose": op.transpose(A, axes=(1, 0)),
    "concatenate": op.concatenate(A, A, axis=0),
    "slice": op.slice(V, index=((0, 1, 2),), batch=0),
}


@pytest.mark.parametrize("name", NODES)
def test_a_node_does_as_many_multiplications_as_are_counted(name: str) -> None:
    node = NODES[name]
    slack = 1 if node.op == "prod" else 0  # its first factor is taken as it is
    assert multiplications(node) - counted(node) == slack


def test_linear_algebra_counts_to_leading_order() -> None:
    square, columns = constant(np.eye(30)), constant(np.ones((30, 7)))
    assert multiplications(op.inv(square)) == 30**3
    assert multiplications(op.solve(square, columns)) == 30**3 // 3 + 30 * 30 * 7


def test_work_is_added_over_nodes_and_views_write_nothing() -> None:
    product = op.einsum(A, B, spec="ij,jk->ik")
    assert work([product, op.transpose(product, axes=(1, 0)), A]) == Work(3 * 4 * 5, 3 * 5)
    assert work([]) == NOTHING
    assert (Work(3, 4) + Work(1, 1)) * 2 == Work(8, 10)


def test_what_a_plan_says_was_counted_is_what_numbers_count() -> None:
    """Every multiplication of the derivative's graph, each node run on numbers that count."""
    W1, W2, x = RNG.normal(size=(2, 6)), RNG.normal(size=(5, 2)), RNG.normal(size=6)

    def f(x: Any, W1: Any, W2: Any) -> Any:
        return W2 @ (W1 @ x) ** 2

    J = cr.jacobian(f)(x, W1, W2)
    graph, own = J._in_blocks().graph, set(J._special.graph.nodes)
    run = [node for node in graph.nodes if node not in own and node.inputs]
    assert J.plan.chosen.counted == sum(map(counted, run)) == 5 * 2 * 6 + 5 * 2 + 2
    assert J.plan.forward.counted == 6 * (2 * 6 + 2 + 5 * 2) + 2
    assert J.plan.reverse.counted == 5 * (2 * 6 + 2 + 5 * 2) + 2
