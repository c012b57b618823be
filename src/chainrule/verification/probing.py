"""The derivative of f along a direction in one tensor, beside what was given for it: one row an output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .analytic import Analytic
from .complex_step import complex_step
from .differentiation import Derivative, central, forward
from .evidence import Evidence, Nature, evidence
from .extrapolation import SAFETY, Floats, Limit
from .point import Point, Tensor
from .report import Kink, Row
from .steps import Scale
from .verdicts import judge

Entries = NDArray[np.intp]

AGAIN = 0.57
"""How many times as wide the steps are at a second look."""
MARGIN = 10.0
"""A derivative that is off by fewer bounds than this is looked at again."""
BLUNT = 1e-9
"""Where a bound is wider than this part of the slope, complex steps are tried."""
RELATIVE = 1e4
"""Where the middle 80 % of a tensor's entries span more than this, each is moved in proportion to itself."""


@dataclass(frozen=True, slots=True)
class Probe:
    """How the derivatives of one function at one point are measured.

    Attributes:
        here: f at the point, (m,).
        epsilon: the relative rounding error of f's values.
        method, step: as given to :func:`chainrule.check`.
    """

    point: Point
    here: Floats
    epsilon: float
    method: str
    step: float | None

    def derivative(self, tensor: Tensor, direction: Floats, shift: float = 1.0) -> Derivative:
        """The derivative of every output along a direction (flat, in the tensor's own entries).

        The steps are ``shift`` times the usual ones.
        """
        line = self.point.line(tensor, self._shaped(tensor, direction), len(self.here))
        rule = central if self.method == "central" else forward
        return rule(line, self.here, self._scale(tensor, direction, shift))

    def quotient(self, tensor: Tensor, direction: Floats, h: float) -> Floats:
        """(f(x + h·v) - f(x - h·v)) / 2h."""
        line = self.point.line(tensor, self._shaped(tensor, direction), len(self.here))
        with np.errstate(all="ignore"):
            return np.asarray((line(h) - line(-h)) / (2 * h))

    def bend(self, tensor: Tensor, direction: Floats, h: float) -> Floats:
        """(f(x + h·v) - 2f(x) + f(x - h·v)) / 2h: half of what the slope changes by within h."""
        line = self.point.line(tensor, self._shaped(tensor, direction), len(self.here))
        with np.errstate(all="ignore"):
            return np.asarray((line(h) - 2 * self.here + line(-h)) / (2 * h))

    def complex_step(self, tensor: Tensor, direction: Floats, width: float) -> Limit | None:
        """The derivative by complex steps, where f takes them, over a width on which f looks smooth."""
        return complex_step(self.point, self.here, tensor, self._shaped(tensor, direction), width)

    def _scale(self, tensor: Tensor, direction: Floats, shift: float) -> Scale:
        entries = tensor.value.ravel()[direction != 0]
        sizes = np.abs(entries.astype(np.float64))
        finite = sizes[np.isfinite(sizes)]
        alone = sizes.size == 1
        return Scale(
            size=max(1.0, float(finite.max(initial=0.0))),
            nearest=float(sizes[0]) if alone else 0.0,
            epsilon=self.precision(tensor),
            grid=2 * float(np.spacing(np.abs(entries[0]))) if alone and finite.size else 0.0,
            step=self.step,
            shift=shift,
        )

    def precision(self, tensor: Tensor) -> float:
        """The relative rounding error of f, and of the tensor that is moved."""
        return max(self.epsilon, float(np.finfo(tensor.value.dtype).eps))

    def _shaped(self, tensor: Tensor, direction: Floats) -> NDArray[np.floating]:
        return direction.reshape(tensor.value.shape).astype(tensor.value.dtype)


def random_direction(tensor: Tensor, entries: Entries, rng: np.random.Generator) -> Floats:
    """A direction of length 1 in some entries, in which none has a much smaller part than another.

    Entries that span many magnitudes are moved each in proportion to its own.
    """
    parts = rng.choice([-1.0, 1.0], entries.size) * rng.uniform(0.5, 1.5, entries.size)
    sizes = np.abs(tensor.value.ravel()[entries].astype(np.float64))
    moving = sizes[np.isfinite(sizes) & (sizes > 0)]
    if moving.size:
        low, high = np.quantile(moving, [0.1, 0.9])
        if high > RELATIVE * low:
            parts *= np.clip(sizes, moving.min(), high)
    direction = np.zeros(tensor.value.size)
    direction[entries] = parts / np.linalg.norm(parts)
    return direction


def unit_direction(tensor: Tensor, entry: int) -> Floats:
    """The direction of one entry."""
    direction = np.zeros(tensor.value.size)
    direction[entry] = 1.0
    return direction


@dataclass(frozen=True, slots=True)
class Measurement:
    """The derivative of f along one direction in a tensor."""

    tensor: Tensor
    direction: Floats
    derivative: Derivative

    @property
    def entries(self) -> Entries:
        return np.flatnonzero(self.direction)

    def within(self, entries: Entries) -> Floats:
        """The part of the direction in some of its entries."""
        part = np.zeros_like(self.direction)
        part[entries] = self.direction[entries]
        return part


def measure(probe: Probe, tensor: Tensor, direction: Floats) -> Measurement:
    """Take the derivative along a direction."""
    return Measurement(tensor, direction, probe.derivative(tensor, direction))


def judged_measurement(probe: Probe, measured: Measurement, analytic: Analytic) -> list[Row]:
    """One row for each output of f, from a measurement by itself."""
    return judged(probe, measured.tensor, measured.direction, evidence(measured.derivative), analytic)


def judged(
    probe: Probe,
    tensor: Tensor,
    direction: Floats,
    outputs: Sequence[Evidence],
    analytic: Analytic,
    scale: float = 0.0,
) -> list[Row]:
    """One row for each output of f.

    Args:
        probe: how the derivative was measured.
        tensor, direction: along what.
        outputs: what values of f say, for each output.
        analytic: the derivative given for the tensor.
        scale: the size of the derivatives beside it.
    """
    entries = np.flatnonzero(direction)
    along = analytic.along(direction)
    allowed = [
        replace(seen, bound=seen.bound + float(rounding))
        for seen, rounding in zip(outputs, along.rounding, strict=True)
    ]
    if any(map(_is_marginal, along.value, allowed)):
        again = evidence(probe.derivative(tensor, direction, AGAIN))
        allowed = list(map(_widened, allowed, again, analytic.noise(direction)))
    allowed = _sharpened(probe, tensor, direction, allowed, analytic)
    index = tuple(map(int, np.unravel_index(entries[0], tensor.value.shape))) if entries.size == 1 else None
    weight = float(np.min(np.abs(direction[entries]), initial=1.0))
    found: list[Row] = []
    for i, (given, seen) in enumerate(zip(along.value, allowed, strict=True)):
        verdict, reason = judge(float(given), seen, scale=scale, epsilon=probe.precision(tensor))
        found.append(
            Row(
                parameter=tensor.path,
                index=index,
                output=i if len(outputs) > 1 else None,
                analytic=float(given),
                numeric=seen.numeric,
                bound=seen.bound,
                verdict=verdict,
                reason=reason,
                entries=entries.size,
                weight=weight,
                nature=seen.nature,
                kink=_kink(float(given), seen),
                rule=seen.rule if probe.method == "central" else "forward",
                step=seen.step,
            )
        )
    return found


def _is_marginal(given: float, seen: Evidence) -> bool:
    """Whether a derivative is off by so little that it is looked at again before it is called wrong."""
    off = abs(given - seen.numeric)
    slightly = off < MARGIN * seen.bound or off < 1e-3 * max(abs(given), seen.slope)
    return seen.bound < off and slightly and np.isfinite(seen.bound)


def _widened(seen: Evidence, again: Evidence, noise: float) -> Evidence:
    """The evidence with what a second look adds, and with the noise of the derivative given."""
    apart = abs(again.numeric - seen.numeric)
    contradicted = apart > seen.bound + again.bound
    counts = contradicted or again.bound <= MARGIN * seen.bound
    return replace(seen, bound=seen.bound + (apart if counts else 0.0) + float(noise))


def _sharpened(
    probe: Probe, tensor: Tensor, direction: Floats, outputs: list[Evidence], analytic: Analytic
) -> list[Evidence]:
    """The evidence with the sharper bound of complex steps, where they agree with values of f."""
    if probe.method != "central" or not any(map(_is_blunt, outputs)):
        return outputs
    found = probe.complex_step(tensor, direction, min(seen.step for seen in outputs if _is_blunt(seen)))
    if found is None:
        return outputs
    along = analytic.along(direction)
    bounds = found.bound + along.rounding
    if np.any(np.abs(along.value - found.value) > bounds):
        bounds = bounds + SAFETY * analytic.noise(direction)
    return [
        replace(seen, numeric=float(value), bound=float(bound), rule="complex step")
        if _is_blunt(seen) and bound < seen.bound and abs(value - seen.numeric) <= seen.bound
        else seen
        for seen, value, bound in zip(outputs, found.value, bounds, strict=True)
    ]


def _is_blunt(seen: Evidence) -> bool:
    blunt = BLUNT * max(abs(seen.numeric), seen.slope) < seen.bound < np.inf
    return blunt and seen.nature is Nature.SMOOTH and seen.bend is None and bool(np.isfinite(seen.step))


def _kink(given: float, seen: Evidence) -> Kink | None:
    if seen.bend is None:
        return None
    bend = seen.bend
    distance = bend.distance if seen.beside else 0.0
    return Kink(bend.left, bend.right, distance, bend.contains(given), bend.smooth)
