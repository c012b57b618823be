"""A table as the numbers that a network reads, learnt from its training rows only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .column import Column
from .encodings import ENCODINGS, Encoding
from .kinds import Kind
from .records import from_record
from .table import Table, require_different, require_names


@dataclass(frozen=True, slots=True)
class TableEncoder:
    """How each input column becomes numbers: standardised, 0 or 1, or one-hot.

    Made by :func:`fit_encoder`.
    """

    encodings: tuple[Encoding, ...]

    def __post_init__(self) -> None:
        if not self.encodings:
            raise DataError("there are no input columns", expected="at least one besides the target")
        require_different(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The input columns' names, in order."""
        return tuple(encoding.name for encoding in self.encodings)

    @property
    def kinds(self) -> dict[str, Kind]:
        """The input columns' kinds by name: what ``read_table(path, kinds=...)`` takes."""
        return {encoding.name: encoding.kind for encoding in self.encodings}

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded columns, in order; a category's are ``column=category``."""
        return tuple(feature for encoding in self.encodings for feature in encoding.features)

    def transform(self, table: Table) -> NDArray[np.float64]:
        """The encoded rows, float64, shape (rows, features); columns that are no inputs are ignored.

        Raises:
            DataError: an input column is not there, or a value is missing, infinite, of another kind, or a
                category that training did not see.
        """
        require_names(table.names, self.names)
        encoded = np.empty((len(table), len(self.features)))
        start = 0
        for encoding in self.encodings:
            stop = start + len(encoding.features)
            encoded[:, start:stop] = encoding.encode(table.column(encoding.name).to_kind(encoding.kind))
            start = stop
        return encoded

    def to_config(self) -> list[dict[str, Any]]:
        """The encoder as plain lists, dicts, strings and numbers."""
        return [asdict(encoding) for encoding in self.encodings]

    @classmethod
    def from_config(cls, config: Any) -> Self:
        """The encoder that :meth:`to_config` described.

        Raises:
            DataError: it does not describe one.
        """
        if not isinstance(config, list):
            raise DataError(
                f"the preprocessing is {type(config).__name__}", expected="a list of input columns"
            )
        return cls(tuple(from_record(record, ENCODINGS, tag="kind") for record in config))


def fit_encoder(table: Table) -> TableEncoder:
    """Learn from training rows how to encode every column of a table.

    Numbers become ``(x - mean) / standard deviation`` (a constant column is only centred), truth values 0 or
    1, categories one column each.

    Raises:
        DataError: a column is free text, has words among its numbers, a missing or an infinite value.

    >>> table = Table.from_columns({"size": [1.0, 3.0], "colour": ["red", "blue"]})
    >>> encoder = fit_encoder(table)
    >>> encoder.features
    ('size', 'colour=blue', 'colour=red')
    >>> encoder.transform(table).tolist()
    [[-1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    return TableEncoder(tuple(_fit_column(column) for column in table.columns))


def _fit_column(column: Column) -> Encoding:
    return ENCODINGS[column.refuse_text().kind].fit(column)
