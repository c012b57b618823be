"""How one column becomes numbers: one record for each kind, fitted on training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .column import Column
from .moments import mean_and_scale
from .wording import listing


@dataclass(frozen=True, slots=True)
class NumberEncoding:
    """A number column, standardised: ``(x - mean) / scale``."""

    name: str
    mean: float
    scale: float
    kind: Literal["number"] = "number"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mean) and 0.0 < self.scale < np.inf):
            raise DataError(
                f"column {self.name!r} has mean {self.mean} and scale {self.scale}", expected="scale > 0"
            )

    @classmethod
    def fit(cls, column: Column) -> Self:
        """The encoding with this column's mean and standard deviation; scale 1 for a constant."""
        return cls(column.name, *mean_and_scale(column.require_complete().values))

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded columns."""
        return (self.name,)

    def encode(self, column: Column) -> NDArray[np.float64]:
        """The column's values, shape (n, 1)."""
        with np.errstate(over="ignore"):
            encoded = (column.require_complete().values - self.mean) / self.scale
        if not np.isfinite(encoded).all():
            first = int(np.argmin(np.isfinite(encoded)))
            raise column.error_at(
                first, f"holds {column.values[first]}", expected=f"a value less far from the mean {self.mean}"
            )
        return np.asarray(encoded[:, None])


@dataclass(frozen=True, slots=True)
class BooleanEncoding:
    """A column of truth values, 0 or 1."""

    name: str
    kind: Literal["boolean"] = "boolean"

    @classmethod
    def fit(cls, column: Column) -> Self:
        """The encoding of this column."""
        return cls(column.require_complete().name)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded columns."""
        return (self.name,)

    def encode(self, column: Column) -> NDArray[np.float64]:
        """The column's values, shape (n, 1)."""
        return np.asarray(column.require_complete().values[:, None])


@dataclass(frozen=True, slots=True)
class CategoryEncoding:
    """A column of categories, one-hot: a one in the category's own column, zeros elsewhere."""

    name: str
    categories: tuple[str, ...]
    kind: Literal["category"] = "category"

    def __post_init__(self) -> None:
        if not self.categories or len(set(self.categories)) < len(self.categories):
            raise DataError(
                f"column {self.name!r} has categories {listing(self.categories)}", expected="different ones"
            )

    @classmethod
    def fit(cls, column: Column) -> Self:
        """The encoding with this column's categories, sorted."""
        return cls(column.name, tuple(sorted(set(column.require_complete().values.tolist()))))

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded columns."""
        return tuple(f"{self.name}={category}" for category in self.categories)

    def encode(self, column: Column) -> NDArray[np.float64]:
        """The column's values, shape (n, categories)."""
        one_hot = np.zeros((len(column), len(self.categories)))
        one_hot[np.arange(len(column)), category_indices(column, self.categories)] = 1.0
        return one_hot


Encoding = NumberEncoding | BooleanEncoding | CategoryEncoding
ENCODINGS: Mapping[str, type[Encoding]] = MappingProxyType(
    {"number": NumberEncoding, "boolean": BooleanEncoding, "category": CategoryEncoding}
)


def category_indices(column: Column, categories: tuple[str, ...]) -> NDArray[np.int64]:
    """Where each value of a column stands among the known categories, int64, shape (n,).

    Raises:
        DataError: a value is missing or none of them; names the first and its row.
    """
    positions = {category: index for index, category in enumerate(categories)}
    words = column.require_complete().values
    indices = np.array([positions.get(word, -1) for word in words.tolist()], dtype=np.int64)
    if (indices < 0).any():
        first = int(np.argmax(indices < 0))
        raise column.error_at(
            first, f"holds {words[first]!r}", expected=f"a value known from training: {listing(categories)}"
        )
    return indices
