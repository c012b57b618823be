"""One cell of the table: all samples of one contestant on one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Measurement:
    """Samples of a time (unit "seconds") or of an amount of memory ("bytes")."""

    case: str
    contestant: str
    unit: str
    samples: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.samples)

    @property
    def spread(self) -> float:
        """Half the distance of the quartiles, as a part of the median."""
        if len(self.samples) < 2:
            return 0.0
        lower, _, upper = quantiles(self.samples, n=4, method="inclusive")
        return (upper - lower) / 2 / self.median
