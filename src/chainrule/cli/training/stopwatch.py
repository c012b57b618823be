"""How long each part of a run took."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter


@dataclass(slots=True)
class Stopwatch:
    """Seconds of wall-clock time by what was done in them.

    >>> clock = Stopwatch()
    >>> clock.lap("reading")
    >>> list(clock.seconds)
    ['reading']
    """

    seconds: dict[str, float] = field(default_factory=dict)
    since: float = field(default_factory=perf_counter)

    def lap(self, name: str) -> None:
        """What was done since the last lap is called so."""
        now = perf_counter()
        self.seconds[name] = now - self.since
        self.since = now
