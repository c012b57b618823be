"""A CSV file as blocks of whole records, so that only one of them is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .memory import memory_limit

#: Bytes that are read at once, of few columns and of many, and however little memory there is.
BLOCK, WIDE_BLOCK, SMALLEST = 1 << 23, 1 << 25, 1 << 16
#: Of the memory that there is to use, a block takes this part: its values as words take many times as much.
PART_OF_MEMORY = 64
#: Of a column in a block: each costs time however few rows are in it.
BYTES_OF_COLUMN = 1 << 14
QUOTE, NEWLINE = ord('"'), ord("\n")


def block_size(columns: int) -> int:
    """Bytes to read at once of a file of so many columns, as far as there is memory for them.

    >>> [block_size(columns) >> 20 for columns in (3, 1024, 10_000)]  # megabytes
    [8, 16, 32]
    """
    wanted, memory = min(max(BLOCK, columns * BYTES_OF_COLUMN), WIDE_BLOCK), memory_limit()
    return wanted if memory is None else max(SMALLEST, min(wanted, memory // PART_OF_MEMORY))


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
