"""The element-wise map of RealNVP: a scale and a shift."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...arguments import Value, is_number
from ...errors import ArgumentError


def clamped(raw: Value, limit: float) -> Value:
    """``limit · tanh(raw / limit)``: raw itself near 0, and never beyond ±limit."""
    return limit * np.tanh(raw / limit)


def as_limit(value: float, name: str) -> float:
    """A positive finite number.

    Raises:
        ArgumentError: it is not one.
    """
    if not (is_number(value) and 0 < value < math.inf):
        raise ArgumentError(f"{name}={value!r}", expected="a positive finite number")
    return float(value)


@dataclass(frozen=True, slots=True)
class Affine:
    """``y = x exp(s) + t`` for each number, with s clamped to ±limit.

    Args:
        limit: the largest |s|, so that no scale leaves exp(±limit).

    Raises:
        ArgumentError: the limit is not a positive finite number.

    Source: Dinh, Sohl-Dickstein and Bengio, "Density estimation using Real NVP" (2017), equation 7.

    >>> y, log_slope = Affine().forward(np.array([[[0.5, 1.0]]]), np.array([[2.0]]))
    >>> y.round(4).tolist(), log_slope.round(4).tolist()
    ([[4.2824]], [[0.4954]])
    """

    limit: float = 3.0
    kind: ClassVar[str] = "affine"

    def __post_init__(self) -> None:
        as_limit(self.limit, "limit")

    @property
    def size(self) -> int:
        """How many raw numbers describe the map of one feature: s before the clamp, and t."""
        return 2

    def forward(self, raw: Value, x: Value) -> tuple[Value, Value]:
        """y and log ∂y/∂x for raw of shape (n, a, 2) and x of shape (n, a)."""
        s = clamped(raw[..., 0], self.limit)
        return x * np.exp(s) + raw[..., 1], s

    def inverse(self, raw: Value, y: Value) -> Value:
        """The x that :meth:`forward` takes to y."""
        return (y - raw[..., 1]) * np.exp(-clamped(raw[..., 0], self.limit))
