"""Dense layers as data, and forward propagation through them as one plain NumPy function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import name
from ..arguments import Value, as_count, find
from ..errors import ArgumentError
from .activations import ACTIVATIONS, Activation


@dataclass(frozen=True, slots=True)
class Layer:
    """h ↦ σ(W h + b), the layer's parameters named by its number: W1 and b1 for the first.

    Args:
        number: from 1.
        inputs: the size of what it takes.
        outputs: the number of its units.
        activation: σ.
        bias: whether it has b.

    >>> layer = Layer(1, 2, 3, ACTIVATIONS["relu"])
    >>> layer.shapes
    {'W1': (3, 2), 'b1': (3,)}
    """

    number: int
    inputs: int
    outputs: int
    activation: Activation
    bias: bool = True

    @property
    def W(self) -> str:
        """The name of its weights, shape (outputs, inputs)."""
        return f"W{self.number}"

    @property
    def b(self) -> str:
        """The name of its biases, shape (outputs,)."""
        return f"b{self.number}"

    @property
    def linear(self) -> bool:
        """Whether σ is the identity."""
        return self.activation is ACTIVATIONS["identity"]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each of its parameters by name."""
        weights: dict[str, tuple[int, ...]] = {self.W: (self.outputs, self.inputs)}
        return weights | ({self.b: (self.outputs,)} if self.bias else {})

    def pre_activation(self, parameters: Mapping[str, Value], h: Value) -> Value:
        """z = W h + b of one example (inputs,), or Z = H Wᵀ + b of rows (n, inputs)."""
        z = h @ parameters[self.W].T
        return z + parameters[self.b] if self.bias else z


def pre_activations(layers: Sequence[Layer], parameters: Mapping[str, Value], X: Value) -> Value:
    """Forward propagation as far as the output layer's z, naming z1, h1, z2, … on the way.

    A linear output layer has ŷ = z, so there z has the name yhat.
    """
    h = X
    for layer in layers[:-1]:
        z = name(layer.pre_activation(parameters, h), f"z{layer.number}")
        h = name(layer.activation.function(z), f"h{layer.number}")
    last = layers[-1]
    label = "yhat" if last.linear else f"z{last.number}"
    return name(last.pre_activation(parameters, h), label)


def propagate(layers: Sequence[Layer], parameters: Mapping[str, Value], X: Value) -> Value:
    """Forward propagation to ŷ, naming z1, h1, z2, …, yhat on the way.

    Source: the lecture, "Forward propagation".
    """
    z, last = pre_activations(layers, parameters, X), layers[-1]
    return z if last.linear else name(last.activation.function(z), "yhat")


def dense_layers(sizes: Any, activation: Any, output_activation: Any, bias: bool) -> tuple[Layer, ...]:
    """The layers between the units counted by ``sizes``, inputs first.

    Raises:
        ArgumentError: fewer than two sizes, a size below 1, an unknown activation, or not one for each hidden
            layer.
    """
    listed = list(sizes) if isinstance(sizes, Iterable) and not isinstance(sizes, str) else []
    if len(listed) < 2:
        raise ArgumentError(
            f"sizes={sizes!r}",
            expected="the numbers of inputs, hidden units and outputs",
            instead="[2, 8, 1]",
        )
    counts = [as_count(size, f"sizes[{k}]") for k, size in enumerate(listed)]
    hidden = len(counts) - 2
    several = isinstance(activation, Sequence) and not isinstance(activation, str)
    chosen = list(activation) if several else [activation] * hidden
    if len(chosen) != hidden:
        raise ArgumentError(
            f"{len(chosen)} activations for {hidden} hidden layers",
            expected="one activation for each hidden layer; output_activation is apart",
        )
    chosen.append(output_activation)
    return tuple(
        Layer(k + 1, counts[k], counts[k + 1], as_activation(chosen[k]), bool(bias))
        for k in range(hidden + 1)
    )


def as_activation(given: Any) -> Activation:
    """A record from the table by name, or a record of the caller's own."""
    return given if isinstance(given, Activation) else find(ACTIVATIONS, given, "activation")


def parameter_shapes(layers: Sequence[Layer]) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter by name, in order."""
    return {label: shape for layer in layers for label, shape in layer.shapes.items()}
