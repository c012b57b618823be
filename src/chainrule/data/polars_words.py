"""Columns of words of a polars frame as cells, all at once: a call of polars costs what many cells do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .decimals import GROUP, SHORT
from .epochs import EPOCHS
from .inference import Cells
from .kinds import KindName
from .words import Words

#: Where a word is no plain number, although polars would read it as one.
NO_PLAIN_NUMBER = r"^[+-]?0\d|_"
#: Where a point may be before thousands: in all words of a column, and in some.
MAY_BE_THOUSANDS, GROUPED = rf"^(?:{GROUP}|{SHORT})$", rf"^{GROUP}$"
#: A date that polars reads as this software does.
PLAIN_DATE = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)?$"
#: Cells that are copied at once.
AT_ONCE = 1 << 22


def word_cells(
    frame: Any,
    names: Sequence[str],
    kinds: Mapping[str, KindName],
    missing: frozenset[str] = frozenset(),
    thousands: bool = False,
) -> Iterator[tuple[str, Cells]]:
    """The columns of a frame by name: numbers and moments where all words are plainly such, otherwise words.

    Args:
        frame: of polars; all its columns are of words.
        names: what its columns are called.
        kinds: what a column is to be read as, where that is known: words stay words where it needs them.
        missing: words that mean "no value".
        thousands: whether 1.234 may be a thousand even where all words have three decimals, as other columns,
            or other rows, may tell.
    """
    numbered = frame.clone()
    numbered.columns = list(map(str, range(frame.width)))  # polars would call one without a name "column_0"
    own = {str(k): kinds[name] for k, name in enumerate(names) if name in kinds}
    columns = max(1, AT_ONCE // max(1, len(frame)))
    for start in range(0, frame.width, columns):
        part = numbered[:, start : start + columns]
        for place, cells in _cells(part, own, missing, thousands).items():
            yield names[int(place)], cells


def _cells(
    frame: Any, kinds: Mapping[str, KindName], missing: frozenset[str], thousands: bool
) -> dict[str, Cells]:
    import polars

    every = polars.all()
    stripped = every.cast(polars.String).str.strip_chars()
    words = frame.select(polars.when(~stripped.is_in(["", *missing])).then(stripped))
    some = _where(words, [count < len(words) for count in words.null_count().row(0)])
    found: dict[str, Cells] = {}
    numbers = _may_be(some, kinds, "number", "boolean", *(f"date:{name}" for name in EPOCHS))
    found |= _numbers(numbers, thousands)
    left = _where(some, [name not in found for name in some.columns])
    found |= _moments(_may_be(left, kinds, "date"))
    return {name: found[name] if name in found else _words(words[name]) for name in words.columns}


def _may_be(words: Any, kinds: Mapping[str, KindName], *those: KindName) -> Any:
    """The columns that are to be read as one of those kinds, or as any."""
    return _where(words, [kinds.get(name) in (None, *those) for name in words.columns])


def _numbers(words: Any, thousands: bool) -> dict[str, NDArray[np.float64]]:
    """The columns whose words are all plain numbers, and cannot be thought to be others."""
    import polars

    every = polars.all()
    words = _where(words, [not odd for odd in _row(words.select(every.str.contains(NO_PLAIN_NUMBER).any()))])
    doubtful = every.str.contains(MAY_BE_THOUSANDS).all() & every.str.contains(GROUPED).any()
    if not thousands:
        doubtful &= ~every.str.contains(GROUPED).all()
    words = _where(words, [not each for each in _row(words.select(doubtful))])
    numbers = words.select(every.cast(polars.Float64, strict=False))
    fitting = _where(numbers, _complete(words, numbers))
    matrix = fitting.select(every.fill_null(np.nan)).to_numpy()
    return dict(zip(fitting.columns, matrix.T, strict=True))


def _moments(words: Any) -> dict[str, NDArray[Any]]:
    """The columns whose words are all dates as ISO 8601 writes them."""
    import polars

    every = polars.all()
    words = _where(words, _row(words.select(every.str.contains(PLAIN_DATE).all())))
    with_time = every.str.replace(" ", "T").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False)
    moments = words.select(with_time.fill_null(every.str.to_datetime("%Y-%m-%d", strict=False)))
    fitting = _where(moments, _complete(words, moments))
    return {each.name: np.asarray(each.to_numpy()).astype("datetime64[us]") for each in fitting}


def _words(words: Any) -> Words:
    import polars

    different = words.drop_nulls().unique(maintain_order=True)
    codes = words.cast(polars.Enum(different)).to_physical().cast(polars.Int32).fill_null(-1)
    return Words(np.asarray(codes.to_numpy()), tuple(different.to_list())).composed


def _complete(words: Any, parsed: Any) -> list[bool]:
    """Which columns lost no value when they were parsed."""
    return [a == b for a, b in zip(_row(words.null_count()), _row(parsed.null_count()), strict=True)]


def _where(frame: Any, mask: Any) -> Any:
    """The columns under a mask; to choose all of thousands would take as long as to read them."""
    kept = [name for name, chosen in zip(frame.columns, mask, strict=True) if chosen]
    return frame if len(kept) == frame.width else frame.select(kept)


def _row(frame: Any) -> tuple[Any, ...]:
    """The single row of a frame; nothing where it has no columns."""
    return frame.row(0) if frame.width else ()
