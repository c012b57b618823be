"""One cell of the table: all samples of one contestant on one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, median, quantiles, stdev

MAGNITUDES = {
    "seconds": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
    "nats": ((1.0, "nats"),),
    "share": ((0.01, "%"),),
    "bytes": ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B")),
}


@dataclass(frozen=True, slots=True)
class Measurement:
    """Samples of a time (unit "seconds"), of memory ("bytes"), a loss ("nats") or an accuracy ("share").

    An accuracy is told by its mean and the standard error of that, everything else by its median and
    quartiles: what disturbs a machine makes some times much longer.
    """

    case: str
    contestant: str
    unit: str
    samples: Sequence[float]

    @property
    def centre(self) -> float:
        """The median, or the mean of an accuracy."""
        return mean(self.samples) if self.unit == "share" else median(self.samples)

    @property
    def spread(self) -> float:
        """Half the distance of the quartiles, or the standard error, as a part of the centre."""
        if len(self.samples) < 2:
            return 0.0
        if self.unit == "share":
            return stdev(self.samples) / sqrt(len(self.samples)) / self.centre
        lower, _, upper = quantiles(self.samples, n=4, method="inclusive")
        return (upper - lower) / 2 / self.centre


def multiple(times: float) -> str:
    """A ratio in three digits.

    >>> multiple(1.2345), multiple(1999.5)
    ('1.23×', '2000×')
    """
    return f"{times:{'.0f' if times >= 99.5 else '.3g'}}×"


def quantity(value: float, unit: str) -> str:
    """Three digits with a unit.

    >>> quantity(0.0000241, "seconds"), quantity(123456789, "bytes")
    ('24.1 µs', '118 MiB')
    """
    size, symbol = next((m for m in MAGNITUDES[unit] if value >= 0.9995 * m[0]), MAGNITUDES[unit][-1])
    return f"{value / size:.3g} {symbol}"
