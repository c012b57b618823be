"""Exponentials, logarithms, trigonometric and hyperbolic functions, element by element."""

from __future__ import annotations

import math

import numpy as np

from ..graph import Node, op
from ..linear_maps import Scale
from .records import common_float, elementwise

LN2 = math.log(2)
LN10 = math.log(10)
POSITIVE = [(0.5, 2.0)]
INSIDE = [(-0.8, 0.8)]


def _cosine_of_arcsine(x: Node) -> Node:
    """√(1 − x²), without cancellation near ±1."""
    return op.sqrt((1 - x) * (1 + x))


def _sinc_derivative(y: Node, x: Node) -> Node:
    """(cos πx − sinc x)/x, by its series near 0 where the difference cancels."""
    near = op.less(op.absolute(x), 0.02)
    away = op.where(near, 1.0, x)
    t = op.square(math.pi * x)
    series = -(math.pi**2) / 3 * x * (1 - t / 10 * (1 - t / 28 * (1 - t / 54)))
    return op.where(near, series, (op.cos(math.pi * away) - op.sinc(away)) / away)


elementwise("exp", np.exp, lambda y, x: y)
elementwise("exp2", np.exp2, lambda y, x: LN2 * y)
elementwise("expm1", np.expm1, lambda y, x: op.exp(x))
elementwise("log", np.log, lambda y, x: 1 / x, domain=POSITIVE)
elementwise("log2", np.log2, lambda y, x: 1 / (LN2 * x), domain=POSITIVE)
elementwise("log10", np.log10, lambda y, x: 1 / (LN10 * x), domain=POSITIVE)
elementwise("log1p", np.log1p, lambda y, x: 1 / (1 + x), domain=INSIDE)
elementwise("logaddexp", np.logaddexp, lambda y, a, b: op.expit(a - b), lambda y, a, b: op.expit(b - a))
elementwise(
    "logaddexp2",
    np.logaddexp2,
    lambda y, a, b: op.expit(LN2 * (a - b)),
    lambda y, a, b: op.expit(LN2 * (b - a)),
)

elementwise("sin", np.sin, lambda y, x: op.cos(x))
elementwise("cos", np.cos, lambda y, x: -op.sin(x))
elementwise("tan", np.tan, lambda y, x: 1 + op.square(y), domain=[(-1.0, 1.0)])
elementwise("arcsin", np.arcsin, lambda y, x: Scale(1 / _cosine_of_arcsine(x), singular=True), domain=INSIDE)
elementwise("arccos", np.arccos, lambda y, x: Scale(-1 / _cosine_of_arcsine(x), singular=True), domain=INSIDE)
elementwise("arctan", np.arctan, lambda y, x: 1 / (1 + op.square(x)))
elementwise(
    "arctan2",
    np.arctan2,
    lambda y, a, b: b / op.hypot(a, b) / op.hypot(a, b),
    lambda y, a, b: -a / op.hypot(a, b) / op.hypot(a, b),
    domain=[(0.5, 2.0), (-2.0, 2.0)],
)
elementwise("sinc", np.sinc, _sinc_derivative, promote=common_float)

elementwise("sinh", np.sinh, lambda y, x: op.cosh(x))
elementwise("cosh", np.cosh, lambda y, x: op.sinh(x))
elementwise("tanh", np.tanh, lambda y, x: 1 - op.square(y))
elementwise("arcsinh", np.arcsinh, lambda y, x: 1 / op.hypot(1.0, x))
elementwise(
    "arccosh",
    np.arccosh,
    lambda y, x: Scale(1 / (op.sqrt(x - 1) * op.sqrt(x + 1)), singular=True),
    domain=[(1.2, 3.0)],
)
elementwise("arctanh", np.arctanh, lambda y, x: 1 / ((1 - x) * (1 + x)), domain=INSIDE)
