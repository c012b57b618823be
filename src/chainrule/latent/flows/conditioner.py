"""The network that says, from what it may see, how the other numbers are to be mapped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...arguments import Array, Parameters, Value
from ...nn.layers import Layer, as_activation, dense_layers, parameter_shapes, propagate
from ..arguments import as_sizes

Masks = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Conditioner:
    """A dense network whose last layer starts at zero, so that a flow starts as the identity.

    Hidden layers' W and b start uniform on ±1/√inputs. A network of few numbers needs such b: with b = 0 all
    units that see one number would bend at the same one. With nothing to see (one feature, no context) it is
    a vector of constants.

    Args:
        hidden: the numbers of units in its hidden layers.
        activation: of the hidden layers, by name.

    Raises:
        ArgumentError: a size or name that makes no sense.
    """

    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"

    def __post_init__(self) -> None:
        as_sizes(self.hidden, "hidden")
        as_activation(self.activation)

    def layers(self, inputs: int, outputs: int) -> tuple[Layer, ...]:
        """The dense layers from so many inputs to so many outputs."""
        return dense_layers([inputs, *self.hidden, outputs], self.activation, "identity", True)

    def shapes(self, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
        """The shape of each of its parameters."""
        return {"b": (outputs,)} if inputs == 0 else parameter_shapes(self.layers(inputs, outputs))

    def initial(self, inputs: int, outputs: int, rng: np.random.Generator) -> Parameters:
        """Its first parameters."""
        if inputs == 0:
            return {"b": np.zeros(outputs)}
        layers = self.layers(inputs, outputs)
        parameters = {name: np.zeros(shape) for name, shape in parameter_shapes(layers).items()}
        for layer in layers[:-1]:
            limit = 1 / math.sqrt(layer.inputs)
            for name in (layer.W, layer.b):
                parameters[name] = rng.uniform(-limit, limit, parameters[name].shape)
        return parameters

    def apply(self, parameters: Parameters, seen: Value, outputs: int, masks: Masks | None = None) -> Value:
        """Its outputs, shape (n, outputs), for what it sees, shape (n, inputs).

        Args:
            parameters: as :meth:`initial` has them.
            seen: what it sees.
            outputs: their number.
            masks: by the names of weights, what they are multiplied with.
        """
        if seen.shape[1] == 0:
            return parameters["b"] + np.zeros((seen.shape[0], outputs), parameters["b"].dtype)
        masked = {name: parameters[name] * mask for name, mask in (masks or {}).items()}
        return propagate(self.layers(seen.shape[1], outputs), parameters | masked, seen)


def joined(parts: Sequence[Value | None]) -> Value:
    """Those parts that have columns, side by side; where none has, the first."""
    wide = [part for part in parts if part is not None and part.shape[1]]
    return np.concatenate(wide, axis=1) if len(wide) > 1 else (wide or parts)[0]
