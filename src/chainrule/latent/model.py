"""What every density or latent-variable model offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

from numpy.typing import ArrayLike

from ..arguments import Array, Seed
from ..errors import ArgumentError, DataError

State = TypeVar("State")


class GenerativeModel(ABC, Generic[State]):
    """A probability density over rows that can be fitted, evaluated, sampled and saved.

    A model holds its settings and, once fitted, one immutable state: ``fit`` replaces it, nothing else does.
    """

    kind: ClassVar[str]

    def __init__(self) -> None:
        self._state: State | None = None

    @property
    def state(self) -> State:
        """The fitted parameters.

        Raises:
            ArgumentError: there are none yet.
        """
        if self._state is None:
            raise ArgumentError(f"this {type(self).__name__} is not fitted", instead="call .fit(X) first")
        return self._state

    @abstractmethod
    def fit(self, X: ArrayLike) -> Self:
        """Find the parameters that make rows X, shape (n, m), most likely; returns the model itself."""

    @abstractmethod
    def log_likelihood(self, X: ArrayLike) -> Array:
        """The log-density (in nats) of each row of X, shape (n, m): float64, shape (n,)."""

    @abstractmethod
    def sample(self, n: int, seed: Seed = 0) -> Array:
        """Draw n rows, float64, shape (n, m); the same seed gives the same rows."""

    @abstractmethod
    def to_state(self) -> tuple[str, dict[str, Any], dict[str, Array]]:
        """What a saved model holds: its kind, a JSON-able configuration, and its arrays by name."""

    @classmethod
    @abstractmethod
    def from_state(cls, config: Mapping[str, Any], arrays: Mapping[str, Array]) -> Self:
        """The model that :meth:`to_state` described.

        Raises:
            ModelFileError: they do not describe one.
        """

    def score(self, X: ArrayLike) -> float:
        """The mean log-density (in nats) of the rows of X, shape (n, m), n ≥ 1.

        Raises:
            DataError: there are no rows, or what :meth:`log_likelihood` raises.
        """
        values = self.log_likelihood(X)
        if values.size == 0:
            raise DataError("X has no rows, so no mean log-density", expected="at least one row")
        return float(values.mean())
