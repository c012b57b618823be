"""Optimisers: frozen settings with two pure functions, ``init`` and ``update``, on trees of parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..arguments import is_number
from ..errors import ArgumentError
from ..tree import map_leaves

Tree = Any


class Optimiser(Protocol):
    """What training asks of an optimiser. A state is a tree of arrays, so that it can be saved."""

    @property
    def learning_rate(self) -> float:
        """ε, which a schedule multiplies."""

    def init(self, parameters: Tree) -> Tree:
        """The state before the first step."""

    def update(
        self, parameters: Tree, gradients: Tree, state: Tree, learning_rate: float
    ) -> tuple[Tree, Tree]:
        """Parameters and state after one step; nothing is changed in place."""


def zeros_like(parameters: Tree) -> Tree:
    """Zeros in the parameters' shapes and dtypes, which take no memory before something is written there."""
    return map_leaves(lambda leaf: np.zeros(leaf.shape, leaf.dtype), parameters)


@dataclass(frozen=True, slots=True)
class SGD:
    """Stochastic gradient descent, p ← p - ε g, with momentum.

    ``v ← μ v + g``, then ``p ← p - ε v``, or with Nesterov's look-ahead ``p ← p - ε (g + μ v)``.
    Weight decay is the L2 penalty ½ λ ‖p‖²: it adds λ p to the gradient of every parameter, biases too.

    Args:
        learning_rate: ε.
        momentum: μ, from 0 to below 1.
        nesterov: look ahead.
        weight_decay: λ.

    Raises:
        ArgumentError: a number out of range, or Nesterov without momentum.

    Source: the lecture, "Gradient descent (any 3-layer NN)"; Sutskever, Martens, Dahl and Hinton 2013, "On
    the importance of initialization and momentum in deep learning".

    >>> sgd = SGD(0.5)
    >>> p = {"w": np.array([1.0])}
    >>> sgd.update(p, {"w": np.array([4.0])}, sgd.init(p), sgd.learning_rate)[0]
    {'w': array([-1.])}
    """

    learning_rate: float = 0.1
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        require_setting("learning_rate", self.learning_rate)
        require_setting("momentum", self.momentum, below=1)
        require_setting("weight_decay", self.weight_decay)
        if self.nesterov and not self.momentum:
            raise ArgumentError(
                "nesterov=True with momentum=0", expected="a momentum", instead="momentum=0.9"
            )

    def init(self, parameters: Tree) -> Tree:
        """The velocity v = 0; nothing without momentum."""
        return {"velocity": zeros_like(parameters)} if self.momentum else {}

    def update(
        self, parameters: Tree, gradients: Tree, state: Tree, learning_rate: float
    ) -> tuple[Tree, Tree]:
        """Parameters and state after one step."""
        direction = with_l2(parameters, gradients, self.weight_decay)
        if self.momentum:
            g, μ = direction, self.momentum
            direction = velocity = map_leaves(lambda v, g: μ * v + g, state["velocity"], g)
            state = {"velocity": velocity}
            if self.nesterov:
                direction = map_leaves(lambda v, g: g + μ * v, velocity, g)
        return map_leaves(lambda p, d: p - learning_rate * d, parameters, direction), state


def with_l2(parameters: Tree, gradients: Tree, weight_decay: float) -> Tree:
    """The gradients of the loss plus ½ λ ‖p‖²."""
    if not weight_decay:
        return gradients
    return map_leaves(lambda p, g: g + weight_decay * p, parameters, gradients)


def require_setting(name: str, value: float, below: float = math.inf) -> None:
    """Raise an ArgumentError unless the number is zero or more, finite, and below a bound."""
    # A comparison with NaN is false, so NaN is refused too.
    if not (is_number(value) and 0 <= value < below):
        upper = "" if below == math.inf else f", and below {below}"
        raise ArgumentError(f"{name}={value!r}", expected=f"a finite number, zero or more{upper}")
