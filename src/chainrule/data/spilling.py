"""Tables larger than memory: their columns in files that are mapped into memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .column import Column, column_of_type
from .files import TableFile
from .inference import MOST, Cells, Inference, Verdict
from .kinds import ColumnType, KindName
from .mapping import empty_array
from .numbers import MISSING_VALUES
from .passes import parts
from .table import Table
from .words import Words

#: Rows that are in memory at once.
ROWS = 1 << 15
#: In text that is never encoded, all words beyond the first many.
AND_SO_ON = "…"


def spill_table(file: TableFile, kinds: dict[str, KindName], folder: Path) -> Table:
    """A file's table, its values in ``numbers.npy``, ``codes.npy`` and ``rows.npy`` in a folder.

    The first reading finds the columns' types, the second writes the values. Of free text that was not asked
    for, 10,000 different words are kept; the others are all "…".

    Raises:
        DataError: as for :func:`~chainrule.data.read_table`.
        OSError: the disk is full.
    """
    scan = _scan(file, kinds)
    rows = _row_numbers(scan.blank, folder)
    if not len(rows):
        what = "values" if len(scan.blank) else "rows"
        raise DataError(f"{file.path} has column names but no {what}", expected="at least one row below them")
    store = _Store.make(folder, scan, len(rows), frozenset(kinds))
    done = 0
    found = {name: str(verdict.type) for name, verdict in scan.verdicts.items()}  # words stay as written
    for first_row, piece in _pieces(file, found):
        known = ~scan.blank[first_row - 1 :][: _length(piece)]
        numbers = first_row + np.flatnonzero(known)
        for name, cells in piece.items():
            kept = cells.take(known) if isinstance(cells, Words) else cells[known]
            store.write(column_of_type(name, kept, scan.verdicts[name].type, numbers), done)
        done += len(numbers)
    return store.table(scan, rows, frozenset(kinds))


def _row_numbers(blank: NDArray[np.bool_], folder: Path) -> NDArray[np.int64]:
    """The numbers, from 1, of the rows that have a value, in ``rows.npy``."""
    rows: NDArray[np.int64] = empty_array(folder, "rows", (1, int((~blank).sum())), np.int64)[0]
    done = 0
    for part in parts(len(blank)):
        found = np.flatnonzero(~blank[part]) + part.start + 1
        rows[done : done + len(found)] = found
        done += len(found)
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class _Scan:
    """What the first reading found: types, and which rows have no value at all."""

    verdicts: dict[str, Verdict]
    blank: NDArray[np.bool_]


def _scan(file: TableFile, kinds: dict[str, KindName]) -> _Scan:
    chosen = {name: ColumnType.named(kind, name) for name, kind in kinds.items()}
    kind_of = {name: type.kind for name, type in chosen.items()}
    evidence = {name: Inference(kind_of.get(name), file.decimal_commas) for name in file.names}
    blanks, doubts = [np.zeros(0, dtype=bool)], dict[int, frozenset[str]]()
    for first_row, piece in _pieces(file, kinds):
        blanks.append(np.logical_and.reduce([_missing(cells) for cells in piece.values()]))
        doubts |= {first_row - 1 + row: names for row, names in _doubtful_rows(piece)}
        for name, cells in piece.items():
            if name not in chosen or (chosen[name].computed and not chosen[name].format):
                evidence[name].add(cells)
    verdicts = {name: each.verdict() for name, each in evidence.items()}
    verdicts |= {name: Verdict(type) for name, type in chosen.items() if type.format or not type.computed}
    blank = np.concatenate(blanks)
    for row, names in doubts.items():
        blank[row] = all(verdicts[name].type.computed for name in names)
    return _Scan(verdicts, blank)


def _doubtful_rows(piece: dict[str, Cells]) -> Iterator[tuple[int, frozenset[str]]]:
    """The rows, from 0, that have nothing but words for "no value", and the columns that have these.

    The words mean that in columns of numbers, dates or truth values, whose types are still to be found.
    """
    left = np.ones(_length(piece), dtype=bool)
    for cells in piece.values():
        left &= (
            cells.map(map(_means_nothing, cells.vocabulary), True, bool)
            if isinstance(cells, Words)
            else _missing(cells)
        )
        if not left.any():
            return
    for row in np.flatnonzero(left).tolist():
        names = (name for name, cells in piece.items() if isinstance(cells, Words) and cells.codes[row] >= 0)
        yield row, frozenset(names)


def _means_nothing(word: str) -> bool:
    return word.lower() in MISSING_VALUES


def _pieces(file: TableFile, kinds: dict[str, KindName]) -> Iterator[tuple[int, dict[str, Cells]]]:
    """Each piece, and the number of its first row, from 1."""
    first_row = 1
    for piece in file.pieces(ROWS, kinds):
        yield first_row, piece
        first_row += _length(piece)


def _length(piece: dict[str, Cells]) -> int:
    return len(next(iter(piece.values())))


def _missing(cells: Cells) -> NDArray[np.bool_]:
    if isinstance(cells, Words):
        return cells.missing
    return np.asarray(cells != cells)  # NaN and NaT


@dataclass(slots=True)
class _Store:
    """The two files, and the words so far of each column that has any."""

    numbers: NDArray[np.float64]
    codes: NDArray[np.int32]
    lines: dict[str, int]
    vocabularies: dict[str, dict[str, int]] = field(default_factory=dict)
    unbounded: frozenset[str] = frozenset()

    @classmethod
    def make(cls, folder: Path, scan: _Scan, rows: int, chosen: frozenset[str]) -> _Store:
        computed = [name for name, verdict in scan.verdicts.items() if verdict.type.computed]
        worded = [name for name in scan.verdicts if name not in computed]
        lines = {name: line for names in (computed, worded) for line, name in enumerate(names)}
        whole = chosen | {name for name in worded if scan.verdicts[name].type.kind == "category"}
        return cls(
            empty_array(folder, "numbers", (len(computed), rows)),
            empty_array(folder, "codes", (len(worded), rows), np.int32),
            lines,
            {name: {} for name in worded},
            whole,
        )

    def write(self, piece: Column, start: int) -> None:
        """The values of a piece of a column, from a row on."""
        line, stop = self.lines[piece.name], start + len(piece)
        if isinstance(piece.cells, Words):
            known = self.vocabularies[piece.name]
            whole = piece.name in self.unbounded
            places = [self._place(known, word, whole) for word in piece.cells.vocabulary]
            self.codes[line, start:stop] = piece.cells.map(places, -1, np.int32)
        else:
            self.numbers[line, start:stop] = piece.cells

    def table(self, scan: _Scan, rows: NDArray[np.int64], chosen: frozenset[str]) -> Table:
        """All columns, mapped."""
        columns = []
        for name, verdict in scan.verdicts.items():
            line = self.lines[name]
            cells: NDArray[np.float64] | Words = (
                self.numbers[line]
                if verdict.type.computed
                else Words(self.codes[line], tuple(self.vocabularies[name]))
            )
            found = Column.of_verdict(name, cells, verdict, rows)
            columns.append(replace(found, chosen=name in chosen))
        return Table(tuple(columns), blank_rows=np.flatnonzero(scan.blank) + 1)

    @staticmethod
    def _place(known: dict[str, int], word: str, whole: bool) -> int:
        if not whole and len(known) >= MOST and word not in known:
            word = AND_SO_ON
        return known.setdefault(word, len(known))
