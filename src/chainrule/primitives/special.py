"""Special functions: logistic, error and gamma functions, and the stable sums of exponentials."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from ..graph import Node, Shape, broadcast_to, op, reshape, with_unit_axes, without_axes
from ..linear_maps import Compose, General, LinearMap, Scale, Sum, Zero
from ..linear_maps.infinities import left_out
from .records import axes_text, common_float, elementwise, local, normal_samples, structural

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Axes = tuple[int, ...]
Product = Callable[[Node], Node]
Idle = tuple[np.ndarray | None, np.ndarray | None]

OPEN_UNIT = [(0.1, 0.9)]
POSITIVE = [(0.5, 3.0)]


def scipy_special(name: str) -> Callable[..., Any]:
    """A function of scipy.special, imported when it is first called."""

    def call(*arrays: Any) -> Any:
        import scipy.special

        return getattr(scipy.special, name)(*arrays)

    return call


def expit(x: np.ndarray) -> Any:
    """1/(1 + exp(-x)), without overflow."""
    return np.exp(-np.logaddexp(0, -x))


def logit(x: np.ndarray) -> Any:
    """log(x/(1 - x)), without cancellation about x = 1/2."""
    return np.where(x < 0.4, np.log(x / (1 - x)), np.log1p((2 * x - 1) / (1 - x)))


def erf(x: np.ndarray) -> Any:
    """The error function."""
    import math

    x = np.asarray(x) * 1.0
    return np.vectorize(math.erf, otypes=[x.dtype])(x)


def gammaln(x: np.ndarray) -> Any:
    """log |Γ(x)|, infinite at 0, −1, −2, …"""
    import math

    def of_one(y: float) -> float:
        if y == -math.inf:
            return y
        return math.inf if y <= 0 and y == math.floor(y) else math.lgamma(y)

    x = np.asarray(x) * 1.0
    return np.vectorize(of_one, otypes=[x.dtype])(x)


def digamma(x: np.ndarray) -> Any:
    """The derivative of log Γ(x): that of 1 − x for small x, ψ(y) = ψ(y + 1) − 1/y, and Stirling's series."""
    x = np.asarray(x) * 1.0
    y = np.where(x < 0.5, 1 - x, x)
    steps = sum(1 / (y + k) for k in range(10))
    s = (1 / (y + 10)) ** 2
    series = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * 691 / 32760)))))
    large = np.log(y + 10) - 1 / (2 * (y + 10)) - series - steps
    beside = np.where(x < 0.5, x - np.round(x), 0.25)
    return np.where(x < 0.5, large - np.pi / np.tan(np.pi * beside), large).astype(x.dtype)


def polygamma(n: np.ndarray, x: np.ndarray) -> Any:
    """The derivative of log Γ(x) of order n + 1."""
    import scipy.special

    return scipy.special.polygamma(n, x)


def greatest(x: np.ndarray, axis: Any) -> Any:
    """The greatest element, for shifting; 0 where there is none or where it is infinite."""
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(largest), largest, np.zeros((), x.dtype))


def logsumexp(x: np.ndarray, *, axis: Axes) -> Any:
    """log Σ exp(x), without overflow."""
    shift = greatest(x, axis)
    return np.log(np.sum(np.exp(x - shift), axis=axis)) + np.squeeze(shift, axis=axis)


def softmax(x: np.ndarray, *, axis: Axes) -> Any:
    """exp(x)/Σ exp(x), without overflow."""
    e = np.exp(x - greatest(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x: np.ndarray, *, axis: Axes) -> Any:
    """x − log Σ exp(x), the shift taken off first so that large offsets do not cancel."""
    shifted = x - greatest(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _sums(x: Node, v: Node, axis: Axes) -> Node:
    """The sums of v over axes of x, repeated along them; v may have batch axes before those of x."""
    axes = tuple(at + v.ndim - x.ndim for at in axis)
    return broadcast_to(reshape(op.sum(v, axis=axes), with_unit_axes(v.shape, axes)), v.shape)


def _softmax_map(y: Node, x: Node, *, axis: Axes) -> LinearMap:
    def product(v: Node) -> Node:
        return y * (v - _sums(x, y * v, axis))

    def idle() -> Idle:
        out = left_out(x, axis)
        return out, out

    return _along(x, axis, product, product, "diag(s) − s sᵀ", idle)


def _log_softmax_map(y: Node, x: Node, *, axis: Axes) -> LinearMap:
    s = op.exp(y)
    return _along(
        x, axis, lambda v: v - _sums(x, s * v, axis), lambda p: p - s * _sums(x, p, axis), "I − 1 sᵀ",
        lambda: (None, left_out(x, axis)),
    )  # fmt: skip


def _along(
    x: Node, axis: Axes, forward: Product, backward: Product, formula: str, idle: Callable[[], Idle]
) -> LinearMap:
    """A map that mixes along axes, and leaves all others apart."""
    first = min(axis, default=x.ndim)
    apart = [at for at in range(first, x.ndim) if at not in axis]
    block = partial(_mixed_along, x.shape[first:], [at - first for at in apart]) if apart else None
    most = x.type.size * math.prod(x.shape[at] for at in axis)
    return General(
        x.shape, x.shape, forward, backward, formula, x.ndim - first, block=block, most=most, idle=idle
    )


def _mixed_along(shape: Shape, apart: Sequence[int]) -> csr_array:
    """Where elements depend on each other that differ along the axes that are not ``apart``."""
    from scipy.sparse import coo_array, csr_array, kron

    factors = [np.eye(n, dtype=bool) if at in apart else np.ones((n, n), bool) for at, n in enumerate(shape)]
    return csr_array(reduce(kron, map(coo_array, factors)))


def _log_sum_exp_map(y: Node, x: Node, *, axis: Axes) -> LinearMap:
    return Compose((Sum(x.shape, axis), Scale(op.softmax(x, axis=axis))))


def _polygamma_map(y: Node, n: Node, x: Node) -> Node:
    return op.polygamma(n + 1, x)


elementwise(
    "expit", scipy_special("expit"), lambda y, x: y * (1 - y), promote=common_float,
    show="expit({0})", helpers=(expit,), domain=[(-2, 2)],
)  # fmt: skip
elementwise(
    "logit", scipy_special("logit"), lambda y, x: 1 / (x * (1 - x)), promote=common_float,
    show="logit({0})", helpers=(logit,), domain=OPEN_UNIT,
)  # fmt: skip
elementwise(
    "erf", scipy_special("erf"), lambda y, x: 2 / math.sqrt(math.pi) * op.exp(-op.square(x)),
    promote=common_float, show="erf({0})", helpers=(erf,), domain=[(-2, 2)],
)  # fmt: skip
elementwise(
    "gammaln", scipy_special("gammaln"), lambda y, x: op.digamma(x),
    promote=common_float, show="gammaln({0})", helpers=(gammaln,), domain=POSITIVE,
)  # fmt: skip
elementwise(
    "digamma", scipy_special("digamma"), lambda y, x: op.polygamma(1.0, x), promote=common_float,
    show="digamma({0})", helpers=(digamma,), domain=POSITIVE,
)  # fmt: skip
elementwise(
    "polygamma", polygamma, lambda y, n, x: Zero(n.shape, y.shape), _polygamma_map,
    promote=common_float, show="polygamma({0}, {1})", helpers=(polygamma,), domain=[(1, 1), (0.5, 3.0)],
)  # fmt: skip

structural(
    "logsumexp",
    type_rule=lambda x, *, axis: x.with_shape(without_axes(x.shape, axis)),
    evaluate=logsumexp,
    jacobian=local(_log_sum_exp_map),
    show=axes_text("logsumexp"),
    lower="reduce",
    instruction="logaddexp",
    helpers=(greatest, logsumexp),
    samples=normal_samples(((3,), {"axis": (0,)}), ((2, 3, 2), {"axis": (0, 2)}), ((2, 1), {"axis": (1,)})),
)

for _name, _evaluate, _rule in (
    ("softmax", softmax, _softmax_map),
    ("log_softmax", log_softmax, _log_softmax_map),
):
    structural(
        _name,
        type_rule=lambda x, *, axis: x,
        evaluate=_evaluate,
        jacobian=local(_rule),
        show=axes_text(_name),
        lower="reduce",
        helpers=(greatest, _evaluate),
        samples=normal_samples(
            ((3,), {"axis": (0,)}),
            ((2, 3), {"axis": (1,)}),
            ((2, 3, 2), {"axis": (1,)}),
            ((2, 2), {"axis": (0, 1)}),
        ),
    )
