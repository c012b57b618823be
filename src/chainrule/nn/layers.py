"""Layers as data, and forward propagation through them as one plain NumPy function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from numbers import Real
from typing import Any

from .. import name
from ..arguments import Value, as_count, find
from ..errors import ArgumentError
from .activations import ACTIVATIONS, Activation
from .modes import PREDICTING, Mode
from .normalisation import NORMALISATIONS, moments, normalised


@dataclass(frozen=True, slots=True)
class Layer:
    """h ↦ σ(W h + b), the layer's parameters named by its number: W1 and b1 for the first.

    With normalisation z = W h + b becomes u = γ ẑ + β before σ, where ẑ has mean 0 and variance 1; after
    batch normalisation β is the bias, and there is no b. A residual layer adds what it was given, h + σ(u),
    or what the layer before it was given.

    Args:
        number: from 1.
        inputs: the size of what it takes.
        outputs: the number of its units.
        activation: σ.
        bias: whether it has b.
        normalisation: ``"batch"`` (of each unit, over the rows of the minibatch), ``"layer"`` (of each row,
            over its units), or ``None``.
        dropout: the probability that training leaves a unit of σ(u) out.
        residual: 1 where it adds its inputs, 2 where it adds those of the layer before it, of which there are
            then as many as units; 0 where it adds nothing.
        frozen: whether training leaves all its parameters as they are.

    >>> layer = Layer(1, 2, 3, ACTIVATIONS["relu"])
    >>> layer.shapes
    {'W1': (3, 2), 'b1': (3,)}
    """

    number: int
    inputs: int
    outputs: int
    activation: Activation
    bias: bool = True
    normalisation: str | None = None
    dropout: float = 0.0
    residual: int = 0
    frozen: bool = False

    @property
    def W(self) -> str:
        """The name of its weights, shape (outputs, inputs)."""
        return f"W{self.number}"

    @property
    def b(self) -> str:
        """The name of its biases, shape (outputs,)."""
        return f"b{self.number}"

    @property
    def gamma(self) -> str:
        """The name of the scale γ of what is normalised, shape (outputs,)."""
        return f"gamma{self.number}"

    @property
    def beta(self) -> str:
        """The name of the shift β of what is normalised, shape (outputs,)."""
        return f"beta{self.number}"

    @property
    def mean(self) -> str:
        """The name of batch normalisation's running mean, shape (outputs,)."""
        return f"mean{self.number}"

    @property
    def variance(self) -> str:
        """The name of batch normalisation's running variance, shape (outputs,)."""
        return f"variance{self.number}"

    @property
    def linear(self) -> bool:
        """Whether σ is the identity."""
        return self.activation is ACTIVATIONS["identity"]

    @property
    def has_b(self) -> bool:
        """Whether b is among its parameters."""
        return self.bias and self.normalisation != "batch"

    @property
    def untrained(self) -> tuple[str, ...]:
        """The names of the parameters that training does not descend on: running statistics, or all."""
        return tuple(self.shapes) if self.frozen else self.statistics

    @property
    def statistics(self) -> tuple[str, ...]:
        """The names of the running statistics, which training renews."""
        return (self.mean, self.variance) if self.normalisation == "batch" else ()

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each of its parameters by name."""
        of_units = [self.b] if self.has_b else []
        of_units += [self.gamma, self.beta] if self.normalisation else []
        shapes: dict[str, tuple[int, ...]] = {self.W: (self.outputs, self.inputs)}
        return shapes | dict.fromkeys([*of_units, *self.statistics], (self.outputs,))

    def pre_activation(self, parameters: Mapping[str, Value], h: Value) -> Value:
        """z = W h + b of one example (inputs,), or Z = H Wᵀ + b of rows (n, inputs)."""
        if not self.has_b:
            return h @ parameters[self.W].T
        return h @ parameters[self.W].T + parameters[self.b]

    def hidden(self, parameters: Mapping[str, Value], before: Sequence[Value], mode: Mode) -> Value:
        """The hidden units after it, naming z and h, and ẑ where there is one (zhat1).

        Args:
            parameters: by name.
            before: the inputs, and the hidden units of every layer before this one.
            mode: how.
        """
        z = name(self.pre_activation(parameters, before[-1]), f"z{self.number}")
        units = mode.drop(self, self.activation.function(self._normalised(parameters, z, mode)))
        return name(before[-self.residual] + units if self.residual else units, f"h{self.number}")

    def _normalised(self, parameters: Mapping[str, Value], z: Value, mode: Mode) -> Value:
        if self.normalisation is None:
            return z
        batch = self.normalisation == "batch"
        mean, variance = mode.batch_moments(self, parameters, z) if batch else moments(z, axis=-1)
        zhat = name(normalised(z, mean, variance), f"zhat{self.number}")
        return zhat * parameters[self.gamma] + parameters[self.beta]


def pre_activations(
    layers: Sequence[Layer], parameters: Mapping[str, Value], X: Value, mode: Mode = PREDICTING
) -> Value:
    """Forward propagation as far as the output layer's z, naming z1, h1, z2, … on the way.

    A linear output layer has ŷ = z, so there z has the name yhat.
    """
    h = [X]
    for layer in layers[:-1]:
        h.append(layer.hidden(parameters, h, mode))
    last = layers[-1]
    label = "yhat" if last.linear else f"z{last.number}"
    return name(last.pre_activation(parameters, h[-1]), label)


def propagate(
    layers: Sequence[Layer], parameters: Mapping[str, Value], X: Value, mode: Mode = PREDICTING
) -> Value:
    """Forward propagation to ŷ, naming z1, h1, z2, …, yhat on the way.

    Source: the lecture, "Forward propagation".
    """
    z, last = pre_activations(layers, parameters, X, mode), layers[-1]
    return z if last.linear else name(last.activation.function(z), "yhat")


def dense_layers(
    sizes: Any,
    activation: Any,
    output_activation: Any,
    bias: bool,
    normalisation: Any = None,
    dropout: Any = 0.0,
    residual: Any = False,
    frozen: Any = (),
) -> tuple[Layer, ...]:
    """The layers between the units counted by ``sizes``, inputs first.

    Raises:
        ArgumentError: fewer than two sizes, a size below 1, an unknown activation or normalisation, a share
            of dropout outside [0, 1), not one for each hidden layer, no layer that can be residual, or none
            that is left to train.
    """
    counts = _counts(sizes)
    hidden = len(counts) - 2
    activations = [*_for_each(activation, hidden, "activation"), output_activation]
    shares = [_share(share) for share in _for_each(dropout, hidden, "dropout")]
    if normalisation is not None and normalisation not in NORMALISATIONS:
        raise ArgumentError(f"normalisation={normalisation!r}", expected="'batch', 'layer' or None")
    adding = _residual(residual, counts)
    layers = [
        Layer(k + 1, *pair, as_activation(activations[k]), bool(bias))
        for k, pair in enumerate(pairwise(counts))
    ]
    for k, (share, adds) in enumerate(zip(shares, adding, strict=True)):
        layers[k] = replace(layers[k], normalisation=normalisation, dropout=share, residual=adds)
    return freeze(layers, frozen)


def freeze(layers: Sequence[Layer], numbers: Iterable[int]) -> tuple[Layer, ...]:
    """The layers, of which those with these numbers are frozen, and no others.

    Raises:
        ArgumentError: there is no such layer, or none is left to train.
    """
    chosen = list(numbers)
    known = range(1, len(layers) + 1)
    wrong = [number for number in chosen if isinstance(number, bool) or number not in known]
    if wrong or set(chosen) == set(known):
        raise ArgumentError(
            f"frozen layers {', '.join(map(repr, chosen))}",
            expected=f"numbers from 1 to {len(layers)}, and one layer at least left to train",
        )
    return tuple(replace(layer, frozen=layer.number in chosen) for layer in layers)


def _counts(sizes: Any) -> list[int]:
    listed = list(sizes) if isinstance(sizes, Iterable) and not isinstance(sizes, str) else []
    if len(listed) < 2:
        raise ArgumentError(
            f"sizes={sizes!r}",
            expected="the numbers of inputs, hidden units and outputs",
            instead="[2, 8, 1]",
        )
    return [as_count(size, f"sizes[{k}]") for k, size in enumerate(listed)]


def _for_each(given: Any, hidden: int, what: str) -> list[Any]:
    """A setting for each hidden layer: one for all of them, or a list."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        return [given] * hidden
    if len(given) != hidden:
        plural = "activations" if what == "activation" else f"{what}s"
        raise ArgumentError(
            f"{len(given)} {plural} for {hidden} hidden layers",
            expected=f"one {what} for each hidden layer; output_activation is apart",
        )
    return list(given)


def _residual(given: Any, counts: list[int]) -> list[int]:
    """What each hidden layer adds: 1, its inputs, or 2, those of the layer before it; 0 for nothing."""
    hidden = len(counts) - 2
    listed = isinstance(given, Sequence) and not isinstance(given, str)
    asked = _for_each(given, hidden, "residual")
    if not all(isinstance(answer, bool | int) and answer in (0, 1, 2) for answer in asked):
        raise ArgumentError(f"residual={given!r}", expected="True, False, or 2 for blocks of two layers")
    possible = [_can_add(counts, layer, int(asked[layer])) for layer in range(hidden)]
    adding = [int(answer) if fits else 0 for answer, fits in zip(asked, possible, strict=True)]
    if not listed and given == 2:
        for layer in range(1, hidden):  # blocks do not overlap
            adding[layer] = 0 if adding[layer - 1] else adding[layer]
    if not all(possible) if listed else (given and not any(adding)):
        of_two = 2 in asked
        raise ArgumentError(
            f"residual={given} with sizes={counts}",
            expected="a hidden layer with as many units as "
            + ("the layer before it has inputs" if of_two else "it has inputs"),
            instead="[64, 128, 128, 128, 10]" if of_two else "[64, 128, 128, 10]",
        )
    return adding


def _can_add(counts: list[int], layer: int, back: int) -> bool:
    """Whether a hidden layer, from 0, has as many units as what it is to add."""
    return layer + 1 - back >= 0 and counts[layer + 1 - back] == counts[layer + 1]


def _share(dropout: Any) -> float:
    if isinstance(dropout, bool) or not isinstance(dropout, Real) or not 0 <= float(dropout) < 1:
        raise ArgumentError(f"dropout={dropout!r}", expected="a share of the units, from 0 to below 1")
    return float(dropout)


def as_activation(given: Any) -> Activation:
    """A record from the table by name, or a record of the caller's own."""
    return given if isinstance(given, Activation) else find(ACTIVATIONS, given, "activation")


def parameter_shapes(layers: Sequence[Layer]) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter by name, in order."""
    return {label: shape for layer in layers for label, shape in layer.shapes.items()}


def untrained(layers: Sequence[Layer]) -> tuple[str, ...]:
    """The names of all parameters that training does not descend on."""
    return tuple(label for layer in layers for label in layer.untrained)
