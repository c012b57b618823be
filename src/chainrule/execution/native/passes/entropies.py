"""Products with logarithms, as entropies have them: 0 where a factor is, whatever the logarithm."""

from __future__ import annotations

import math

import numpy as np

from ....graph import Node, cast, op

DOUBLE = np.dtype(np.float64)


def xlogy(node: Node) -> Node:
    """x log y."""
    x, y = node.inputs
    return _unless_zero(x, x * op.log(y), y)


def xlog1py(node: Node) -> Node:
    """x log(1 + y)."""
    x, y = node.inputs
    return _unless_zero(x, x * op.log1p(y), y)


def entropy(node: Node) -> Node:
    """−x log x, and −∞ below 0."""
    (x,) = node.inputs
    return op.where(op.less(x, 0.0), -math.inf, _unless_zero(x, -(x * op.log(x)), x))


def relative_entropy(node: Node) -> Node:
    """x log(x/y), and ∞ below 0; near y by the logarithm of 1 + (x − y)/y."""
    x, y = node.inputs
    ratio = x / y
    exact = op.logical_and(op.greater_equal(ratio, float(np.finfo(x.dtype).tiny)), op.isfinite(ratio))
    far = op.where(exact, op.log(ratio), op.log(x) - op.log(y))
    near = op.logical_and(op.greater(ratio, 0.5), op.less(ratio, 2.0))
    return _of_positive(x, y, x * op.where(near, op.log1p((x - y) / y), far), 0.0)


def divergence(node: Node) -> Node:
    """x log(x/y) − x + y, and ∞ below 0; in float64, as SciPy has it: near y, little is left of the terms."""
    x, y = (cast(part, DOUBLE) for part in node.inputs)
    return cast(_of_positive(x, y, x * op.log(x / y) - x + y, y), node.dtype)


def log_sigmoid(node: Node) -> Node:
    """−log(1 + e⁻ˣ), as min(x, −0) − log(1 + e^−|x|), which is −0 where x is large."""
    (x,) = node.inputs
    return op.minimum(x, -0.0) - op.log1p(op.exp(-op.absolute(x)))


def _unless_zero(x: Node, product: Node, y: Node) -> Node:
    """0 where x is and y is a number, elsewhere the product."""
    nothing = op.logical_and(op.equal(x, 0.0), op.logical_not(op.isnan(y)))
    return op.where(nothing, 0.0, product)


def _of_positive(x: Node, y: Node, product: Node, nothing: Node | float) -> Node:
    """The product where x and y are positive; ``nothing`` where x is 0 and y is not negative; else ∞."""
    both = op.logical_and(op.greater(x, 0.0), op.greater(y, 0.0))
    none = op.logical_and(op.equal(x, 0.0), op.greater_equal(y, 0.0))
    otherwise = op.where(op.logical_or(op.isnan(x), op.isnan(y)), x + y, math.inf)
    return op.where(both, product, op.where(none, nothing, otherwise))
