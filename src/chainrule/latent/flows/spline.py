"""The element-wise map of neural spline flows: a monotone piecewise rational quadratic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from ... import special
from ...arguments import Value, as_count
from ...errors import ArgumentError
from .affine import as_limit, clamped

#: The least share of the interval that a bin takes, in width and in height.
LEAST_SHARE = 1e-2

#: The logarithm of a knot's slope is clamped to ± this.
STEEPEST = 4.0


class _Bins(NamedTuple):
    """For every feature its bins: left ends, widths, lower ends, heights, and the knots' slopes."""

    x: Value
    w: Value
    y: Value
    h: Value
    d: Value


class _Bin(NamedTuple):
    """The bin that each number is in, all of shape (n, a); d0 and d1 are the slopes at its ends."""

    x: Value
    w: Value
    y: Value
    h: Value
    d0: Value
    d1: Value


@dataclass(frozen=True, slots=True)
class Spline:
    """A monotone rational-quadratic spline of each number on [-bound, bound], the identity beyond.

    In the bin from (x₀, y₀), of width w and height h, with slopes d₀ and d₁ at its ends, s = h/w and
    t = (x - x₀)/w:

    ``y = y₀ + h (s t² + d₀ t(1-t)) / (s + (d₀ + d₁ - 2s) t(1-t))``.

    Numbers are clipped to the interval before any of this, and what was clipped off is added again, which
    makes the tails the identity without a branch: the spline's slope at ±bound is 1. The inverse solves a
    quadratic by whichever of the two textbook formulas subtracts nothing.

    Args:
        bins: K, how many; widths, heights and the K - 1 inner slopes are free.
        bound: half the interval's length, in units of the columns' standard deviations.

    Raises:
        ArgumentError: a number that makes no sense.

    Source: Durkan, Bekasov, Murray and Papamakarios, "Neural spline flows" (2019), section 3.1; Gregory and
    Delbourgo, "Piecewise rational quadratic interpolation to monotonic data" (1982).

    >>> spline = Spline(bins=3, bound=2.0)
    >>> x = np.array([[-1.5, 0.3, 7.0]])
    >>> y, log_slope = spline.forward(np.zeros((1, 3, spline.size)), x)  # raw numbers of 0: the identity
    >>> np.allclose(y, x), np.allclose(log_slope, 0)
    (True, True)
    """

    bins: int = 8
    bound: float = 4.0
    kind: ClassVar[str] = "spline"

    def __post_init__(self) -> None:
        most = int(1 / LEAST_SHARE) // 2
        if as_count(self.bins, "bins") > most:
            raise ArgumentError(f"bins={self.bins}", expected=f"at most {most}")
        as_limit(self.bound, "bound")

    @property
    def size(self) -> int:
        """How many raw numbers describe the map of one feature: 3 K - 1."""
        return 3 * self.bins - 1

    def forward(self, raw: Value, x: Value) -> tuple[Value, Value]:
        """y and log ∂y/∂x for raw of shape (n, a, 3K - 1) and x of shape (n, a)."""
        inside = np.clip(x, -self.bound, self.bound)
        bins = self._bins(raw)
        at = _select(bins, _place(inside, bins.x))
        t = (inside - at.x) / at.w
        s, both = at.h / at.w, t * (1 - t)
        denominator = s + (at.d0 + at.d1 - 2 * s) * both
        y = at.y + at.h * (s * t * t + at.d0 * both) / denominator
        steepness = at.d1 * t * t + 2 * s * both + at.d0 * (1 - t) ** 2
        log_slope = 2 * np.log(s) + np.log(steepness) - 2 * np.log(denominator)
        return y + (x - inside), log_slope

    def inverse(self, raw: Value, y: Value) -> Value:
        """The x that :meth:`forward` takes to y."""
        inside = np.clip(y, -self.bound, self.bound)
        bins = self._bins(raw)
        at = _select(bins, _place(inside, bins.y))
        s, rise = at.h / at.w, inside - at.y
        bend = rise * (at.d0 + at.d1 - 2 * s)
        a, b, c = at.h * (s - at.d0) + bend, at.h * at.d0 - bend, -s * rise
        root = np.sqrt(np.maximum(b * b - 4 * a * c, 0))
        # a + b = h s > 0, so where b is negative a is not, and each formula adds two numbers of one sign.
        falling = b < 0
        t = np.where(falling, root - b, -2 * c) / np.where(falling, 2 * a, b + root)
        return at.x + t * at.w + (y - inside)

    def _bins(self, raw: Value) -> _Bins:
        K = self.bins
        w, x = self._partition(raw[..., :K])
        h, y = self._partition(raw[..., K : 2 * K])
        one = np.ones((*raw.shape[:-1], 1), raw.dtype)
        inner = np.exp(clamped(raw[..., 2 * K :], STEEPEST))
        return _Bins(x, w, y, h, np.concatenate([one, inner, one], axis=-1))

    def _partition(self, raw: Value) -> tuple[Value, Value]:
        """The lengths of K parts of [-bound, bound], and where each begins."""
        K = self.bins
        share = LEAST_SHARE + (1 - K * LEAST_SHARE) * special.softmax(raw, axis=-1)
        length = 2 * self.bound * share
        before = np.triu(np.ones((K, K), raw.dtype), 1)
        return length, length @ before - self.bound


def _place(x: Value, starts: Value) -> Value:
    """The number of the bin that x is in, with a last axis of length 1."""
    return np.sum((x[..., None] >= starts[..., 1:]).astype(np.int64), axis=-1, keepdims=True)


def _select(bins: _Bins, place: Value) -> _Bin:
    def pick(values: Value) -> Value:
        return np.take_along_axis(values, place, axis=-1)[..., 0]

    d0, d1 = pick(bins.d[..., :-1]), pick(bins.d[..., 1:])
    return _Bin(pick(bins.x), pick(bins.w), pick(bins.y), pick(bins.h), d0, d1)
