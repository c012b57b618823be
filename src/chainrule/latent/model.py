"""What every density or latent-variable model offers, and what each of them adds."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, Seed, as_count, as_generator
from ..errors import ArgumentError, DataError, ModelFileError
from .columns import naming
from .conditions import Given, as_condition
from .saved import saved_columns, saved_parameters
from .source import Rows, Source, open_source

State = TypeVar("State")


class GenerativeModel(ABC, Generic[State]):
    """A probability density over rows that can be fitted, evaluated, sampled and saved.

    A model holds its settings and, once fitted, one immutable state: ``fit`` replaces it, nothing else does.
    The public methods check what they are given and are the same for every model; each model adds
    ``_estimate``, ``_log_density``, ``_encode``, ``decode``, ``_sample`` and, where it can, the two that
    predict missing values.

    Rows are an array of shape (n, m), a data frame, the path of a CSV, Parquet or ``.npy`` file, or an
    iterator of
    such blocks; NaN is a missing value. A model that was fitted to a frame picks a later frame's columns by
    name.
    """

    kind: ClassVar[str]

    #: Whether ``_log_density`` looks itself for numbers that are infinite or too large, while it computes.
    looks_at_numbers: ClassVar[bool] = False

    def __init__(self) -> None:
        self._state: State | None = None
        self._columns: tuple[str, ...] | None = None

    @property
    def state(self) -> State:
        """The fitted parameters.

        Raises:
            ArgumentError: there are none yet.
        """
        if self._state is None:
            raise ArgumentError(f"this {type(self).__name__} is not fitted", instead="call .fit(X) first")
        return self._state

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The names of the columns, where the model was fitted to rows that have them."""
        return self._columns

    def name_columns(self, names: Sequence[str]) -> Self:
        """Name the columns of a fitted model, as if its rows had had names; returns the model itself.

        Raises:
            ArgumentError: there are not m different names.
        """
        given = tuple(names)
        if len(set(given)) != self.n_features or not all(isinstance(name, str) for name in given):
            raise ArgumentError(f"names={given}", expected=f"{self.n_features} different names")
        self._columns = given
        return self

    @property
    @abstractmethod
    def n_features(self) -> int:
        """m, the number of columns."""

    def fit(self, X: Rows) -> Self:
        """Find the parameters that make rows X most likely; returns the model itself.

        Raises:
            ShapeError, DtypeError, DataError: X is not a non-empty table of real numbers.
        """
        source = open_source(X, missing=True)
        with naming(source.columns):
            self._state, self._columns = self._estimate(source), source.columns
        return self

    def log_likelihood(self, X: Rows) -> Array:
        """The log-density (in nats) of each row's observed values: float64, shape (n,).

        Where values are missing it is that of the others, exactly; 0 where all are.

        Raises:
            ShapeError, DtypeError, DataError: X is not a table of real numbers with m columns.
            DataError: the model has no density.
        """
        source = open_source(X, columns=self.columns, missing=True)
        blocks = source.tables if self.looks_at_numbers else source.blocks
        with naming(self.columns):
            parts = [self._log_density(rows) for rows in blocks(self.n_features)]
        return np.concatenate([np.empty(0), *parts])

    def score(self, X: Rows) -> float:
        """The mean log-density (in nats) of the rows of X, n ≥ 1.

        Raises:
            DataError: there are no rows, or what :meth:`log_likelihood` raises.
        """
        values = self.log_likelihood(X)
        if values.size == 0:
            raise DataError("X has no rows, so no mean log-density", expected="at least one row")
        return float(values.mean())

    def encode(self, X: Rows) -> Any:
        """What each row's observed values say of its latent variables."""
        with naming(self.columns):
            return self._encode(self._table(X))

    @abstractmethod
    def decode(self, h: Any) -> Array:
        """The mean of x for latent rows h, or for what :meth:`encode` gave: float64, shape (n, m)."""

    @overload
    def impute(self, X: Rows) -> Array: ...
    @overload
    def impute(self, X: Rows, *, return_std: Literal[True]) -> tuple[Array, Array]: ...
    @overload
    def impute(self, X: Rows, *, draws: int, seed: Seed = 0) -> Array: ...

    def impute(
        self, X: Rows, *, return_std: bool = False, draws: int | None = None, seed: Seed = 0
    ) -> Array | tuple[Array, Array]:
        """X with each missing value replaced by its mean given the row's observed ones; those stay as they
        are.

        Args:
            X: rows of shape (n, m), NaN for a missing value.
            return_std: return the predictive standard deviations too, shape (n, m): 0 where observed.
            draws: return so many draws of the missing values instead of their means, shape (draws, n, m).
            seed: of the draws: a whole number, or the ``numpy.random.Generator`` to draw from.

        Raises:
            ArgumentError: both ``return_std`` and ``draws`` are asked for.
        """
        if return_std and draws is not None:
            raise ArgumentError("return_std=True with draws", instead="one of the two: draws have a spread")
        with naming(self.columns):
            rows = self._table(X).astype(np.float64)
            if draws is not None:
                return self._draw_missing(rows, as_count(draws, "draws"), as_generator(seed))
            mean, std = self._predict_missing(rows)
        return (mean, std) if return_std else mean

    def sample(self, n: int, seed: Seed = 0, *, given: Given | None = None) -> Array:
        """Draw n rows, float64, shape (n, m); the same seed gives the same rows.

        Args:
            n: how many.
            seed: a whole number, or the ``numpy.random.Generator`` to draw from.
            given: values that the rows have, the others being drawn given them: a row of m numbers with NaN
                for what is to be drawn, or ``{column: value}`` by position or, where the columns have them,
                by name.
        """
        count, generator = as_count(n, "n", least=0), as_generator(seed)
        if given is None:
            return self._sample(count, generator)
        row = as_condition(given, self.n_features, self.columns)
        if count == 0:
            return np.empty((0, self.n_features))
        with naming(self.columns):
            return self._draw_missing(row[None], count, generator)[:, 0]

    def save(self, path: str | os.PathLike[str], *, training: Mapping[str, Any] | None = None) -> None:
        """Save the model as a folder; :func:`chainrule.save`."""
        from ..io import save

        save(self, path, training=training)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The model of this class that :meth:`save` wrote.

        Raises:
            ModelFileError: the folder is missing, damaged, or holds a model of another class.
        """
        from ..io import load

        model = load(path)
        if not isinstance(model, cls):
            raise ModelFileError(
                f"{path} holds a {type(model).__name__}",
                expected=f"a {cls.__name__}",
                instead="cr.load(path)",
            )
        return model

    def to_state(self) -> tuple[str, dict[str, Any], dict[str, Array]]:
        """What a saved model holds: its kind, a JSON-able configuration, and its arrays by name."""
        config, arrays = self._to_saved()
        names = None if self.columns is None else list(self.columns)
        return self.kind, {**config, "columns": names}, arrays

    @classmethod
    def from_state(cls, config: Mapping[str, Any], arrays: Mapping[str, Array]) -> Self:
        """The model that :meth:`to_state` described.

        Raises:
            ModelFileError: they do not describe one.
        """
        with saved_parameters(cls.kind):
            model = cls._from_saved(config, arrays)
            model._columns = saved_columns(config["columns"], model.n_features)
            return model

    def _table(self, X: Rows) -> Array:
        """All rows of X, checked to fit the model."""
        blocks = list(self._blocks(X))
        return blocks[0] if len(blocks) == 1 else np.concatenate([np.empty((0, self.n_features)), *blocks])

    def _blocks(self, X: Rows) -> Iterator[Array]:
        yield from open_source(X, columns=self.columns, missing=True).blocks(self.n_features)

    @abstractmethod
    def _estimate(self, source: Source) -> State:
        """The parameters that make the rows most likely."""

    @abstractmethod
    def _log_density(self, rows: Array) -> Array:
        """Of each row's observed values, shape (n,); the rows are checked, see ``looks_at_numbers``."""

    @abstractmethod
    def _encode(self, rows: Array) -> Any:
        """What checked rows say of their latent variables."""

    @abstractmethod
    def _sample(self, n: int, generator: np.random.Generator) -> Array:
        """n rows, shape (n, m)."""

    def _predict_missing(self, rows: Array) -> tuple[Array, Array]:
        """Rows with the conditional means of what is missing, and its standard deviations."""
        raise self._cannot_impute()

    def _draw_missing(self, rows: Array, draws: int, generator: np.random.Generator) -> Array:
        """Rows with draws of what is missing, shape (draws, n, m)."""
        raise self._cannot_impute()

    def _cannot_impute(self) -> ArgumentError:
        return ArgumentError(f"a {type(self).__name__} does not predict missing values")

    @abstractmethod
    def _to_saved(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """The configuration and the arrays of a saved model."""

    @classmethod
    @abstractmethod
    def _from_saved(cls, config: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> Self:
        """The model that they describe; what is wrong with them may be any ChainruleError or KeyError."""
