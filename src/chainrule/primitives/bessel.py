"""SciPy's Bessel functions of the orders 0 and 1, and functions of Γ."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Node, op
from .records import common_float, elementwise
from .special import POSITIVE, gammaln, scipy_special


def j0(x: np.ndarray) -> Any:
    """The Bessel function of the first kind, of order 0."""
    import scipy.special

    return scipy.special.j0(x)


def j1(x: np.ndarray) -> Any:
    """The Bessel function of the first kind, of order 1."""
    import scipy.special

    return scipy.special.j1(x)


def i0(x: np.ndarray) -> Any:
    """The modified Bessel function of the first kind, of order 0."""
    import scipy.special

    return scipy.special.i0(x)


def i1(x: np.ndarray) -> Any:
    """The modified Bessel function of the first kind, of order 1."""
    import scipy.special

    return scipy.special.i1(x)


def gamma(x: np.ndarray) -> Any:
    """Γ(x)."""
    import scipy.special

    return scipy.special.gamma(x)


def betaln(a: np.ndarray, b: np.ndarray) -> Any:
    """log |B(a, b)|."""
    return gammaln(a) + gammaln(b) - gammaln(a + b)


def _over(y: Node, x: Node, cubic: float) -> Node:
    """y/x, of functions that are x/2 + cubic x³ + … near 0, where that is differentiated further."""
    near = 0.5 + cubic * op.square(x)
    return op.where(op.equal(x, 0.0), near, y / op.where(op.equal(x, 0.0), 1.0, x))


for _name, _helper, _rule in (
    ("j0", j0, lambda y, x: -op.j1(x)),
    ("j1", j1, lambda y, x: op.j0(x) - _over(y, x, -1 / 16)),
    ("i0", i0, lambda y, x: op.i1(x)),
    ("i1", i1, lambda y, x: op.i0(x) - _over(y, x, 1 / 16)),
):
    elementwise(
        _name, scipy_special(_name), _rule, promote=common_float, show=f"{_name}({{0}})", helpers=(_helper,)
    )

elementwise(
    "gamma", scipy_special("gamma"), lambda y, x: y * op.digamma(x),
    promote=common_float, show="gamma({0})", helpers=(gamma,), domain=POSITIVE,
)  # fmt: skip
elementwise(
    "betaln", scipy_special("betaln"),
    lambda y, a, b: op.digamma(a) - op.digamma(a + b), lambda y, a, b: op.digamma(b) - op.digamma(a + b),
    promote=common_float, show="betaln({0}, {1})", helpers=(gammaln, betaln), domain=POSITIVE * 2,
)  # fmt: skip
