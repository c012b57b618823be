"""The methods of arrays, as the NumPy functions that they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _reshape(x: Any, *shape: Any, order: str = "C") -> Any:
    return np.reshape(x, shape[0] if len(shape) == 1 else shape, order=order)  # type: ignore[call-overload]


def _transpose(x: Any, *axes: Any) -> Any:
    if not axes or axes == (None,):
        return np.transpose(x)
    return np.transpose(x, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)


def _astype(x: Any, dtype: Any, **options: Any) -> Any:
    return x.__array_function__(np.astype, (type(x),), (x, dtype), {})  # np.astype takes only real arrays


METHODS: dict[str, Callable[..., Any]] = {
    name: getattr(np, name)
    for name in (
        "sum", "mean", "var", "std", "prod", "max", "min", "ptp", "argmax", "argmin", "cumsum", "cumprod",
        "clip", "round", "dot", "trace", "diagonal", "ravel", "swapaxes", "squeeze", "take", "repeat",
        "argsort", "all", "any", "copy",
    )
}  # fmt: skip
METHODS |= {
    "flatten": np.ravel,
    "conj": np.real,
    "conjugate": np.real,
    "reshape": _reshape,
    "transpose": _transpose,
    "astype": _astype,
}
