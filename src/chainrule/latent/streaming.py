"""Models that rows reach as moments: fitted to streams, continued with later rows, merged."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

from ..arguments import Array
from ..errors import ArgumentError, DataError
from .arguments import has_missing
from .model import GenerativeModel, State
from .moments import Moments, RunningMoments
from .source import Rows, Source, open_source


class MomentModel(GenerativeModel[State]):
    """A model whose maximum likelihood follows from the mean and scatter of complete rows.

    It can be fitted to more rows than fit in memory, go on with later rows, and be merged with another,
    always to the fit of all rows at once. Missing values need all rows in memory.
    """

    def __init__(self) -> None:
        super().__init__()
        self._running: RunningMoments | None = None

    @property
    def state(self) -> State:
        """The fitted parameters, solved for when they are first asked for after new rows.

        Raises:
            ArgumentError: there are none yet.
        """
        if self._state is None and self._running is not None:
            self._state = self._from_moments(self._running.moments(), None)
        return super().state

    def partial_fit(self, X: Rows) -> Self:
        """Add complete rows to those of earlier calls; the result is the fit of all of them at once.

        Raises:
            ShapeError, DtypeError, DataError: X is not a table of finite real numbers with as many columns.
            ArgumentError: the model was fitted to missing values, or loaded from a file.
        """
        running = self._statistics() if self._state is not None or self._running is not None else None
        source = open_source(X, columns=None if running is None else self._columns)
        more = RunningMoments()
        for block in source.blocks():
            more.add(block)
        if running is None:
            self._running, self._columns = more if more.count else None, source.columns
        else:
            running.merge(more)
        self._state = None
        return self

    def merge(self, other: Self) -> Self:
        """Add the rows that another model of this kind was fitted to; returns the model itself.

        Raises:
            ArgumentError: one of the two was fitted to missing values, or loaded from a file.
            ShapeError: they have different numbers of columns.
        """
        if type(other) is not type(self):
            raise ArgumentError(f"a {type(other).__name__} to merge", expected=f"a {type(self).__name__}")
        self._statistics().merge(other._statistics())
        self._state = None
        return self

    def _statistics(self) -> RunningMoments:
        if self._running is None:
            self.state  # noqa: B018 - says so where the model is not fitted
            raise ArgumentError(
                f"this {type(self).__name__} has parameters, and no moments of its rows",
                expected="a model fitted to complete rows in this process",
            )
        return self._running

    def _estimate(self, source: Source) -> State:
        rows = None if source.array is None else source.table()
        if rows is not None and has_missing(rows):
            state, self._running = self._from_incomplete(rows), None
            return state
        running = RunningMoments()
        for block in source.blocks() if rows is None else (rows,):
            if rows is None and has_missing(block):
                raise DataError(
                    "a stream with missing values",
                    expected="complete rows",
                    instead="fit(X) with all rows in memory",
                )
            running.add(block)
        state, self._running = self._from_moments(running.moments(), rows), running
        return state

    @abstractmethod
    def _from_moments(self, moments: Moments, rows: Array | None) -> State:
        """The parameters from the rows' moments, and from the rows themselves where they are at hand."""

    @abstractmethod
    def _from_incomplete(self, rows: Array) -> State:
        """The parameters from rows with missing values, which are NaN."""
