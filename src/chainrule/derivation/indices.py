"""Indices as values: those that are known, written as in Python, and those whose places are computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..graph import Shape
from ..primitives.indexing import Index, numpy_index, place, scatter_add
from .names import shifted

Entry = int | tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Fixed:
    """An index that is known: for each axis a place, or ``(start, step, length)``."""

    entries: Index

    @property
    def first(self) -> int | None:
        """The first place along the first axis, of one or of several that go up."""
        entry = self.entries[0] if self.entries else None
        if entry is None or isinstance(entry, int):
            return entry
        return entry[0] if entry[1] > 0 else None

    def pick(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x[numpy_index(self.entries)])

    def put(self, x: np.ndarray, *, shape: Shape) -> np.ndarray:
        return place(x, shape, numpy_index(self.entries))

    def text(self, shape: Shape) -> str:
        """The index of an array of this shape, without brackets; whole axes at the end are left out."""
        texts = [_entry_text(entry, n) for entry, n in zip(self.entries, shape, strict=True)]
        while len(texts) > 1 and texts[-1] == ":":
            texts.pop()
        return ", ".join(texts)


@dataclass(frozen=True, slots=True)
class Given:
    """An index whose places are values, after axes that are left alone."""

    batch: int

    def pick(self, x: np.ndarray, *places: np.ndarray) -> np.ndarray:
        return np.asarray(x[(slice(None),) * self.batch + _whole(places)])

    def put(self, x: np.ndarray, *places: np.ndarray, shape: Shape) -> np.ndarray:
        return scatter_add(x, shape, (slice(None),) * self.batch + _whole(places))


def _whole(places: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Places that a formula has computed, as whole numbers."""
    return tuple(place.astype(np.intp) for place in places)


@dataclass(frozen=True, slots=True)
class Running(Fixed):
    """An index whose first place is k (a letter), or 2 k, or so much more, in a line for every k."""

    letter: str
    offset: int
    stride: int = 1

    @classmethod
    def of(cls, index: Fixed, letter: str, offset: int, stride: int) -> Running:
        """The same of every k as of a known one, whose own first place is forgotten."""
        entry, *others = index.entries
        entry = 0 if isinstance(entry, int) else (0, *entry[1:])
        return cls((entry, *others), letter, offset, stride)

    def text(self, shape: Shape) -> str:
        rest = Fixed(((0, 1, shape[0]), *self.entries[1:])).text(shape).partition(", ")[2]
        first = self._ahead(self.offset)
        if not isinstance(self.entries[0], int):
            _, step, length = self.entries[0]
            last = self.offset + step * (length - 1)
            first += f":{self._ahead(last + 1)}" + (f":{step}" if step != 1 else "")
        return f"{first}, {rest}" if rest else first

    def _ahead(self, offset: int) -> str:
        times = f"{self.stride}{self.letter}" if self.stride > 1 else self.letter
        return shifted(times, offset).replace("-", "−")


def _entry_text(entry: Entry, n: int) -> str:
    if isinstance(entry, int):
        return str(entry)
    start, step, length = entry
    if not length:
        return "0:0"
    last = start + step * (length - 1)
    if step > 0:
        begin = "" if start == 0 else str(start)
        end = "" if last + step >= n else str(last + 1)
    else:
        begin = "" if start == n - 1 else str(start)
        end = "" if last + step < 0 else str(last - 1)
    return f"{begin}:{end}" + (f":{step}" if step != 1 else "")
