"""What is said of a value's sign holds for the value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import tracing  # noqa: F401 - registers the primitives
from chainrule.execution import evaluate
from chainrule.graph import Node, constant, input_node, op, type_of
from chainrule.primitives.signs import is_nonnegative, is_positive

X = np.array([-2.0, -0.5, 0.0, 1.0, 3.0])
UNARY = ["square", "absolute", "exp", "expit", "cosh", "sqrt", "negative", "sin", "log", "reciprocal", "cbrt"]
BINARY = ["add", "subtract", "multiply", "divide", "hypot", "maximum", "power"]
NUMBERS = [-1.0, 0.0, 1e-8, 1.0, 2.0]


@st.composite
def expressions(draw: st.DrawFn, x: Node, depth: int = 3) -> Node:
    if not depth or draw(st.booleans()):
        return draw(st.sampled_from([x, *[constant(number) for number in NUMBERS]]))
    operand = expressions(x, depth - 1)
    if draw(st.booleans()):
        return getattr(op, draw(st.sampled_from(UNARY)))(draw(operand))
    return getattr(op, draw(st.sampled_from(BINARY)))(draw(operand), draw(operand))


@settings(max_examples=300)
@given(data=st.data())
def test_a_claim_holds_for_every_value(data: Any) -> None:
    x = input_node(type_of(X), "x")
    node = data.draw(expressions(x))
    (value,) = evaluate([node], {x: X})
    defined = np.asarray(value)[~np.isnan(value)]
    assert not is_nonnegative(node) or (defined >= 0).all()
    assert not is_positive(node) or (defined > 0).all()


@pytest.mark.parametrize(
    ("make", "nonnegative", "positive"),
    [
        (lambda x: op.sum(op.square(x), axis=(0,)), True, False),
        (lambda x: op.square(x) + 1e-3, True, True),
        (lambda x: 1e-3 + op.sum(x * x, axis=(0,)) / 5.0, True, True),
        (lambda x: op.sqrt(op.exp(x) + 1.0), True, True),
        (lambda x: op.square(x) - 1.0, False, False),
        (lambda x: (op.square(x) - 2.0) + 1.0, False, False),
        (lambda x: x + 1.0, False, False),
        (lambda x: constant(0.0) + constant(0.0), True, False),
    ],
)
def test_what_can_be_said(make: Any, nonnegative: bool, positive: bool) -> None:
    node = make(input_node(type_of(X), "x"))
    assert (is_nonnegative(node), is_positive(node)) == (nonnegative, positive)
