"""Linear layers: normalisation, permutations, and any invertible matrix by its LU factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...arguments import Array, Parameters, Value, as_count
from ...errors import ArgumentError, ShapeError
from .layer import Shapes


@dataclass(frozen=True, slots=True)
class ActNorm:
    """``z = (x - b) exp(s)`` for each feature; b and s start so that z has mean 0 and variance 1.

    Source: Kingma and Dhariwal, "Glow: generative flow with invertible 1×1 convolutions" (2018).

    >>> x = np.array([[1.0, 10.0], [3.0, 30.0]])
    >>> parameters = ActNorm().initial(x, None, np.random.default_rng(0))
    >>> ActNorm().forward(parameters, x, None)[0].round(12).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    """

    kind: ClassVar[str] = "actnorm"

    def shapes(self, d: int, c: int) -> Shapes:
        """The shape of each parameter."""
        return {"b": (d,), "s": (d,)}

    def initial(self, x: Array, context: Array | None, rng: np.random.Generator) -> Parameters:
        """b the mean, and s minus the logarithm of the standard deviation (0 for a constant column)."""
        deviation = x.std(axis=0)
        return {"b": x.mean(axis=0), "s": -np.log(np.where(deviation > 0.0, deviation, 1.0))}

    def forward(self, parameters: Parameters, x: Value, context: Value | None) -> tuple[Value, Value]:
        """z and log|det ∂z/∂x| = Σ s."""
        return (x - parameters["b"]) * np.exp(parameters["s"]), np.sum(parameters["s"])

    def inverse(self, parameters: Parameters, z: Value, context: Value | None) -> Value:
        """The rows x that :meth:`forward` takes to z."""
        return z * np.exp(-parameters["s"]) + parameters["b"]


@dataclass(frozen=True, slots=True)
class Permutation:
    """The features in another order, so that later layers split them otherwise; |det ∂z/∂x| = 1.

    Args:
        order: z has feature ``order[j]`` of x in place j; ``None``: the reverse order.

    Raises:
        ArgumentError: the order is not one of 0 … d-1.

    >>> Permutation((2, 0, 1)).forward({}, np.array([[1.0, 2.0, 3.0]]), None)[0].tolist()
    [[3.0, 1.0, 2.0]]
    """

    order: tuple[int, ...] | None = None
    kind: ClassVar[str] = "permutation"

    def __post_init__(self) -> None:
        order = self.order
        if order is not None and sorted(as_count(j, "order", 0) for j in order) != list(range(len(order))):
            raise ArgumentError(f"order={order!r}", expected="each of 0 … d-1 once")

    def shapes(self, d: int, c: int) -> Shapes:
        """No parameters.

        Raises:
            ShapeError: the order is one of another number of features.
        """
        if self.order is not None and len(self.order) != d:
            raise ShapeError(f"a permutation of {len(self.order)} features for {d}")
        return {}

    def initial(self, x: Array, context: Array | None, rng: np.random.Generator) -> Parameters:
        """No parameters.

        Raises:
            ShapeError: the order is one of another number of features.
        """
        self.shapes(x.shape[1], 0)
        return {}

    def forward(self, parameters: Parameters, x: Value, context: Value | None) -> tuple[Value, Value]:
        """The features of x in the new order, and 0."""
        return x[:, self._order(x)], np.zeros((), x.dtype)

    def inverse(self, parameters: Parameters, z: Value, context: Value | None) -> Value:
        """The features in the old order."""
        return z[:, np.argsort(self._order(z))]

    def _order(self, rows: Value) -> Array:
        return np.arange(rows.shape[1])[::-1] if self.order is None else np.array(self.order)


@dataclass(frozen=True, slots=True)
class LULinear:
    """``z = L U x`` for each row: L unit lower triangular, U upper triangular with the diagonal exp(s).

    So log|det ∂z/∂x| = Σ s, in O(d), and the matrix cannot become singular. It starts as the identity.

    Source: Kingma and Dhariwal, "Glow: generative flow with invertible 1×1 convolutions" (2018), section 3.2.

    >>> parameters = {"L": np.array([[0.0, 0.0], [3.0, 0.0]]), "U": np.zeros((2, 2)), "s": np.log([2.0, 1.0])}
    >>> LULinear().forward(parameters, np.array([[1.0, 1.0]]), None)[0].round(12).tolist()
    [[2.0, 7.0]]
    """

    kind: ClassVar[str] = "lu"

    def shapes(self, d: int, c: int) -> Shapes:
        """The shape of each parameter."""
        return {"L": (d, d), "U": (d, d), "s": (d,)}

    def initial(self, x: Array, context: Array | None, rng: np.random.Generator) -> Parameters:
        """L = U = I."""
        d = x.shape[1]
        return {"L": np.zeros((d, d)), "U": np.zeros((d, d)), "s": np.zeros(d)}

    def forward(self, parameters: Parameters, x: Value, context: Value | None) -> tuple[Value, Value]:
        """z and log|det ∂z/∂x| = Σ s."""
        L, U = self._factors(parameters)
        return (x @ U.T) @ L.T, np.sum(parameters["s"])

    def inverse(self, parameters: Parameters, z: Value, context: Value | None) -> Value:
        """The rows x that :meth:`forward` takes to z."""
        L, U = self._factors(parameters)
        return np.linalg.solve(U, np.linalg.solve(L, z.T)).T

    def _factors(self, parameters: Parameters) -> tuple[Value, Value]:
        s = parameters["s"]
        identity = np.eye(s.shape[0], dtype=s.dtype)
        return np.tril(parameters["L"], -1) + identity, np.triu(parameters["U"], 1) + identity * np.exp(s)
