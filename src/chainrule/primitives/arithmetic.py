"""Sums, products, quotients and powers, element by element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..graph import Node, op, scalar_value
from ..linear_maps import Identity, LinearMap, Scale, Zero
from .records import elementwise, ufunc_dtypes
from .signs import is_positive


def same(y: Node, *inputs: Node) -> LinearMap:
    """∂y/∂a = 1."""
    return Identity(y.shape)


def opposite(y: Node, *inputs: Node) -> Node:
    """∂y/∂a = −1."""
    return _like(y, -1)


def _like(node: Node, value: float) -> Node:
    return op.broadcast_to(op.astype(value, dtype=node.dtype), shape=node.shape)


def absorb(a: np.ndarray, b: np.ndarray) -> Any:
    """a·b, and 0 wherever a factor is 0, even beside infinity or NaN."""
    with np.errstate(invalid="ignore"):
        product = a * b
    lost = np.isnan(product)
    return np.where(lost & ((a == 0) | (b == 0)), product.dtype.type(0), product) if np.any(lost) else product


def _power_by_base(y: Node, a: Node, n: Node) -> LinearMap:
    exponent = scalar_value(n)
    if exponent is None:
        return Scale(op.absorb(n, op.power(a, n - 1)))
    if exponent == 0:
        return Zero(a.shape, y.shape)
    return Scale(exponent * op.power(a, exponent - 1), singular=exponent < 1)


def _power_by_exponent(y: Node, a: Node, n: Node) -> LinearMap:
    return Scale(op.absorb(y, op.log(a)))


elementwise("add", np.add, same, same, show="{0} + {1}")
elementwise("subtract", np.subtract, same, opposite, show="{0} - {1}")
elementwise("multiply", np.multiply, lambda y, a, b: b, lambda y, a, b: a, show="{0} * {1}")
elementwise(
    "divide", np.divide, lambda y, a, b: op.reciprocal(b), lambda y, a, b: -y / b,
    show="{0} / {1}", domain=[(-2, 2), (0.5, 2)],
)  # fmt: skip
elementwise("negative", np.negative, opposite, show="-{0}")
elementwise("positive", np.positive, same, show="+{0}")
elementwise("reciprocal", np.reciprocal, lambda y, a: -op.square(y), show="1 / {0}", domain=[(0.5, 2)])
elementwise("square", np.square, lambda y, a: 2 * a, show="{0}**2")
elementwise(
    "power", np.power, _power_by_base, _power_by_exponent, show="{0}**{1}", domain=[(0.5, 2), (-2, 2)]
)
elementwise(
    "absorb", absorb,
    lambda y, a, b: Scale(b, singular=True), lambda y, a, b: Scale(a, singular=True),
    promote=ufunc_dtypes(np.multiply), show="absorb({0}, {1})", helpers=(absorb,),
)  # fmt: skip
elementwise("sqrt", np.sqrt, lambda y, a: Scale(0.5 / y, singular=not is_positive(a)), domain=[(0.5, 2)])
elementwise("cbrt", np.cbrt, lambda y, a: Scale(1 / (3 * op.square(y)), singular=True), domain=[(0.5, 2)])
elementwise(
    "hypot",
    np.hypot,
    lambda y, a, b: a / _nonzero(y),
    lambda y, a, b: b / _nonzero(y),
    domain=[(-2, 2), (0.5, 2)],
)
elementwise("deg2rad", np.deg2rad, lambda y, a: _like(y, math.pi / 180))
elementwise("rad2deg", np.rad2deg, lambda y, a: _like(y, 180 / math.pi))
elementwise(
    "remainder",
    np.remainder,
    same,
    lambda y, a, b: -op.floor(a / b),
    show="{0} % {1}",
    domain=[(0.1, 0.9), (1, 2)],
)
elementwise("fmod", np.fmod, same, lambda y, a, b: -op.trunc(a / b), domain=[(0.1, 0.9), (1, 2)])


def _nonzero(y: Node) -> Node:
    """y with 1 in place of 0, for quotients that are 0 there."""
    return op.where(op.equal(y, 0), 1.0, y)
