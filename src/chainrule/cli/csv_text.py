"""Rows as the bytes of a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from chainrule.data.text import to_text


def csv_bytes(header: Sequence[str], columns: Iterable[ArrayLike]) -> bytes:
    """A header line and one line a row, UTF-8, as :func:`chainrule.data.read_table` reads it.

    Args:
        header: the columns' names.
        columns: for each its values, shape (n,): numbers with all their digits, words quoted where needed.

    >>> csv_bytes(["size", "colour"], [np.array([1.0, 2.5]), ["red", "blue, dark"]]).decode().splitlines()
    ['size,colour', '1,red', '2.5,"blue, dark"']
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(zip(*map(_cells, columns), strict=True))
    return text.getvalue().encode()


def _cells(column: ArrayLike) -> list[str | None]:
    values = np.asarray(column)
    if values.dtype.kind != "f":
        return list(to_text(values))
    return [repr(value).removesuffix(".0") if value == value else None for value in values.tolist()]
