"""What probabilistic PCA and factor analysis have in common: a map from the latent space, and noise."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array
from .arguments import as_rows
from .linear_gaussian import LinearGaussian, Posterior
from .streaming import MomentModel


class FactorState(Protocol):
    """The parameters that both have, and how they were found."""

    @property
    def b(self) -> Array: ...
    @property
    def W(self) -> Array: ...
    @property
    def steps(self) -> int: ...
    @property
    def converged(self) -> bool: ...


State = TypeVar("State", bound=FactorState)


class FactorModel(MomentModel[State]):
    """A model of rows x | h ~ N(W h + b, Ψ), Ψ diagonal, with h ~ N(0, I)."""

    @property
    def W(self) -> Array:
        """The map from the latent space, shape (m, k), read-only."""
        return self.state.W

    @property
    def b(self) -> Array:
        """The mean of x, shape (m,), read-only."""
        return self.state.b

    # The common name of b.
    mean = b

    @property
    def steps(self) -> int:
        """E-steps that EM took; 0 where the solution was found without, as of complete rows."""
        return self.state.steps

    @property
    def converged(self) -> bool:
        """Whether EM came to its end; a solution that was found without always does."""
        return self.state.converged

    @property
    def n_features(self) -> int:
        """m, the number of columns."""
        return self.b.size

    def decode(self, h: ArrayLike | Posterior) -> Array:
        """The mean of x given each latent row, ``W h + b``: h of shape (n, k) gives float64, shape (n, m).

        Raises:
            ShapeError, DtypeError, DataError: h is not a table of finite real numbers with k columns.
        """
        latent = h.mean if isinstance(h, Posterior) else h
        return np.asarray(as_rows(latent, name="h", columns=self.W.shape[1]) @ self.W.T + self.b)

    @abstractmethod
    def _linear(self) -> LinearGaussian:
        """The model with Ψ as it is."""

    def _encode(self, rows: Array) -> Posterior:
        """``N(h; M⁻¹ Wᵀ Ψ⁻¹ (x - b), M⁻¹)`` with ``M = I + Wᵀ Ψ⁻¹ W``, over each row's observed entries.

        Where Ψ = 0, its limit: the latent point of the nearest point of the plane, and the prior along
        columns of W that are zero.
        """
        return self._linear().posterior(rows)

    def _predict_missing(self, rows: Array) -> tuple[Array, Array]:
        return self._linear().predict(rows)

    def _draw_missing(self, rows: Array, draws: int, generator: np.random.Generator) -> Array:
        return self._linear().draw(rows, draws, generator)
