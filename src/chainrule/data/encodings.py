"""How one column becomes numbers: one record for each kind, fitted on training rows.

Where a value is missing an encoded number is NaN, which the table's encoder fills; truth values, categories
and dates have values of their own for it. A column with missing values among the training rows has one more
encoded column, 1 where the value is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .column import Column
from .date_encoding import DateEncoding
from .encoding import Choices, Features, Record, with_indicator
from .moments import mean_and_scale, median_and_range
from .passes import Passes
from .wording import count_rows, cut, listing

#: Rare categories whose words a model keeps, to tell them from those that training did not see.
MOST_RARE = 1000
#: So many standard deviations or quartiles' distances from the middle a number is worth a remark.
FAR = 25.0


@dataclass(frozen=True, slots=True)
class NumberEncoding(Record):
    """A column of numbers, standardised: ``(x - mean) / scale``.

    Args:
        name: the column's name.
        mean: of the training rows; their median where ``scaling`` is "robust".
        scale: their standard deviation; the distance between their quartiles where it is "robust".
        kind: "number".
        missing: whether a training row had no value.
        format: how the numbers are written, as in "number:1.234,5"; "" for plainly.
        scaling: "standard" or "robust".
    """

    name: str
    mean: float
    scale: float
    kind: Literal["number"] = "number"
    missing: bool = False
    format: str = ""
    scaling: Literal["standard", "robust"] = "standard"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mean) and 0.0 < self.scale < np.inf):
            raise DataError(
                f"column {self.name!r} has mean {self.mean} and scale {self.scale}", expected="scale > 0"
            )

    @classmethod
    def fit(cls, column: Column, choices: Choices) -> Self:
        """The encoding with this column's mean and standard deviation; scale 1 for a constant."""
        missing = column.missing
        values = column.require_finite().numbers
        if missing.all():
            mean, scale = 0.0, 1.0
        elif choices.scaling == "robust":
            mean, scale = median_and_range(values[~missing] if missing.any() else values)
        else:
            mean, scale = mean_and_scale(Passes(values, known=True))
        return cls(
            column.name,
            mean,
            scale,
            missing=bool(missing.any()),
            format=column.type.format,
            scaling=choices.scaling,
        )

    @property
    def features(self) -> Features:
        """The names of the encoded columns."""
        return with_indicator((self.name,), self.name, self.missing)

    def encode(self, column: Column) -> NDArray[np.float64]:
        """The column's values, shape (n, 1 or 2)."""
        values = column.require_finite().numbers
        with np.errstate(over="ignore"):
            encoded = (values - self.mean) / self.scale
        if np.isinf(encoded).any():
            first = int(np.argmax(np.isinf(encoded)))
            raise column.error_at(
                first, f"holds {values[first]}", expected=f"a value less far from the mean {self.mean}"
            )
        return np.stack([encoded, np.isnan(values)][: len(self.features)], axis=1)

    def remarks(self, column: Column) -> list[str]:
        """What a reader should know of how these rows are encoded."""
        far = np.abs(column.numbers - self.mean) > FAR * self.scale
        if not far.any():
            return Record.remarks(self, column)
        first = int(np.argmax(far))
        count, example = (
            count_rows(int(far.sum())),
            f"{column.numbers[first]:g} in data row {column.rows[first]}",
        )
        middle, width = ("median", "quartiles apart") if self.scaling == "robust" else ("mean", "deviation")
        said = (
            f"column {self.name!r}: {count} with a number far from those of training, such as {example}; "
            f"there, {middle} {self.mean:.4g}, {width} {self.scale:.4g}: is the unit the same?"
        )
        return [said, *Record.remarks(self, column)]

    def __str__(self) -> str:
        written = "robust-scaled" if self.scaling == "robust" else "standardised"
        return f"{written}, missing marked" if self.missing else written


@dataclass(frozen=True, slots=True)
class BooleanEncoding(Record):
    """A column of truth values, 0 or 1; a missing one is the share of ones among the training rows."""

    name: str
    kind: Literal["boolean"] = "boolean"
    missing: bool = False
    share: float = 0.5

    @classmethod
    def fit(cls, column: Column, choices: Choices) -> Self:
        """The encoding of this column."""
        missing = column.missing
        ones = sum(block.sum() for block in Passes(column.numbers, known=True))
        share = 0.5 if missing.all() else float(ones / (len(missing) - missing.sum()))
        return cls(column.name, missing=bool(missing.any()), share=share)

    @property
    def features(self) -> Features:
        """The names of the encoded columns."""
        return with_indicator((self.name,), self.name, self.missing)

    def encode(self, column: Column) -> NDArray[np.float64]:
        """The column's values, shape (n, 1 or 2)."""
        missing = column.missing
        known = np.where(missing, self.share, column.numbers)
        return np.stack([known, missing][: len(self.features)], axis=1)

    def __str__(self) -> str:
        return "0 or 1, missing marked" if self.missing else "0 or 1"


@dataclass(frozen=True, slots=True)
class CategoryEncoding(Record):
    """A column of categories, one-hot: a one in the category's own column, zeros elsewhere.

    Categories that are rare among the training rows share one more column, and so do, where there is such a
    column, categories that training did not see; without it, those are zeros throughout. So is a missing
    value.

    Args:
        name: the column's name.
        categories: those that have a column of their own.
        kind: "category".
        missing: whether a training row had no value.
        pooled: how many rare categories share a column.
        rare: these, where they are few enough to be kept; none where they are not.
    """

    name: str
    categories: tuple[str, ...]
    kind: Literal["category"] = "category"
    missing: bool = False
    pooled: int = 0
    rare: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.categories or len(set(self.categories)) < len(self.categories):
            raise DataError(
                f"column {self.name!r} has categories {listing(self.categories)}", expected="different ones"
            )

    @classmethod
    def fit(cls, column: Column, choices: Choices) -> Self:
        """The encoding with this column's frequent categories, sorted."""
        words = column.words
        counts = dict(zip(words.vocabulary, words.counts.tolist(), strict=True))
        seen = sorted(
            (word for word, count in counts.items() if count), key=lambda word: (-counts[word], word)
        )
        least = choices.least_rows(len(column))
        frequent = [word for word in seen if counts[word] >= least][: choices.most]
        kept = frequent or seen[:1]
        if not kept:
            raise DataError(f"column {column.name!r} has no value in any training row", expected="some")
        rare = sorted(set(seen) - set(kept))
        return cls(
            column.name,
            tuple(sorted(kept)),
            missing=bool(column.missing.any()),
            pooled=len(rare),
            rare=tuple(rare) if len(rare) <= MOST_RARE else (),
        )

    @property
    def features(self) -> Features:
        """The names of the encoded columns."""
        names = tuple(f"{self.name}={category}" for category in self.categories)
        pool = (f"{self.name} (other)",) if self.pooled else ()
        return with_indicator((*names, *pool), self.name, self.missing)

    def encode(self, column: Column) -> NDArray[np.float64]:
        """The column's values, shape (n, features)."""
        width = len(self.categories)
        encoded = np.zeros((len(column), len(self.features)))
        places = category_places(column, self.categories)
        known = places >= 0
        encoded[known, places[known]] = 1.0
        missing = column.missing
        if self.pooled:
            encoded[~known & ~missing, width] = 1.0
        if self.missing:
            encoded[missing, -1] = 1.0
        return encoded

    def remarks(self, column: Column) -> list[str]:
        """What a reader should know of how these rows are encoded."""
        unseen = (category_places(column, (*self.categories, *self.rare)) < 0) & ~column.missing
        if not unseen.any():
            return Record.remarks(self, column)
        first = column.take(np.flatnonzero(unseen)[:1])
        count, example = (
            count_rows(int(unseen.sum())),
            f"{cut(first.values[0])!r} in data row {first.rows[0]}",
        )
        seldom = "saw rarely or never" if self.pooled > len(self.rare) else "did not see"
        as_what = "as one of the rare ones" if self.pooled else "as none of them"
        said = (
            f"column {self.name!r}: {count} with a category that training {seldom}, such as {example}; "
            f"encoded {as_what}"
        )
        return [said, *Record.remarks(self, column)]

    def __str__(self) -> str:
        pool = f", {self.pooled} others pooled" if self.pooled else ""
        return f"one-hot, {len(self.features)} columns{pool}{', missing marked' if self.missing else ''}"


Encoding = NumberEncoding | BooleanEncoding | CategoryEncoding | DateEncoding
ENCODINGS: Mapping[str, type[Encoding]] = MappingProxyType(
    {
        "number": NumberEncoding,
        "boolean": BooleanEncoding,
        "category": CategoryEncoding,
        "date": DateEncoding,
    }
)


def category_places(column: Column, categories: tuple[str, ...]) -> NDArray[np.int64]:
    """Where each value of a column stands among the known categories, -1 where it does not, shape (n,)."""
    positions = {category: index for index, category in enumerate(categories)}
    words = column.words
    return words.map([positions.get(word, -1) for word in words.vocabulary], -1, np.int64)


def category_indices(column: Column, categories: tuple[str, ...]) -> NDArray[np.int64]:
    """Where each value of a column stands among the known categories, int64, shape (n,).

    Raises:
        DataError: a value is missing or none of them; names the first and its row.
    """
    indices = category_places(column.require_complete(), categories)
    if (indices < 0).any():
        first = int(np.argmax(indices < 0))
        word = column.take(np.array([first])).values[0]
        raise column.error_at(
            first, f"holds {word!r}", expected=f"a value known from training: {listing(categories)}"
        )
    return indices
