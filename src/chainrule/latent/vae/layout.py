"""How a table's columns become what the networks see, and back: numbers, yes-or-no columns, and codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ... import special
from ...arguments import Array, Value, find
from ...errors import ArgumentError
from ..columns import ColumnError
from ..densities import LOG_2_PI
from ..scaling import Scaling

KINDS = {kind: kind for kind in ("gaussian", "bernoulli", "categorical")}

#: The largest code of a categorical column, since each code gets a unit of its own.
LARGEST_CODE = 9999


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The kinds of a table's columns, and where each is among the decoder's outputs.

    A Gaussian column and a Bernoulli one have one output each, a mean in units of the scaling and a logit; a
    categorical one has a logit for each of its codes 0, 1, 2, …. The rows in that form, with codes as one-hot
    rows, are here called spread: shape (n, P). Gaussian columns come first, then Bernoulli ones, then the
    categorical ones by their numbers of codes.

    Attributes:
        kinds: of every column.
        codes: of every column the number of its codes; 1 where it is not categorical.
        scaling: of every column; only that of Gaussian ones is used.
    """

    kinds: tuple[str, ...]
    codes: tuple[int, ...]
    scaling: Scaling

    @classmethod
    def of(cls, rows: Array, kinds: Sequence[str], noise: str) -> Self:
        """The layout of rows, NaN where missing; with ``noise="scalar"`` all columns have one scale.

        Raises:
            DataError: a column does not hold what its kind says.
        """
        for j in np.flatnonzero(np.isnan(rows).all(axis=0)).tolist():
            raise ColumnError("{column} of X has no value in any row", j, instead="drop it")
        counts = [_code_count(rows[:, j], j) if kind == "categorical" else 1 for j, kind in enumerate(kinds)]
        scaling = Scaling.of(rows)
        gaussian = [j for j, kind in enumerate(kinds) if kind == "gaussian"]
        constant = [j for j in gaussian if not np.nanmax(rows[:, j]) > np.nanmin(rows[:, j])]
        if noise == "scalar" and len(constant) < len(gaussian):
            # A constant column has scale 1 where it has variance 0.
            squares = np.where(np.isin(gaussian, constant), 0.0, scaling.scale[gaussian] ** 2)
            scaling = Scaling.checked(scaling.shift, np.full(len(kinds), np.sqrt(squares.mean())))
        elif constant:
            raise ColumnError(
                "{column} is constant, so a Gaussian of its own variance has no density there",
                constant[0],
                expected="columns that vary",
                instead="drop it",
            )
        layout = cls(tuple(kinds), tuple(counts), scaling)
        layout.spread(rows)
        return layout

    @property
    def gaussian(self) -> Array:
        """The positions of the Gaussian columns."""
        return self._positions("gaussian")

    @property
    def bernoulli(self) -> Array:
        """The positions of the Bernoulli columns."""
        return self._positions("bernoulli")

    @property
    def categorical(self) -> list[tuple[int, Array]]:
        """For each number of codes, ascending, the positions of the columns that have so many."""
        positions = self._positions("categorical")
        counts = np.array(self.codes)[positions]
        return [(int(count), positions[counts == count]) for count in np.unique(counts)]

    @property
    def width(self) -> int:
        """P, the number of outputs."""
        return len(self.gaussian) + len(self.bernoulli) + sum(k * len(at) for k, at in self.categorical)

    def spread(self, rows: Array) -> tuple[Array, Array]:
        """Rows, NaN where missing, in the outputs' form with 0 where missing; and where they are observed.

        Raises:
            DataError: a Bernoulli column holds another number than 0 and 1, or a categorical one a code that
                it did not have when the model was fitted.
        """
        scaled = self.scaling.apply(rows.astype(np.float64))
        parts = [scaled[:, self.gaussian], _yes_or_no(rows, self.bernoulli)]
        for count, at in self.categorical:
            parts += [_one_hot(rows[:, j], int(j), count) for j in at]
        together = np.concatenate(parts, axis=1)
        observed = ~np.isnan(together)
        return np.where(observed, together, 0.0), observed.astype(np.float64)

    def log_density(self, outputs: Value, log_sigma: Value, target: Value, observed: Value | None) -> Value:
        """log p(x | h) of each row's observed values, in nats and in the columns' own units, shape (n,).

        Args:
            outputs: the decoder's, shape (n, P).
            log_sigma: log σ of the Gaussian columns in units of the scaling, shape (1,), or one for each.
            target: the rows, spread, shape (n, P).
            observed: 1 where they are observed; ``None``: everywhere.
        """
        parts = self._gaussian_terms(outputs, log_sigma, target) + self._discrete_terms(outputs, target)
        terms = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
        return np.sum(terms if observed is None else terms * observed, axis=1)

    def resting(self, means: Array) -> Array:
        """Outputs that are these spread means, shape (P,): logits in place of probabilities."""
        floor = np.finfo(np.float64).tiny
        logits = np.log(np.maximum(means, floor))
        logits[self._flags] -= np.log(np.maximum(1.0 - means[self._flags], floor))
        logits[self._numbers] = means[self._numbers]
        return np.asarray(logits)

    def means(self, outputs: Array) -> Array:
        """The mean of every spread column: probabilities in place of logits."""
        parts = [outputs[:, self._numbers], special.expit(outputs[:, self._flags])]
        for (count, at), logits in zip(self.categorical, self._logits(outputs), strict=True):
            parts.append(special.softmax(logits, axis=-1).reshape(len(outputs), count * len(at)))
        return np.concatenate(parts, axis=1)

    def collapse(self, means: Array) -> Array:
        """Rows in their own units from spread means; of a categorical column the likeliest code."""
        rows = np.zeros((len(means), len(self.kinds)))
        rows[:, self.gaussian] = means[:, self._numbers]
        rows = np.asarray(self.scaling.undo(rows))
        rows[:, self.bernoulli] = means[:, self._flags]
        for (_, at), shares in zip(self.categorical, self._logits(means), strict=True):
            rows[:, at] = np.argmax(shares, axis=-1)
        return rows

    def draw(self, outputs: Array, log_sigma: Array, rng: np.random.Generator) -> Array:
        """Rows from p(x | h), in their own units."""
        means = self.means(outputs)
        numbers = means[:, self._numbers]
        means[:, self._numbers] += np.exp(log_sigma) * rng.standard_normal(numbers.shape)
        means[:, self._flags] = rng.random((len(means), len(self.bernoulli))) < means[:, self._flags]
        start = self._flags.stop
        # The largest of logarithms plus Gumbel noise is a draw in proportion to what they are of.
        with np.errstate(divide="ignore"):
            means[:, start:] = np.log(means[:, start:]) + rng.gumbel(size=means[:, start:].shape)
        return self.collapse(means)

    def square_error(self, means: Array, squares: Array, rows: Array) -> Array:
        """E[(x - row)²] of every column, where spread values have these means and mean squares."""
        result = np.zeros_like(rows)
        unit = self.scaling.scale[self.gaussian]
        result[:, self.gaussian] = unit**2 * (squares - means**2)[:, self._numbers]
        p = means[:, self._flags]
        result[:, self.bernoulli] = p * (1 - p)
        for (count, at), shares in zip(self.categorical, self._logits(means), strict=True):
            distance = np.arange(count) - rows[:, at, None]
            result[:, at] = np.sum(shares * distance**2, axis=-1)
        return np.maximum(result, 0.0)

    @property
    def _numbers(self) -> slice:
        return slice(0, len(self.gaussian))

    @property
    def _flags(self) -> slice:
        return slice(len(self.gaussian), len(self.gaussian) + len(self.bernoulli))

    def _logits(self, spread: Value) -> list[Value]:
        """For each number of codes what belongs to them, shape (n, columns, codes)."""
        parts, start = [], self._flags.stop
        for count, at in self.categorical:
            stop = start + count * len(at)
            parts.append(spread[:, start:stop].reshape(spread.shape[0], len(at), count))
            start = stop
        return parts

    def _gaussian_terms(self, outputs: Value, log_sigma: Value, target: Value) -> list[Value]:
        if not len(self.gaussian):
            return []
        log_unit = np.log(self.scaling.scale[self.gaussian]).astype(target.dtype)
        distance = (target[:, self._numbers] - outputs[:, self._numbers]) * np.exp(-log_sigma)
        return [-0.5 * (distance * distance + LOG_2_PI) - log_sigma - log_unit]

    def _discrete_terms(self, outputs: Value, target: Value) -> list[Value]:
        terms: list[Value] = []
        if len(self.bernoulli):
            logits = outputs[:, self._flags]
            terms.append(target[:, self._flags] * logits - np.logaddexp(np.zeros((), logits.dtype), logits))
        for (count, at), logits, hot in zip(
            self.categorical, self._logits(outputs), self._logits(target), strict=True
        ):
            surprise = hot * special.log_softmax(logits, axis=-1)
            terms.append(surprise.reshape(outputs.shape[0], count * len(at)))
        return terms

    def _positions(self, kind: str) -> Array:
        return np.array([j for j, own in enumerate(self.kinds) if own == kind], dtype=int)


def as_kinds(decoder: Any, columns: int) -> tuple[str, ...]:
    """The kind of every column: one name for all, or a name for each.

    Raises:
        ArgumentError: an unknown name, or another number of names.
    """
    names = [decoder] * columns if isinstance(decoder, str) else list(decoder)
    if len(names) != columns:
        raise ArgumentError(f"decoder names {len(names)} columns", expected=f"{columns}, as X has")
    return tuple(find(KINDS, name, "decoder") for name in names)


def _code_count(column: Array, j: int) -> int:
    codes = column[~np.isnan(column)]
    if not ((codes >= 0) & (codes <= LARGEST_CODE) & (codes == np.floor(codes))).all():
        raise ColumnError("categorical {column} holds other numbers than codes 0, 1, 2, …", j)
    return int(codes.max(initial=0)) + 1


def _yes_or_no(rows: Array, positions: Array) -> Array:
    for j in positions.tolist():
        column = rows[:, j]
        if not ((column == 0) | (column == 1) | np.isnan(column)).all():
            raise ColumnError("Bernoulli {column} holds other numbers than 0 and 1", j)
    return rows[:, positions].astype(np.float64)


def _one_hot(column: Array, j: int, count: int) -> Array:
    known = np.isnan(column) | np.isin(column, np.arange(count))
    if not known.all():
        raise ColumnError(
            f"categorical {{column}} holds {column[~known][0]:g}",
            j,
            expected=f"codes from 0 to {count - 1}, as when the model was fitted",
        )
    return np.where(np.isnan(column)[:, None], np.nan, column[:, None] == np.arange(count))
