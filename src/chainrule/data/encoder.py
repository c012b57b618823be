"""A table as the numbers that a network reads, learnt from its training rows only."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError, DataError
from .encoding import Choices, Scaling
from .encodings import ENCODINGS, Encoding
from .imputing import Imputer, fit_imputer
from .kinds import KindName
from .records import from_record
from .table import Table, require_different, require_names

#: Rows that are encoded at once, so that memory does not grow with their number.
BLOCK = 1 << 16
Imputation = Literal["mean", "ppca"]


@dataclass(frozen=True, slots=True)
class TableEncoder:
    """How each input column becomes numbers: standardised, 0 or 1, one-hot, or a date's parts.

    Made by :func:`fit_encoder`.

    Args:
        encodings: one for each input column.
        imputer: fills in missing numbers from the others of their row; ``None``: each is the column's mean,
            which is 0 once standardised.
        missing_words: those that meant "no value" in the table that it was fitted to.
    """

    encodings: tuple[Encoding, ...]
    imputer: Imputer | None = None
    missing_words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.encodings:
            raise DataError("there are no input columns", expected="at least one besides the target")
        require_different(self.names)
        if self.imputer is not None and self.imputer.n_features != len(self._numbers):
            raise DataError(
                f"an imputer of {self.imputer.n_features} columns for {len(self._numbers)} columns of numbers"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The input columns' names, in order."""
        return tuple(encoding.name for encoding in self.encodings)

    @property
    def kinds(self) -> dict[str, KindName]:
        """The input columns' types by name: what ``read_table(path, kinds=...)`` takes."""
        return {encoding.name: str(encoding.type) for encoding in self.encodings}

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded columns, in order; a category's are ``column=category``."""
        return tuple(feature for encoding in self.encodings for feature in encoding.features)

    def transform(self, table: Table, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """The encoded rows; columns that are no inputs are ignored, and their order does not matter.

        Args:
            table: has the input columns.
            out: an array to write to, such as one that is mapped to a file; by default a new one of float64.

        Returns:
            Shape (rows, features).

        Raises:
            DataError: an input column is not there, or a value is infinite or of another kind.
        """
        require_names(table.names, self.names)
        columns = [table.column(each.name).to_kind(str(each.type)) for each in self.encodings]
        encoded = np.empty((len(table), len(self.features))) if out is None else out
        for start in range(0, len(table), BLOCK):
            rows = slice(start, min(start + BLOCK, len(table)))
            at = 0
            block = np.empty((rows.stop - start, len(self.features)))
            for encoding, column in zip(self.encodings, columns, strict=True):
                stop = at + len(encoding.features)
                block[:, at:stop] = encoding.encode(column.take(rows))
                at = stop
            self._fill(block)
            encoded[rows] = block
        return encoded

    def remarks(self, table: Table) -> list[str]:
        """What a reader should know of how these rows are encoded: what is other than it was in training.

        That are values missing or unknown to it, and numbers and dates that are written otherwise.
        """
        found: list[str] = []
        for encoding in self.encodings:
            column, before = table.column(encoding.name), encoding.type
            if column.type.format and column.kind == before.kind and not before.format:
                found.append(f"column {column.name!r} is read as {column.type}; in training it was {before}")
            found += encoding.remarks(column.to_kind(str(before)))
        return found

    @property
    def _numbers(self) -> list[int]:
        """The encoded columns that can be NaN before they are filled."""
        places, at = [], 0
        for encoding in self.encodings:
            if encoding.kind == "number":
                places.append(at)
            at += len(encoding.features)
        return places

    def _fill(self, block: NDArray[np.float64]) -> None:
        """Missing numbers in place: from the imputer, or the mean."""
        places = np.array(self._numbers, dtype=np.int64)
        numbers = block[:, places]
        rows = np.flatnonzero(np.isnan(numbers).any(axis=1))
        if len(rows):
            known = numbers[rows]
            filled = np.nan_to_num(known) if self.imputer is None else self.imputer.impute(known)
            block[rows[:, None], places] = filled

    def to_config(self) -> list[dict[str, Any]]:
        """The encodings as plain lists, dicts, strings and numbers; the imputer is a model of its own."""
        return [asdict(encoding) for encoding in self.encodings]

    @classmethod
    def from_config(cls, config: Any, imputer: Imputer | None = None, missing_words: Any = ()) -> Self:
        """The encoder that :meth:`to_config` described, with what stands beside it.

        Raises:
            DataError: they do not describe one.
        """
        if not isinstance(missing_words, list | tuple) or not all(
            isinstance(word, str) for word in missing_words
        ):
            raise DataError("the words for missing values are no list of words", expected="words")
        if not isinstance(config, list):
            raise DataError(
                f"the preprocessing is {type(config).__name__}", expected="a list of input columns"
            )
        encodings = tuple(from_record(record, ENCODINGS, tag="kind") for record in config)
        return cls(encodings, imputer, tuple(missing_words))


def fit_encoder(
    table: Table,
    rows: ArrayLike | None = None,
    *,
    scaling: Scaling = "standard",
    impute: Imputation = "mean",
    rare: int | None = None,
    most: int = 100,
) -> TableEncoder:
    """Learn from training rows how to encode every column of a table.

    Numbers become ``(x - mean) / scale``, truth values 0 or 1, categories one column each, dates their
    elapsed time and the sines and cosines of their place in the year, the week and the day. Where a training
    row has no value, one more column says so.

    Args:
        table: the input columns.
        rows: the training rows' positions; by default all.
        scaling: ``"standard"``: mean and standard deviation; ``"robust"``: median and the distance between
        the
            quartiles. A constant column is only centred.
        impute: what stands for a missing number: the column's mean, or with ``"ppca"`` its expected value
        given
            the row's other numbers, by probabilistic PCA.
        rare: categories in fewer training rows share one column; by default 5 from 500 rows on, below fewer.
        most: so many of a column's most frequent categories have a column of their own.

    Raises:
        DataError: a column is free text, has words among its numbers, or an infinite value.
        ArgumentError: an option makes no sense.

    >>> table = Table.from_columns({"size": [1.0, 3.0, None], "colour": ["red", "blue", None]})
    >>> encoder = fit_encoder(table)
    >>> encoder.features
    ('size', 'size (missing)', 'colour=blue', 'colour=red', 'colour (missing)')
    >>> encoder.transform(table).tolist()
    [[-1.0, 0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0]]
    """
    choices = Choices(scaling, rare, most)
    if impute not in ("mean", "ppca"):
        raise ArgumentError(f"impute={impute!r}", expected="'mean' or 'ppca'")
    train = np.arange(len(table)) if rows is None else np.asarray(rows)
    encoder = TableEncoder(
        tuple(
            ENCODINGS[column.refuse_text().kind].fit(column.take(train), choices) for column in table.columns
        ),
        missing_words=table.missing_words,
    )
    if impute == "mean":
        return encoder
    return replace(encoder, imputer=fit_imputer(encoder.encodings, table, train))
