"""A column of dates as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .column import Column
from .dates import DAY
from .encoding import Choices, Features, Record, with_indicator
from .moments import mean_and_scale
from .passes import Passes
from .periods import QUARTER

#: Formats without days: which weekday a month begins on says nothing.
NO_DAYS = (QUARTER, "%Y-%m", "%Y%m")
Cycle = Literal["month", "weekday", "time"]
Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DateEncoding(Record):
    """A column of dates: the time elapsed, and where in the year, the week and the day it is.

    The elapsed time is standardised. A cycle of phase φ ∈ [0, 1) becomes sin 2πφ and cos 2πφ, so that 23:59
    is close to 00:01, and December to January. Cycles in which no training rows differ are left out, and the
    weekday where dates are months or quarters. A missing date is zero throughout.

    Args:
        name: the column's name.
        mean: the training rows' mean, in seconds since 1970 began, UTC.
        scale: their standard deviation in seconds.
        cycles: which of "month", "weekday" and "time" are encoded.
        kind: "date".
        missing: whether a training row had no value.
        format: how the dates are written, in the notation of ``strptime``; "" for ISO 8601.
    """

    name: str
    mean: float
    scale: float
    cycles: tuple[Cycle, ...] = ()
    kind: Literal["date"] = "date"
    missing: bool = False
    format: str = ""

    def __post_init__(self) -> None:
        known = tuple(cycle for cycle in CYCLES if cycle in self.cycles)
        if not (np.isfinite(self.mean) and 0.0 < self.scale < np.inf) or self.cycles != known:
            raise DataError(
                f"column {self.name!r} has mean {self.mean}, scale {self.scale} and cycles {self.cycles}",
                expected=f"scale > 0 and some of {', '.join(CYCLES)}",
            )

    @classmethod
    def fit(cls, column: Column, choices: Choices) -> Self:
        """The encoding of this column: its mean and spread, and the cycles in which its values differ."""
        missing = column.missing
        known = Passes(column.numbers, known=True)
        mean, scale = (0.0, 1.0) if missing.all() else mean_and_scale(known)
        format = column.type.format
        told = {name: phase for name, phase in CYCLES.items() if name != "weekday" or format not in NO_DAYS}
        cycles = tuple(name for name, phase in told.items() if _turns(phase, known))
        return cls(column.name, mean, scale, cycles, missing=bool(missing.any()), format=format)

    @property
    def features(self) -> Features:
        """The names of the encoded columns."""
        turning = tuple(f"{self.name} ({cycle} {part})" for cycle in self.cycles for part in ("sin", "cos"))
        return with_indicator((f"{self.name} (elapsed)", *turning), self.name, self.missing)

    def encode(self, column: Column) -> NDArray[np.float64]:
        """The column's values, shape (n, features)."""
        missing, seconds = column.missing, column.numbers
        known = np.where(missing, self.mean, seconds)
        parts = [(known - self.mean) / self.scale]
        for cycle in self.cycles:
            angle = 2.0 * np.pi * CYCLES[cycle](known)
            parts += [np.where(missing, 0.0, np.sin(angle)), np.where(missing, 0.0, np.cos(angle))]
        return np.stack([*parts, missing][: len(self.features)], axis=1)

    def __str__(self) -> str:
        cycles = "".join(f", {cycle}" for cycle in self.cycles)
        return f"elapsed time{cycles}{', missing marked' if self.missing else ''}"


def _turns(phase: Callable[[Seconds], Seconds], known: Passes) -> bool:
    """Whether the phases of moments differ."""
    ends = [(phases.min(), phases.max()) for phases in map(phase, known) if len(phases)]
    return bool(ends) and np.ptp(ends) > 0


def month_phase(seconds: Seconds) -> Seconds:
    """Where in the year: months and days, as a fraction of twelve months.

    >>> month_phase(np.array([0.0, 181.0]) * 86_400).tolist()  # 1 January, 1 July
    [0.0, 0.5]
    """
    days = np.floor(seconds / DAY).astype(np.int64).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    day = (days - months.astype("datetime64[D]")).astype(np.int64)
    return np.asarray((months.astype(np.int64) % 12 + day / 31.0) / 12.0)


def weekday_phase(seconds: Seconds) -> Seconds:
    """Where in the week that begins on Monday, in whole days.

    >>> (weekday_phase(np.array([0.0, 4.0]) * 86_400) * 7).tolist()  # a Thursday and a Monday
    [3.0, 0.0]
    """
    return np.asarray((np.floor(seconds / DAY) + 3.0) % 7.0 / 7.0)  # 1970 began on a Thursday


def time_phase(seconds: Seconds) -> Seconds:
    """Where in the day, UTC."""
    return np.asarray(seconds / DAY % 1.0)


#: Every cycle's phase, in the order of the encoded columns.
CYCLES: Mapping[Cycle, Callable[[Seconds], Seconds]] = MappingProxyType(
    {"month": month_phase, "weekday": weekday_phase, "time": time_phase}
)
