"""The parameters of a PPCA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, as_count
from ..errors import ArgumentError, ShapeError
from .arguments import as_parameter


class StandardErrors(NamedTuple):
    """Standard errors of maximum-likelihood estimates, for many rows.

    Attributes:
        sigma2: ``σ² √(2/(n (m - k)))``.
        eigenvalues: ``λᵢ √(2/n)``, of those that stand out from the noise: shape (k,).
    """

    sigma2: float
    eigenvalues: Array


@dataclass(frozen=True, slots=True, eq=False)
class PPCAState:
    """The parameters of a PPCA, and where they come from.

    Attributes:
        b: shape (m,).
        W: shape (m, k), k ≤ m.
        sigma2: σ² ≥ 0.
        eigenvalues: of the covariance of the rows, descending, all m of them or the first k; where W was
            given or values were missing, those of W Wᵀ + σ² I.
        solver: how they were found: "covariance", "gram", "svd", "randomized", "em", or "given".
        count: the number of rows; 0 where W was given.
        steps: E-steps that EM took; 0 where the solution is in closed form.
        converged: whether EM came to its end.
    """

    b: Array
    W: Array
    sigma2: float
    eigenvalues: Array
    solver: str
    count: int = 0
    steps: int = 0
    converged: bool = True

    @classmethod
    def checked(
        cls,
        b: ArrayLike,
        W: ArrayLike,
        sigma2: ArrayLike,
        eigenvalues: ArrayLike,
        solver: str,
        count: int = 0,
        steps: int = 0,
        converged: bool = True,
    ) -> Self:
        """The state of these parameters, as read-only float64 arrays whose shapes fit each other."""
        b = as_parameter(b, name="b", shape=(None,))
        W = as_parameter(W, name="W", shape=(b.size, None))
        noise = float(as_parameter(sigma2, name="sigma2", shape=()))
        if W.shape[1] > b.size:
            raise ShapeError(f"W has shape {W.shape}", expected="no more columns than rows")
        if noise < 0.0:
            raise ArgumentError(f"sigma2={noise}", expected="a variance, zero or more")
        values = as_parameter(eigenvalues, name="eigenvalues", shape=(None,))
        if len(values) not in (b.size, W.shape[1]):
            raise ShapeError(f"eigenvalues has shape {values.shape}", expected=f"shape ({b.size},)")
        counts = as_count(count, "count", least=0), as_count(steps, "steps", least=0)
        return cls(b, W, noise, values, solver, *counts, bool(converged))

    @property
    def standard_errors(self) -> StandardErrors:
        """Of σ² and the leading eigenvalues.

        Raises:
            ArgumentError: the model was not fitted to complete rows.
        """
        if self.solver in ("given", "em"):
            raise ArgumentError(
                "standard errors of parameters that were given, or fitted to missing values",
                expected="a fit to complete rows",
            )
        m, k = self.W.shape
        return StandardErrors(
            self.sigma2 * float(np.sqrt(2.0 / (self.count * (m - k)))),
            self.eigenvalues[:k] * np.sqrt(2.0 / self.count),
        )
