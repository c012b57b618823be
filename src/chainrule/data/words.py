"""Words in few bytes: each different word once, and its number for every row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .passes import Passes
from .text import composed

MISSING = -1


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of which many may be equal.

    Args:
        codes: where each row's word stands in the vocabulary, -1 for a missing one: int32, shape (n,).
        vocabulary: the different words; not all need to occur.

    >>> words = Words.of(["red", None, "red", "blue"])
    >>> words.codes.tolist(), words.vocabulary
    ([0, -1, 0, 1], ('red', 'blue'))
    """

    codes: NDArray[np.int32]
    vocabulary: tuple[str, ...]

    @classmethod
    def of(cls, words: Iterable[str | None]) -> Self:
        """The words themselves, ``None`` for a missing one."""
        listed = list(words)
        different = dict.fromkeys(listed)
        different.pop(None, None)
        positions = {word: code for code, word in enumerate(different)}
        codes = np.fromiter(map(positions.get, listed, repeat(MISSING)), np.int32, len(listed))
        return cls(codes, tuple(positions))  # type: ignore[arg-type]

    @property
    def composed(self) -> Self:
        """The same words in Unicode's composed form, in which two ways to write one are equal.

        >>> Words.of(["\u00e9", None, "e\u0301"]).composed.codes.tolist()
        [0, -1, 0]
        """
        if all(word.isascii() for word in self.vocabulary):
            return self
        written = Words.of(map(composed, self.vocabulary))
        return replace(self, codes=self.map(written.codes, MISSING, np.int32), vocabulary=written.vocabulary)

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, indices: NDArray[Any] | slice) -> Self:
        """The words at these positions, under this mask, or in this slice."""
        return replace(self, codes=self.codes[indices])

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each word of the vocabulary occurs."""
        counts = np.zeros(len(self.vocabulary), dtype=np.int64)
        for codes in Passes(self.codes):
            counts += np.bincount(codes[codes >= 0], minlength=len(counts))
        return counts

    @property
    def missing(self) -> NDArray[np.bool_]:
        """A mask of the missing words, shape (n,)."""
        return np.asarray(self.codes < 0)

    def spelled(self) -> NDArray[np.object_]:
        """Every word as ``str``, ``None`` for a missing one, shape (n,)."""
        return self.map([*self.vocabulary], None, object)

    def map(self, values: Iterable[Any], missing: Any, dtype: Any) -> NDArray[Any]:
        """For each row the value of its word: ``values`` has one for each word of the vocabulary."""
        table = np.empty(len(self.vocabulary) + 1, dtype=dtype)
        table[:-1] = list(values)
        table[-1] = missing  # which is where -1 points
        return np.asarray(table[self.codes])

    def parse(self, parse: Callable[[str], float | None]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """All words parsed, NaN where there is none, and a mask of those that could not be."""
        values = [parse(word) for word in self.vocabulary]
        bad = self.map([value is None for value in values], False, bool)
        return self.map([np.nan if value is None else value for value in values], np.nan, np.float64), bad
