"""Where a derivative is wrong: the direction along which it is, halved until single entries are left.

The derivative along a direction is the sum of those along its two halves, so one half is measured and the
other is the rest. One central quotient at a step that did well for the whole direction is exact enough to see
which half holds the error; a single entry is then measured with all care.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from .analytic import Analytic
from .extrapolation import SAFETY, Floats
from .probing import Entries, Measurement, Probe, judged_measurement, measure, unit_direction
from .report import Row
from .verdicts import Verdict

CLEAR = 8.0
"""An error this many bounds wide is told from none without measuring again."""


class Segment(NamedTuple):
    """Some entries, the derivative along their part of the direction, and its bound, one an output."""

    entries: Entries
    numeric: Floats
    bound: Floats


@dataclass(slots=True)
class Search:
    """Wrong entries, the worst first.

    Attributes:
        probe: how derivatives are measured.
        whole: the direction along which the derivative given is wrong.
        analytic: the derivative given.
        limit: how many wrong entries to look for.
        rows: those found, one an output that is wrong.
        complete: whether no more are left.
    """

    probe: Probe
    whole: Measurement
    analytic: Analytic
    limit: int
    rows: list[Row] = field(default_factory=list)
    complete: bool = True

    def run(self) -> None:
        """Find them."""
        derivative = self.whole.derivative
        step, exactness = self.quick
        everything = Segment(self.whole.entries, derivative.value, derivative.bound)
        heap = [(-self._excess(everything), 0, everything)]
        found = pushed = 0
        while heap and found < self.limit:
            segment = heapq.heappop(heap)[2]
            if segment.entries.size == 1:
                found += self._confirmed(int(segment.entries[0]))
                continue
            for half in self._halves(segment, step, exactness):
                excess = self._excess(half)
                if excess > 1:
                    pushed += 1
                    heapq.heappush(heap, (-excess, pushed, half))
        self.complete = not heap

    def _halves(self, segment: Segment, step: float, exactness: Floats) -> tuple[Segment, Segment]:
        middle = segment.entries.size // 2
        first = self._measured(segment.entries[:middle], step, exactness)
        rest = segment.entries[middle:]
        left_over = Segment(rest, segment.numeric - first.numeric, segment.bound + first.bound)
        if self._excess(left_over) < CLEAR and self._excess(left_over) > 1 / CLEAR:
            return first, self._measured(rest, step, exactness)
        return first, left_over

    def _measured(self, entries: Entries, step: float, exactness: Floats) -> Segment:
        direction = self.whole.within(entries)
        if np.all(np.isfinite(exactness)):
            quotient = self.probe.quotient(self.whole.tensor, direction, step)
            return Segment(entries, quotient, exactness)
        found = measure(self.probe, self.whole.tensor, direction).derivative
        return Segment(entries, found.value, found.bound)

    def _confirmed(self, entry: int) -> bool:
        single = measure(self.probe, self.whole.tensor, unit_direction(self.whole.tensor, entry))
        rows = judged_measurement(self.probe, single, self.analytic)
        failing = [row for row in rows if row.verdict is Verdict.FAIL]
        self.rows += failing
        return bool(failing)

    def _excess(self, segment: Segment) -> float:
        """The largest error of an output, in bounds."""
        along = self.analytic.along(self.whole.within(segment.entries))
        with np.errstate(all="ignore"):
            excess = np.abs(along.value - segment.numeric) / (segment.bound + along.rounding)
        return float(np.max(np.nan_to_num(excess, nan=0.0, posinf=np.finfo(float).max), initial=0.0))

    @property
    def quick(self) -> tuple[float, Floats]:
        """The step at which one quotient of the whole direction was best, and how good; inf if too bad."""
        found, samples = self.whole.derivative, self.whole.derivative.samples
        steps = samples.steps[:, None]
        with np.errstate(all="ignore"):
            quotients = (samples.ahead - samples.behind) / (2 * steps)
            rounding = (
                samples.scale.epsilon * np.maximum(np.abs(samples.ahead), np.abs(samples.behind)) / steps
            )
            off = SAFETY * (np.abs(quotients - found.value) + rounding) + found.bound
            error = np.abs(self.analytic.along(self.whole.direction).value - found.value)
            failing = error > found.bound
            share = np.max(np.where(failing, off / error, 0.0), axis=1)
        share = np.where(np.isfinite(share) & np.all(np.isfinite(off), axis=1), share, np.inf)
        best = int(np.argmin(share))
        good = share[best] < 1 / CLEAR
        return float(samples.steps[best]), off[best] if good else np.full_like(found.value, np.inf)
