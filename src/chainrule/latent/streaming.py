"""Models that rows reach as moments: fitted to streams, continued with later rows, merged."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

from ..arguments import Array
from ..errors import ArgumentError
from .arguments import as_table
from .columns import naming
from .gathering import Gathered
from .model import GenerativeModel, State
from .moments import Moments
from .source import Rows, Source, open_source


class MomentModel(GenerativeModel[State]):
    """A model whose maximum likelihood follows from the mean and scatter of complete rows.

    It can be fitted to more rows than fit in memory, go on with later rows, and be merged with another,
    always to the fit of all rows at once. Of rows with missing values nothing less than the rows will do:
    these are kept in memory.
    """

    def __init__(self) -> None:
        super().__init__()
        self._running: Gathered | None = None

    @property
    def state(self) -> State:
        """The fitted parameters, solved for when they are first asked for after new rows.

        Raises:
            ArgumentError: there are none yet.
        """
        if self._state is None and self._running is not None:
            with naming(self._columns):
                self._state = self._from_gathered(self._running, None)
        return super().state

    def partial_fit(self, X: Rows) -> Self:
        """Add rows to those of earlier calls; the result is the fit of all of them at once.

        Raises:
            ShapeError, DtypeError, DataError: X is not a table of real numbers with as many columns.
            ArgumentError: the model was loaded from a file, or its parameters were given.
        """
        running = self._statistics() if self._state is not None or self._running is not None else None
        source = open_source(X, columns=None if running is None else self._columns, missing=True)
        more = Gathered()
        for table in source.tables():
            more.add(table)
        if running is None:
            self._running, self._columns = None if more.width is None else more, source.columns
        else:
            running.merge(more)
        self._state = None
        return self

    def merge(self, other: Self) -> Self:
        """Add the rows that another model of this kind was fitted to; returns the model itself.

        Raises:
            ArgumentError: one of the two was loaded from a file, or its parameters were given; or the columns
                differ.
            ShapeError: they have different numbers of columns.
        """
        if type(other) is not type(self):
            raise ArgumentError(f"a {type(other).__name__} to merge", expected=f"a {type(self).__name__}")
        if self.columns and other.columns and self.columns != other.columns:
            raise ArgumentError(
                f"a model of columns {', '.join(other.columns)} to merge",
                expected=f"one of {', '.join(self.columns)}, in this order",
                instead="fit the other to frame[list(model.columns)]",
            )
        self._statistics().merge(other._statistics())
        self._state = None
        return self

    def _statistics(self) -> Gathered:
        if self._running is None:
            self.state  # noqa: B018 - says so where the model is not fitted
            raise ArgumentError(
                f"this {type(self).__name__} has parameters, and no moments of its rows",
                expected="a model fitted in this process",
            )
        return self._running

    def _estimate(self, source: Source) -> State:
        rows = None if source.array is None else as_table(source.array, least=1)
        running = Gathered()
        for table in source.tables() if rows is None else (rows,):
            running.add(table)
        state, self._running = self._from_gathered(running, rows), running
        return state

    def _from_gathered(self, running: Gathered, rows: Array | None) -> State:
        if running.has_gaps:
            return self._from_incomplete(running)
        return self._from_moments(running.moments(), rows)

    @abstractmethod
    def _from_moments(self, moments: Moments, rows: Array | None) -> State:
        """The parameters from the rows' moments, and from the rows themselves where they are at hand."""

    @abstractmethod
    def _from_incomplete(self, rows: Gathered) -> State:
        """The parameters from rows with missing values."""
