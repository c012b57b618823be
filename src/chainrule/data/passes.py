"""Long arrays looked at block by block, so that no copy as long as they are is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

#: Values that are looked at once.
BLOCK = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Passes:
    """An array that is gone through more than once.

    Args:
        array: shape (n,).
        known: whether missing values (NaN) are left out.

    >>> import numpy as np
    >>> [block.tolist() for block in Passes(np.array([1.0, np.nan, 3.0]), known=True)]
    [[1.0, 3.0]]
    """

    array: NDArray[Any]
    known: bool = False

    def __iter__(self) -> Iterator[NDArray[Any]]:
        for part in parts(len(self.array)):
            block = self.array[part]
            yield block[block == block] if self.known else block


def parts(length: int) -> Iterator[slice]:
    """The blocks of an array of that length."""
    return (slice(start, min(start + BLOCK, length)) for start in range(0, length, BLOCK))
