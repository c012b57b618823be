"""Special functions of arrays, on plain arrays and in traced functions.

The names and meanings are those of :mod:`scipy.special`; x is an array of any shape, float32 or float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .errors import ShapeError
from .graph import primitive
from .lines import user_line
from .tracing import Traced, apply


def _call(name: str, x: Any, **params: Any) -> Any:
    array = x if isinstance(x, Traced) else np.asarray(x)
    if array.dtype.kind != "f":
        array = array.astype(float)
    if isinstance(array, Traced):
        return apply(name, array, **params)
    with np.errstate(all="ignore"):
        return primitive(name).evaluate(array, **params)


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    try:
        return tuple(range(ndim)) if axis is None else tuple(sorted(normalize_axis_tuple(axis, ndim)))
    except ValueError as error:
        raise ShapeError(
            str(error), expected=f"axes of an array with {ndim}, each once", where=user_line()
        ) from None


def expit(x: Any) -> Any:
    """The logistic sigmoid, elementwise.

    σ(x) = 1/(1 + exp(−x)); σ'(x) = σ(x)(1 − σ(x)) ≤ ¼.

    Returns:
        An array of x's shape, between 0 and 1.

    Source: the lecture, "≥3-layer NNs".

    >>> from chainrule import special
    >>> float(special.expit(0.0))
    0.5
    """
    return _call("expit", x)


def logit(x: Any) -> Any:
    """The inverse of :func:`expit`, elementwise: log(x/(1 − x)) for 0 < x < 1.

    Returns:
        An array of x's shape; ±∞ at 1 and 0, NaN outside.

    Source: the inverse of the lecture's logistic sigmoid.

    >>> from chainrule import special
    >>> float(special.logit(0.5))
    0.0
    """
    return _call("logit", x)


def erf(x: Any) -> Any:
    """The error function, elementwise: 2/√π ∫₀ˣ exp(−t²) dt.

    Returns:
        An array of x's shape, between −1 and 1.

    Source: Abramowitz and Stegun, 7.1.1.

    >>> from chainrule import special
    >>> float(special.erf(0.0))
    0.0
    """
    return _call("erf", x)


def gammaln(x: Any) -> Any:
    """The logarithm of the gamma function's absolute value, elementwise: log|Γ(x)|.

    Returns:
        An array of x's shape.

    Source: Abramowitz and Stegun, 6.1.

    >>> from chainrule import special
    >>> round(float(special.gammaln(5.0)), 6)  # log 4!
    3.178054
    """
    return _call("gammaln", x)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log Σ exp(x) over axes, without overflow.

    Args:
        x: an array of any shape.
        axis: an axis, a tuple of axes, or None for all.
        keepdims: keep the summed axes with length 1.

    Returns:
        An array without those axes; −∞ where there is nothing to sum.

    Source: Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions" (2021).

    >>> from chainrule import special
    >>> round(float(special.logsumexp([1000.0, 1000.0])), 4)
    1000.6931
    """
    axes = _axes(axis, np.ndim(x))
    result = _call("logsumexp", x, axis=axes)
    return np.expand_dims(result, axes) if keepdims else result


def softmax(x: Any, axis: Any = -1) -> Any:
    """exp(x)/Σ exp(x) along an axis, without overflow.

    Args:
        x: an array with at least one axis.
        axis: the axis along which the result sums to 1, a tuple of axes, or None for all.

    Returns:
        An array of x's shape.

    Source: Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions" (2021).

    >>> from chainrule import special
    >>> special.softmax([0.0, 0.0])
    array([0.5, 0.5])
    """
    return _call("softmax", x, axis=_axes(axis, np.ndim(x)))


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of :func:`softmax`, exact even where the softmax underflows: x − log Σ exp(x).

    Args:
        x: an array with at least one axis.
        axis: the axis of the softmax, a tuple of axes, or None for all.

    Returns:
        An array of x's shape.

    Source: Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions" (2021).

    >>> from chainrule import special
    >>> special.log_softmax([0.0, 1000.0])
    array([-1000.,     0.])
    """
    return _call("log_softmax", x, axis=_axes(axis, np.ndim(x)))
