"""A CSV file as blocks of whole records, so that only one of them is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

#: Bytes that are read at once.
BLOCK = 1 << 23
QUOTE, NEWLINE = ord('"'), ord("\n")


def csv_blocks(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    """The bytes of a file in blocks of about so many, each of whole records.

    A line ends a record where it has an even number of quotation marks before it: one within a quoted field
    belongs to that field.
    """
    rest = b""
    with path.open("rb") as file:
        while data := file.read(size):
            rest += data
            end = record_end(rest)
            if end:
                yield rest[:end]
                rest = rest[end:]
    if rest:
        yield rest


def record_end(data: bytes) -> int:
    """Where the last whole record of some bytes ends; 0 where none does.

    >>> record_end(b'a,b\\n"c\\nd",e\\n"f\\n')
    12
    """
    symbols = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(symbols == NEWLINE)
    quotes = np.flatnonzero(symbols == QUOTE)
    outside = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0
