"""Polynomials by their coefficients: values, powers, sums, derivatives, integrals and fits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError
from ...execution import evaluate
from ...graph import Node, as_node, broadcast_to, cast, constant, op, reshape, topological_order
from ..registry import covers
from .indexing import section
from .linalg import pinv
from .products import matmul
from .shaping import concatenate, listed, stack


@covers(np.polyval)
def polyval(p: Any, x: Any) -> Node:
    """p₀ xⁿ + … + pₙ₋₁ x + pₙ, by Horner's rule."""
    at = as_node(x)
    count = p.shape[0] if isinstance(p, Node) else len(p)
    first, *rest = listed(p) if count else [constant(0, at.dtype)]
    value = broadcast_to(cast(first, np.result_type(first.dtype, at.dtype)), at.shape)
    for coefficient in rest:
        value = value * at + coefficient
    return value


@covers(np.vander)
def vander(x: Any, N: Any = None, increasing: bool = False) -> Node:
    """Column j is x to the power j; from the last column on, unless ``increasing``."""
    points = as_node(x)
    if points.ndim != 1:
        raise ShapeError(f"np.vander of shape {points.shape}", expected="a vector")
    count = points.shape[0] if N is None else int(N)
    dtype = np.promote_types(points.dtype, int)
    if not count:
        return constant(np.zeros((points.shape[0], 0), dtype))
    points = cast(points, dtype)
    powers = [constant(np.ones(points.shape, dtype)), points][:count]
    while len(powers) < count:
        powers.append(powers[-1] * points)
    return stack(powers if increasing else powers[::-1], -1)


@covers(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Node:
    return op.add(*_of_one_length(a1, a2))


@covers(np.polysub)
def polysub(a1: Any, a2: Any) -> Node:
    return op.subtract(*_of_one_length(a1, a2))


@covers(np.polyder)
def polyder(p: Any, m: int = 1) -> Node:
    """The coefficients of the derivative of order m."""
    coefficients = _vector(p, "np.polyder")
    for _ in range(_order(m, "np.polyder")):
        degree = max(coefficients.shape[0] - 1, 0)
        coefficients = section(coefficients, 0, 0, degree) * np.arange(degree, 0, -1)
    return coefficients


@covers(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Node:
    """The coefficients of an antiderivative of order m, k being its constants, the first one's first."""
    coefficients = _vector(p, "np.polyint")
    order = _order(m, "np.polyint")
    constants = listed(np.zeros(order) if k is None else broadcast_to(as_node(k), (order,))) if order else []
    for last in constants:
        degree = coefficients.shape[0]
        raised = coefficients / np.arange(degree, 0, -1)
        coefficients = concatenate([raised, reshape(last, (1,))])
    return coefficients


@covers(np.poly)
def poly(seq_of_zeros: Any) -> Node:
    """The coefficients of the monic polynomial with these zeros."""
    zeros = _vector(seq_of_zeros, "np.poly")
    zeros = zeros if zeros.type.is_float else cast(zeros, np.dtype(np.float64))
    coefficients = constant(np.ones(1, zeros.dtype))
    for zero in listed(zeros):
        none = np.zeros(1, zeros.dtype)
        coefficients = concatenate([coefficients, none]) - concatenate([none, coefficients * zero])
    return coefficients


@covers(np.polyfit)
def polyfit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Node:
    """The coefficients of the least sum of squares, by the pseudo-inverse of the scaled powers of x."""
    if full or cov is not False:
        raise ArgumentError("np.polyfit with full or cov", expected="neither: the coefficients alone")
    at, values = (cast(z, np.result_type(z.dtype, np.float64)) for z in map(as_node, (x, y)))
    if at.ndim != 1 or not at.shape[0] or values.ndim not in (1, 2) or values.shape[0] != at.shape[0]:
        raise ShapeError(
            f"np.polyfit of shapes {at.shape} and {values.shape}",
            expected="a vector that isn't empty, and as many values, or columns of as many",
        )
    weights = 1.0 if w is None else as_node(w)
    least = at.shape[0] * np.finfo(at.dtype).eps if rcond is None else rcond
    return matmul(_fitting(at, weights, int(deg), least), values * _along(weights, values))


def _fitting(x: Node, weights: Any, degree: int, least: float) -> Node:
    """The matrix that makes coefficients of weighted values: a constant where nothing in it is traced."""
    powers = vander(x, degree + 1)
    powers = powers * _along(weights, powers)
    scale = op.sqrt(op.sum(op.square(powers), axis=(0,)))
    matrix = pinv(powers / scale, rcond=least) / reshape(scale, (scale.shape[0], 1))
    fixed = all(node.op != "input" for node in topological_order([matrix]))
    return constant(evaluate([matrix], {})[0]) if fixed else matrix


def _along(weights: Any, values: Node) -> Any:
    """A weight for each row, or one for all."""
    return (
        reshape(weights, (weights.shape[0], *(1,) * (values.ndim - 1)))
        if isinstance(weights, Node)
        else weights
    )


def _vector(p: Any, name: str) -> Node:
    coefficients = as_node(p)
    if coefficients.ndim > 1:
        raise ShapeError(f"{name} of shape {coefficients.shape}", expected="a vector")
    return reshape(coefficients, (coefficients.type.size,))


def _order(m: Any, name: str) -> int:
    if m < 0:
        raise ArgumentError(f"{name} of order {m}", expected="0 or more")
    return int(m)


def _of_one_length(*polynomials: Any) -> list[Node]:
    """Coefficients with zeros in front of the shorter ones."""
    vectors = [_vector(p, "a polynomial") for p in polynomials]
    length = max(vector.shape[0] for vector in vectors)
    return [concatenate([np.zeros(length - vector.shape[0], vector.dtype), vector]) for vector in vectors]
