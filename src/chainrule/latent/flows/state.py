"""A fitted flow's parameters, and the density that they make, as plain NumPy functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import Array, Parameters, Value
from ...errors import ArgumentError, ShapeError
from ...train import History
from ..arguments import as_parameter
from ..conditions import column_position
from ..densities import LOG_2_PI
from ..scaling import Scaling
from .layer import FlowLayer, forward, inverse


@dataclass(frozen=True, slots=True, eq=False)
class FlowState:
    """A fitted flow.

    Attributes:
        layers: in the order from data to latent rows.
        parameters: of each layer, float64.
        scaling: of all m columns, before the first layer.
        given: the positions of the columns that the density is conditional on.
        history: the losses of training, in nats a row; ``None`` where the parameters were given or loaded.
    """

    layers: tuple[FlowLayer, ...]
    parameters: list[Parameters]
    scaling: Scaling
    given: tuple[int, ...] = ()
    history: History | None = None

    @classmethod
    def checked(
        cls,
        layers: Sequence[FlowLayer],
        parameters: Sequence[Mapping[str, ArrayLike]],
        shift: ArrayLike,
        scale: ArrayLike,
        given: Sequence[int],
    ) -> Self:
        """The state of these parameters, as read-only float64 arrays whose shapes fit each other."""
        scaling = Scaling.checked(shift, scale)
        positions = tuple(column_position(column, scaling.shift.size, None) for column in given)
        state = cls(tuple(layers), [], scaling, positions)
        return replace(state, parameters=state._fitting(parameters))

    @property
    def modelled(self) -> Array:
        """The positions of the columns whose density it is."""
        return np.setdiff1d(np.arange(self.scaling.shift.size), self.given)

    @property
    def log_det(self) -> float:
        """log|det| of the modelled columns' scaling."""
        return -float(np.sum(np.log(self.scaling.scale[self.modelled])))

    def split(self, rows: Value) -> tuple[Value, Value | None]:
        """Rows apart into modelled columns and, where there are such, those that are given."""
        if not self.given:
            return rows, None
        return rows[:, self.modelled], rows[:, np.array(self.given)]

    def latent(self, parameters: Sequence[Parameters], X: Value) -> tuple[Value, Value]:
        """z, shape (n, d), and log|det ∂z/∂x|, shape (n,), of rows X, shape (n, m)."""
        x, context = self.split(self.scaling.apply(X))
        z, log_det = forward(self.layers, parameters, x, context)
        return z, log_det + self.log_det

    def rows(self, h: Array) -> Array:
        """The rows that have latent numbers in place of the modelled columns, shape (n, m), turned back."""
        z, _ = self.split(h)
        _, context = self.split(self.scaling.apply(h))
        scaled = np.zeros_like(h)
        scaled[:, self.modelled] = inverse(self.layers, self.parameters, z, context)
        result = h.copy()
        result[:, self.modelled] = self.scaling.undo(scaled)[:, self.modelled]
        return result

    def _fitting(self, parameters: Sequence[Mapping[str, ArrayLike]]) -> list[Parameters]:
        """Read-only copies that have the names and shapes that the layers want."""
        if not len(self.modelled):
            raise ArgumentError(f"all {self.scaling.shift.size} columns are given", expected="one to model")
        wanted = [layer.shapes(len(self.modelled), len(self.given)) for layer in self.layers]
        if [set(own) for own in parameters] != [set(shapes) for shapes in wanted]:
            raise ShapeError(
                f"the layers' parameters are {[sorted(own) for own in parameters]}",
                expected=f"{[sorted(shapes) for shapes in wanted]}",
            )
        return [
            {name: as_parameter(own[name], name=name, shape=shape) for name, shape in shapes.items()}
            for own, shapes in zip(parameters, wanted, strict=True)
        ]


def change_of_variables(z: Value, log_det: Value) -> Value:
    """``log p(x) = log N(z; 0, I) + log|det ∂z/∂x|`` in nats, for rows z of shape (n, d).

    Source: the lecture, "Jacobian matrices & the chain rule of multivariate calculus", used on densities.

    >>> change_of_variables(np.zeros((1, 2)), np.log([3.0])).round(6).tolist()  # log 3 - log 2π
    [-0.739265]
    """
    return log_det - 0.5 * (np.sum(z * z, axis=1) + z.shape[1] * LOG_2_PI)
