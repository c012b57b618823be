"""Choices, comparisons and steps: smooth on each piece, with a convention at the seams.

ReLU'(0) = 0 (lecture, "≥3-layer NNs"): where max(x, c) ties with a constant, the constant wins. Two variables
that tie share the derivative, one half each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Node, build, cast, op
from ..linear_maps import LinearMap, Mask, Zero
from .records import Rule, elementwise


def _extremum_rule(wins: Callable[[Node, Node], Node], chosen: int) -> Rule:
    def rule(y: Node, a: Node, b: Node) -> Node | LinearMap:
        own, other = (a, b) if chosen == 0 else (b, a)
        strictly = wins(own, other)
        if _is_constant(other):
            return Mask(strictly)
        return cast(strictly, y.dtype) + 0.5 * cast(op.equal(own, other), y.dtype)

    return rule


def _is_constant(node: Node) -> bool:
    while node.op in ("broadcast_to", "reshape", "astype"):
        node = node.inputs[0]
    return node.op == "constant"


def _choose_dtypes(dtypes: tuple[Any, ...]) -> tuple[np.dtype, ...]:
    chosen = np.result_type(*[dtype if isinstance(dtype, np.dtype) else dtype(0) for dtype in dtypes[1:]])
    return (np.dtype(bool), chosen, chosen, chosen)


def _sign_product(y: Node, a: Node, b: Node) -> Node:
    return op.copysign(1.0, a) * op.copysign(1.0, b)


def _wins_or_alone(wins: str) -> Callable[[Node, Node], Node]:
    """For fmax and fmin, which take the other operand where one is NaN."""

    def chosen(own: Node, other: Node) -> Node:
        return op.logical_or(build(wins, own, other), op.isnan(other))

    return chosen


for _name, _wins in [
    ("maximum", op.greater), ("minimum", op.less),
    ("fmax", _wins_or_alone("greater")), ("fmin", _wins_or_alone("less")),
]:  # fmt: skip
    elementwise(_name, getattr(np, _name), _extremum_rule(_wins, 0), _extremum_rule(_wins, 1))

elementwise(
    "where",
    np.where,
    lambda y, c, a, b: Zero(c.shape, y.shape),
    lambda y, c, a, b: Mask(c, guard=True),
    lambda y, c, a, b: Mask(op.logical_not(c), guard=True),
    promote=_choose_dtypes,
    show="np.where({0}, {1}, {2})",
    domain=[(0, 2), (-2, 2), (-2, 2)],
)
elementwise("absolute", np.absolute, lambda y, x: op.sign(x), show="np.abs({0})")
elementwise("copysign", np.copysign, _sign_product, lambda y, a, b: Zero(b.shape, y.shape))
elementwise(
    "heaviside",
    np.heaviside,
    lambda y, x, h: Zero(x.shape, y.shape),
    lambda y, x, h: Mask(op.equal(x, 0)),
)

for _name in ("sign", "floor", "ceil", "trunc", "rint", "floor_divide"):
    elementwise(_name, getattr(np, _name), domain=[(-2, 2), (0.5, 2)][: getattr(np, _name).nin])

for _name, _symbol in [
    ("greater", ">"), ("greater_equal", ">="), ("less", "<"), ("less_equal", "<="),
    ("equal", "=="), ("not_equal", "!="),
]:  # fmt: skip
    elementwise(_name, getattr(np, _name), show=f"{{0}} {_symbol} {{1}}")

for _name in (
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "isnan",
    "isinf",
    "isfinite",
    "signbit",
):
    elementwise(_name, getattr(np, _name))

for _name, _symbol in [("bitwise_and", "&"), ("bitwise_or", "|"), ("bitwise_xor", "^")]:
    elementwise(_name, getattr(np, _name), show=f"{{0}} {_symbol} {{1}}", sample_dtype="bool")
elementwise("invert", np.invert, show="~{0}", sample_dtype="bool")
for _name, _symbol in [("left_shift", "<<"), ("right_shift", ">>")]:
    elementwise(
        _name,
        getattr(np, _name),
        show=f"{{0}} {_symbol} {{1}}",
        domain=[(-100, 100), (0, 5)],
        sample_dtype="int64",
    )
