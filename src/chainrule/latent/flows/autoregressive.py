"""Masked autoregressive layers: the features before each one say how it is mapped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ...arguments import Array, Parameters, Value
from .affine import Affine
from .conditioner import Conditioner, Masks, joined
from .coupling import Transform
from .layer import Shapes


@dataclass(frozen=True, slots=True)
class Autoregressive:
    """Feature j is mapped as a network of features 1 … j-1 and the context says: ∂z/∂x is triangular.

    One masked network gives all maps at once: every unit has a degree, and sees only units of its own degree
    or less; x_j has degree j, the context 0, and what maps x_j has degree j - 1. So one pass gives z, while
    the inverse takes a pass for each feature.

    Args:
        transform: :class:`Affine` or :class:`Spline`.
        conditioner: the network.

    Source: Papamakarios, Pavlakou and Murray, "Masked autoregressive flow for density estimation" (2017);
    Germain, Gregor, Murray and Larochelle, "MADE: masked autoencoder for distribution estimation" (2015).

    >>> layer, x = Autoregressive(Affine()), np.array([[1.0, 2.0, 3.0]])
    >>> parameters = layer.initial(x, None, np.random.default_rng(0))
    >>> layer.inverse(parameters, layer.forward(parameters, x, None)[0], None).tolist()
    [[1.0, 2.0, 3.0]]
    """

    transform: Transform = field(default_factory=Affine)
    conditioner: Conditioner = field(default_factory=Conditioner)
    kind: ClassVar[str] = "autoregressive"

    def shapes(self, d: int, c: int) -> Shapes:
        """The shape of each parameter."""
        return self.conditioner.shapes(d + c, d * self.transform.size)

    def initial(self, x: Array, context: Array | None, rng: np.random.Generator) -> Parameters:
        """Parameters to start from."""
        inputs = joined([x, context]).shape[1]
        return self.conditioner.initial(inputs, x.shape[1] * self.transform.size, rng)

    def forward(self, parameters: Parameters, x: Value, context: Value | None) -> tuple[Value, Value]:
        """z and log|det ∂z/∂x| of each row."""
        z, log_slope = self.transform.forward(self._raw(parameters, x, context), x)
        return z, np.sum(log_slope, axis=1)

    def inverse(self, parameters: Parameters, z: Value, context: Value | None) -> Value:
        """The rows x that :meth:`forward` takes to z, feature by feature."""
        x = np.zeros(z.shape, z.dtype)
        found: list[Value] = []
        for j in range(z.shape[1]):
            raw = self._raw(parameters, x, context)[:, j : j + 1]
            found.append(self.transform.inverse(raw, z[:, j : j + 1]))
            x = joined([*found, np.zeros((z.shape[0], z.shape[1] - j - 1), z.dtype)])
        return x

    def _raw(self, parameters: Parameters, x: Value, context: Value | None) -> Value:
        seen, d, size = joined([x, context]), x.shape[1], self.transform.size
        masks = self._masks(d, seen.shape[1] - d, x.dtype)
        return self.conditioner.apply(parameters, seen, d * size, masks).reshape(x.shape[0], d, size)

    def _masks(self, d: int, context: int, dtype: np.dtype[np.float64]) -> Masks:
        """For each layer's weights, 1 where a unit may see an earlier one."""
        outputs = np.repeat(np.arange(d), self.transform.size)
        # Without a context nothing has degree 0, so a hidden unit of that degree would see nothing.
        least = 0 if context or d == 1 else 1
        degrees = [np.concatenate([np.arange(1, d + 1), np.zeros(context, int)])]
        degrees += [least + np.arange(size) % (d - least) for size in self.conditioner.hidden]
        degrees += [outputs]
        layers = self.conditioner.layers(d + context, outputs.size)
        return {
            layer.W: (before <= after[:, None]).astype(dtype)
            for layer, before, after in zip(layers, degrees[:-1], degrees[1:], strict=True)
        }
