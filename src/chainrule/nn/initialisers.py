"""How the weights W start; the biases b start at 0, and what is normalised as it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..arguments import Array, Parameters, as_numbers, find, is_number, read_only
from ..errors import ArgumentError
from .layers import Layer

#: From a generator and the shape (outputs, inputs) to a float64 array W of that shape.
Initializer = Callable[[np.random.Generator, tuple[int, int]], Array]


def he(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """W ~ N(0, 2 / inputs): keeps the variance of ReLU layers.

    Source: He, Zhang, Ren and Sun 2015, "Delving deep into rectifiers".

    >>> W = he(np.random.default_rng(0), (1000, 50))
    >>> W.shape, round(float(W.var()), 3)
    ((1000, 50), 0.04)
    """
    return rng.normal(0, math.sqrt(2 / shape[1]), shape)


def glorot(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """W uniform on ±√(6 / (inputs + outputs)): keeps the variance forward and backward.

    Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks".

    >>> W = glorot(np.random.default_rng(0), (30, 20))
    >>> bool(np.abs(W).max() <= np.sqrt(6 / 50))
    True
    """
    limit = math.sqrt(6 / (shape[0] + shape[1]))
    return rng.uniform(-limit, limit, shape)


def normal(std: float = 0.1) -> Initializer:
    """W ~ N(0, std²).

    Raises:
        ArgumentError: ``std`` is negative or not finite.

    >>> round(float(normal(0.5)(np.random.default_rng(0), (200, 200)).std()), 1)
    0.5
    """
    if not (is_number(std) and 0 <= std < math.inf):
        raise ArgumentError(f"std={std!r}", expected="a finite number, zero or more")
    return lambda rng, shape: rng.normal(0, std, shape)


def constant(value: float = 0.1) -> Initializer:
    """W = value everywhere: all units of a layer start alike, and gradient descent keeps them alike.

    Raises:
        ArgumentError: ``value`` is not finite.

    >>> constant(0.5)(np.random.default_rng(0), (2, 2))
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    if not math.isfinite(value):
        raise ArgumentError(f"value={value!r}", expected="a finite number")
    return lambda rng, shape: np.full(shape, float(value))


#: Every initialiser by name. ``"auto"`` is none of its own: each layer's activation says which suits it.
INITIALIZERS: Mapping[str, Initializer] = MappingProxyType(
    {"he": he, "glorot": glorot, "normal": normal(), "constant": constant()}
)


def initial_parameters(
    layers: Iterable[Layer], initializer: str | Initializer, rng: np.random.Generator, dtype: np.dtype[Any]
) -> Parameters:
    """W of every layer drawn in order, scales and variances 1, all else 0; read-only."""
    parameters: Parameters = {}
    for layer in layers:
        chosen = layer.activation.initializer if initializer == "auto" else initializer
        draw = chosen if callable(chosen) else find(INITIALIZERS, chosen, "initializer")
        drawn = as_numbers(draw(rng, (layer.outputs, layer.inputs)), layer.W)
        parameters[layer.W] = read_only(drawn, dtype)
        for label in list(layer.shapes)[1:]:
            one = label in (layer.gamma, layer.variance)
            parameters[label] = np.full(layer.outputs, float(one))
    return parameters
