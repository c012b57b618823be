"""Optimisers: frozen settings with two pure functions, ``init`` and ``update``, on trees of parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

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
        _require("learning_rate", self.learning_rate)
        _require("momentum", self.momentum, below=1)
        _require("weight_decay", self.weight_decay)
        if self.nesterov and not self.momentum:
            raise ArgumentError(
                "nesterov=True with momentum=0", expected="a momentum", instead="momentum=0.9"
            )

    def init(self, parameters: Tree) -> Tree:
        """The velocity v = 0; nothing without momentum."""
        return {"velocity": map_leaves(np.zeros_like, parameters)} if self.momentum else {}

    def update(
        self, parameters: Tree, gradients: Tree, state: Tree, learning_rate: float
    ) -> tuple[Tree, Tree]:
        """Parameters and state after one step."""
        direction = _with_l2(parameters, gradients, self.weight_decay)
        if self.momentum:
            g, μ = direction, self.momentum
            direction = velocity = map_leaves(lambda v, g: μ * v + g, state["velocity"], g)
            state = {"velocity": velocity}
            if self.nesterov:
                direction = map_leaves(lambda v, g: g + μ * v, velocity, g)
        return map_leaves(lambda p, d: p - learning_rate * d, parameters, direction), state


@dataclass(frozen=True, slots=True)
class Adam:
    """Adaptive moments: p ← p - ε m̂ / (√v̂ + η), with bias-corrected averages m̂ of g and v̂ of g².

    ``m ← β₁ m + (1 - β₁) g``, ``v ← β₂ v + (1 - β₂) g²``, ``m̂ = m / (1 - β₁ᵗ)``, ``v̂ = v / (1 - β₂ᵗ)``.
    Weight decay is decoupled (AdamW): p ← p - ε λ p beside the step, for every parameter, biases too. With
    ``decoupled=False`` it is the L2 penalty ½ λ ‖p‖² instead, which adds λ p to the gradient.

    Args:
        learning_rate: ε.
        beta1: β₁, from 0 to below 1.
        beta2: β₂, from 0 to below 1.
        epsilon: η > 0.
        weight_decay: λ.
        decoupled: which weight decay.

    Raises:
        ArgumentError: a number out of range.

    Source: Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 1; Loshchilov and
    Hutter 2019, "Decoupled weight decay regularization".

    >>> adam = Adam(0.5)
    >>> p = {"w": np.array([1.0])}
    >>> adam.update(p, {"w": np.array([4.0])}, adam.init(p), adam.learning_rate)[0]["w"].round(6)
    array([0.5])
    """

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    decoupled: bool = True

    def __post_init__(self) -> None:
        _require("learning_rate", self.learning_rate)
        _require("beta1", self.beta1, below=1)
        _require("beta2", self.beta2, below=1)
        _require("weight_decay", self.weight_decay)
        if not 0 < self.epsilon < math.inf:
            raise ArgumentError(f"epsilon={self.epsilon!r}", expected="a positive number")

    def init(self, parameters: Tree) -> Tree:
        """The averages m = 0 and v = 0, and the step t = 0."""
        zeros = map_leaves(np.zeros_like, parameters)
        return {"step": np.array(0), "mean": zeros, "square": map_leaves(np.copy, zeros)}

    def update(
        self, parameters: Tree, gradients: Tree, state: Tree, learning_rate: float
    ) -> tuple[Tree, Tree]:
        """Parameters and state after one step."""
        β1, β2, η = self.beta1, self.beta2, self.epsilon
        g = gradients if self.decoupled else _with_l2(parameters, gradients, self.weight_decay)
        t = state["step"] + 1
        mean = map_leaves(lambda m, g: β1 * m + (1 - β1) * g, state["mean"], g)
        square = map_leaves(lambda v, g: β2 * v + (1 - β2) * g * g, state["square"], g)
        decay = self.weight_decay if self.decoupled else 0.0

        def step(p: Any, m: Any, v: Any) -> Any:
            rate = (learning_rate / (1 - β1**t)).astype(p.dtype)
            scale = (1 / np.sqrt(1 - β2**t)).astype(p.dtype)  # one division for each parameter is enough
            moved = p - rate * m / (scale * np.sqrt(v) + η)
            return moved - learning_rate * decay * p if decay else moved

        moved = map_leaves(step, parameters, mean, square)
        return moved, {"step": t, "mean": mean, "square": square}


def _with_l2(parameters: Tree, gradients: Tree, weight_decay: float) -> Tree:
    """The gradients of the loss plus ½ λ ‖p‖²."""
    if not weight_decay:
        return gradients
    return map_leaves(lambda p, g: g + weight_decay * p, parameters, gradients)


def _require(name: str, value: float, below: float = math.inf) -> None:
    # A comparison with NaN is false, so NaN is refused too.
    if not 0 <= value < below:
        upper = "" if below == math.inf else f", and below {below}"
        raise ArgumentError(f"{name}={value!r}", expected=f"a finite number, zero or more{upper}")
