"""Coupling layers: one half of the features says how the other half is mapped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ...arguments import Array, Parameters, Value
from .affine import Affine
from .conditioner import Conditioner, joined
from .layer import Shapes
from .spline import Spline

Transform = Affine | Spline


@dataclass(frozen=True, slots=True)
class Coupling:
    """The first ⌊d/2⌋ features stay; a network of them and the context says how the others are mapped.

    The Jacobian is triangular, so its log-determinant is the sum of the logarithms of the mapped features'
    slopes. With one feature the map depends on the context alone.

    Args:
        transform: :class:`Affine` or :class:`Spline`.
        conditioner: the network.

    Source: Dinh, Sohl-Dickstein and Bengio, "Density estimation using Real NVP" (2017); Durkan, Bekasov,
    Murray and Papamakarios, "Neural spline flows" (2019).

    >>> layer, x = Coupling(Affine()), np.array([[1.0, 2.0, 3.0]])
    >>> parameters = layer.initial(x, None, np.random.default_rng(0))
    >>> z, log_det = layer.forward(parameters, x, None)
    >>> z.tolist(), log_det.tolist()
    ([[1.0, 2.0, 3.0]], [0.0])
    """

    transform: Transform = field(default_factory=Affine)
    conditioner: Conditioner = field(default_factory=Conditioner)
    kind: ClassVar[str] = "coupling"

    def shapes(self, d: int, c: int) -> Shapes:
        """The shape of each parameter."""
        return self.conditioner.shapes(d // 2 + c, (d - d // 2) * self.transform.size)

    def initial(self, x: Array, context: Array | None, rng: np.random.Generator) -> Parameters:
        """Parameters to start from."""
        kept, inputs = self._kept(x, context)
        return self.conditioner.initial(inputs.shape[1], (x.shape[1] - kept) * self.transform.size, rng)

    def forward(self, parameters: Parameters, x: Value, context: Value | None) -> tuple[Value, Value]:
        """z and log|det ∂z/∂x| of each row."""
        kept, raw = self._raw(parameters, x, context)
        y, log_slope = self.transform.forward(raw, x[:, kept:])
        return joined([x[:, :kept], y]), np.sum(log_slope, axis=1)

    def inverse(self, parameters: Parameters, z: Value, context: Value | None) -> Value:
        """The rows x that :meth:`forward` takes to z."""
        kept, raw = self._raw(parameters, z, context)
        return joined([z[:, :kept], self.transform.inverse(raw, z[:, kept:])])

    def _kept(self, rows: Value, context: Value | None) -> tuple[int, Value]:
        """How many features stay, and what the network sees."""
        kept = rows.shape[1] // 2
        return kept, joined([rows[:, :kept], context])

    def _raw(self, parameters: Parameters, rows: Value, context: Value | None) -> tuple[int, Value]:
        kept, seen = self._kept(rows, context)
        n, mapped, size = rows.shape[0], rows.shape[1] - kept, self.transform.size
        return kept, self.conditioner.apply(parameters, seen, mapped * size).reshape(n, mapped, size)
