"""SciPy's functions of probabilities: normal distributions, entropies, log-probabilities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..graph import Node, op
from .records import common_float, elementwise
from .special import OPEN_UNIT, POSITIVE, scipy_special

ROOT_TWO_PI = math.sqrt(2 * math.pi)


def erfc(x: np.ndarray) -> Any:
    """1 − erf(x), without cancellation."""
    import math

    x = np.asarray(x) * 1.0
    return np.vectorize(math.erfc, otypes=[x.dtype])(x)


def ndtr(x: np.ndarray) -> Any:
    """The distribution function of the standard normal distribution."""
    import math

    x = np.asarray(x) * 1.0
    return np.vectorize(lambda z: math.erfc(-z / math.sqrt(2)) / 2, otypes=[x.dtype])(x)


def log_ndtr(x: np.ndarray) -> Any:
    """The logarithm of the standard normal distribution's function."""
    import scipy.special

    return scipy.special.log_ndtr(x)


def ndtri(p: np.ndarray) -> Any:
    """The quantiles of the standard normal distribution."""
    import scipy.special

    return scipy.special.ndtri(p)


def erfinv(x: np.ndarray) -> Any:
    """The inverse of the error function."""
    import scipy.special

    return scipy.special.erfinv(x)


def log_expit(x: np.ndarray) -> Any:
    """log(1/(1 + exp(−x))), without overflow."""
    return -np.logaddexp(0, -x)


def xlogy(x: np.ndarray, y: np.ndarray) -> Any:
    """x log(y), and 0 where x is."""
    none = (x == 0) & ~np.isnan(y)
    return np.where(none, 0, x * np.log(np.where(none, 1, y)))


def xlog1py(x: np.ndarray, y: np.ndarray) -> Any:
    """x log(1 + y), and 0 where x is."""
    none = (x == 0) & ~np.isnan(y)
    return np.where(none, 0, x * np.log1p(np.where(none, 0, y)))


def entr(x: np.ndarray) -> Any:
    """−x log(x), 0 at 0 and −∞ below."""
    return np.where(x < 0, -np.inf, -x * np.log(np.where(x <= 0, 1, x)))


def rel_entr(x: np.ndarray, y: np.ndarray) -> Any:
    """x log(x/y), 0 for x = 0 ≤ y and ∞ where either is negative or y is 0."""
    dtype, x, y = x.dtype, np.asarray(x, float), np.asarray(y, float)
    both = (x > 0) & (y > 0)
    safe = x * np.log(np.where(both, x, 1) / np.where(both, y, 1))
    outside = np.where((x == 0) & (y >= 0), 0, np.inf)
    return np.where(np.isnan(x + y), x + y, np.where(both, safe, outside)).astype(dtype)


def kl_div(x: np.ndarray, y: np.ndarray) -> Any:
    """x log(x/y) − x + y, and ∞ where either is negative or y is 0."""
    dtype, x, y = x.dtype, np.asarray(x, float), np.asarray(y, float)
    both = (x > 0) & (y > 0)
    safe = x * np.log(np.where(both, x, 1) / np.where(both, y, 1)) - x + y
    outside = np.where((x == 0) & (y >= 0), y, np.inf)
    return np.where(np.isnan(x + y), x + y, np.where(both, safe, outside)).astype(dtype)


def _density(x: Node) -> Node:
    """That of the standard normal distribution."""
    return op.exp(-0.5 * op.square(x)) / ROOT_TWO_PI


def _over(x: Node, y: Node) -> Node:
    """x/y, and 0 where both are."""
    none = op.logical_and(op.equal(x, 0.0), op.equal(y, 0.0))
    return x / op.where(none, 1.0, y)


for _name, _helper, _rule, _domain in (
    ("erfc", erfc, lambda y, x: -2 / math.sqrt(math.pi) * op.exp(-op.square(x)), [(-2.0, 2.0)]),
    ("ndtr", ndtr, lambda y, x: _density(x), [(-2.0, 2.0)]),
    ("log_ndtr", log_ndtr, lambda y, x: op.exp(-0.5 * op.square(x) - y) / ROOT_TWO_PI, [(-2.0, 2.0)]),
    ("ndtri", ndtri, lambda y, x: ROOT_TWO_PI * op.exp(0.5 * op.square(y)), OPEN_UNIT),
    ("erfinv", erfinv, lambda y, x: math.sqrt(math.pi) / 2 * op.exp(op.square(y)), [(-0.8, 0.8)]),
    ("log_expit", log_expit, lambda y, x: op.expit(-x), [(-2.0, 2.0)]),
    ("entr", entr, lambda y, x: -op.log(x) - 1, POSITIVE),
):
    elementwise(
        _name, scipy_special(_name), _rule,
        promote=common_float, show=f"{_name}({{0}})", helpers=(_helper,), domain=_domain,
    )  # fmt: skip

for _name, _of_two, _first, _second in (
    ("xlogy", xlogy, lambda z, x, y: op.log(y), lambda z, x, y: _over(x, y)),
    ("xlog1py", xlog1py, lambda z, x, y: op.log1p(y), lambda z, x, y: _over(x, 1 + y)),
    ("rel_entr", rel_entr, lambda z, x, y: op.log(x / y) + 1, lambda z, x, y: -_over(x, y)),
    ("kl_div", kl_div, lambda z, x, y: op.log(x / y), lambda z, x, y: 1 - _over(x, y)),
):
    elementwise(
        _name, scipy_special(_name), _first, _second,
        promote=common_float, show=f"{_name}({{0}}, {{1}})", helpers=(_of_two,), domain=POSITIVE * 2,
    )  # fmt: skip
