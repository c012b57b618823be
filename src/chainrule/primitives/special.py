"""Special functions: logistic, error and gamma functions, and the stable sums of exponentials."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import ArrayType, Node, broadcast_to, op, reshape
from ..linear_maps import Compose, General, LinearMap, Scale, Sum, Zero
from .records import common_float, elementwise, local, normal_samples, structural

OPEN_UNIT = [(0.1, 0.9)]
POSITIVE = [(0.5, 3.0)]


def scipy_special(name: str) -> Callable[..., Any]:
    """A function of scipy.special, imported when it is first called."""

    def call(*arrays: Any) -> Any:
        import scipy.special

        return getattr(scipy.special, name)(*arrays)

    return call


def _max(x: np.ndarray, axis: Any) -> Any:
    """The greatest element, for shifting; 0 where there is none or where it is infinite."""
    greatest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(greatest), greatest, np.zeros((), x.dtype))


def log_sum_exp(x: np.ndarray, *, axis: tuple[int, ...]) -> Any:
    """log Σ exp(x) without overflow."""
    shift = _max(x, axis)
    return np.log(np.sum(np.exp(x - shift), axis=axis)) + np.squeeze(shift, axis=axis)


def normalised_exp(x: np.ndarray, *, axis: int) -> Any:
    """exp(x)/Σ exp(x) without overflow."""
    e = np.exp(x - _max(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_normalised_exp(x: np.ndarray, *, axis: int) -> Any:
    """x − log Σ exp(x), the shift taken off first so that large offsets do not cancel."""
    shifted = x - _max(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _sum_along(x: Node, axis: int) -> Node:
    """The sum over one axis, repeated along it; the axis counts from the right, so batch axes may lead."""
    at = x.ndim + axis
    total = op.sum(x, axis=(at,))
    return broadcast_to(reshape(total, (*x.shape[:at], 1, *x.shape[at + 1 :])), x.shape)


def _softmax_map(y: Node, x: Node, *, axis: int) -> LinearMap:
    right = axis - x.ndim

    def product(v: Node) -> Node:
        return y * (v - _sum_along(y * v, right))

    return General(x.shape, y.shape, product, product, "diag(s) − s sᵀ", -right)


def _log_softmax_map(y: Node, x: Node, *, axis: int) -> LinearMap:
    right, s = axis - x.ndim, op.exp(y)
    return General(
        x.shape,
        y.shape,
        lambda v: v - _sum_along(s * v, right),
        lambda p: p - s * _sum_along(p, right),
        "I − 1 sᵀ",
        -right,
    )


def _log_sum_exp_map(y: Node, x: Node, *, axis: tuple[int, ...]) -> LinearMap:
    kept = tuple(1 if at in axis else n for at, n in enumerate(x.shape))
    weights = op.exp(x - broadcast_to(reshape(y, kept), x.shape))
    return Compose((Sum(x.shape, axis), Scale(weights)))


def _reduced(x: ArrayType, *, axis: tuple[int, ...]) -> ArrayType:
    return x.with_shape(tuple(n for at, n in enumerate(x.shape) if at not in axis))


def _polygamma_map(y: Node, n: Node, x: Node) -> Node:
    return op.polygamma(n + 1, x)


elementwise(
    "expit", scipy_special("expit"), lambda y, x: y * (1 - y), promote=common_float, show="expit({0})",
    domain=[(-2, 2)],
)  # fmt: skip
elementwise(
    "logit", scipy_special("logit"), lambda y, x: 1 / (x * (1 - x)), promote=common_float, show="logit({0})",
    domain=OPEN_UNIT,
)  # fmt: skip
elementwise(
    "erf", scipy_special("erf"), lambda y, x: 2 / math.sqrt(math.pi) * op.exp(-op.square(x)),
    promote=common_float, show="erf({0})", domain=[(-2, 2)],
)  # fmt: skip
elementwise(
    "gammaln", scipy_special("gammaln"), lambda y, x: op.digamma(x),
    promote=common_float, show="gammaln({0})", domain=POSITIVE,
)  # fmt: skip
elementwise(
    "digamma", scipy_special("digamma"), lambda y, x: op.polygamma(1.0, x), promote=common_float,
    show="digamma({0})", domain=POSITIVE,
)  # fmt: skip
elementwise(
    "polygamma", scipy_special("polygamma"), lambda y, n, x: Zero(n.shape, y.shape), _polygamma_map,
    promote=common_float, show="polygamma({0}, {1})", domain=[(1, 1), (0.5, 3.0)],
)  # fmt: skip

structural(
    "logsumexp",
    type_rule=_reduced,
    evaluate=log_sum_exp,
    jacobian=local(_log_sum_exp_map),
    show="logsumexp({0}, axis={axis})",
    lower="reduce",
    instruction="logaddexp",
    samples=normal_samples(((3,), {"axis": (0,)}), ((2, 3, 2), {"axis": (0, 2)}), ((2, 1), {"axis": (1,)})),
)

for _name, _evaluate, _rule in (
    ("softmax", normalised_exp, _softmax_map),
    ("log_softmax", log_normalised_exp, _log_softmax_map),
):
    structural(
        _name,
        type_rule=lambda x, *, axis: x,
        evaluate=_evaluate,
        jacobian=local(_rule),
        show=f"{_name}({{0}}, axis={{axis}})",
        lower="reduce",
        samples=normal_samples(((3,), {"axis": 0}), ((2, 3), {"axis": 1}), ((2, 3, 2), {"axis": 1})),
    )
