"""Optimisers that scale each parameter's step by the sizes of its gradients so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from ..arguments import is_number
from ..errors import ArgumentError
from ..tree import map_leaves
from .optimisers import Tree, require_setting, with_l2, zeros_like


@dataclass(frozen=True, slots=True)
class Adam:
    """Adaptive moments: p ← p - ε m̂ / (√v̂ + η), with averages m̂ of g and v̂ of g², older ones counting less.

    ``m ← β₁ m + g`` and ``v ← β₂ v + g²`` are sums, divided by those of the weights β₁ᵏ and β₂ᵏ, k < t, the
    bias-corrected averages: ``m̂ = m (1 - β₁) / (1 - β₁ᵗ)``, ``v̂ = v (1 - β₂) / (1 - β₂ᵗ)``.
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
        require_setting("learning_rate", self.learning_rate)
        require_setting("beta1", self.beta1, below=1)
        require_setting("beta2", self.beta2, below=1)
        require_setting("weight_decay", self.weight_decay)
        _require_positive("epsilon", self.epsilon)

    def init(self, parameters: Tree) -> Tree:
        """The sums m = 0 and v = 0, and the step t = 0."""
        return {"step": np.array(0), "sums": zeros_like(parameters), "squares": zeros_like(parameters)}

    def update(
        self, parameters: Tree, gradients: Tree, state: Tree, learning_rate: float
    ) -> tuple[Tree, Tree]:
        """Parameters and state after one step."""
        β1, β2, η = self.beta1, self.beta2, self.epsilon
        g = gradients if self.decoupled else with_l2(parameters, gradients, self.weight_decay)
        t = state["step"] + 1
        sums = map_leaves(lambda m, g: β1 * m + g, state["sums"], g)
        squares = map_leaves(lambda v, g: β2 * v + g * g, state["squares"], g)
        decay = self.weight_decay if self.decoupled else 0.0
        scale = 1 / math.sqrt(1 - β2)  # with the root, times both sides of m̂ / (√v̂ + η): parameters take less
        root = np.sqrt(1 - β2**t)
        rate, small = (1 - β1) * scale * learning_rate * root / (1 - β1**t), η * scale * root

        @cache
        def factors(dtype: np.dtype) -> tuple[Any, Any]:
            return rate.astype(dtype), small.astype(dtype)

        def step(p: Any, m: Any, v: Any) -> Any:
            rate, small = factors(p.dtype)
            moved = p - rate * m / (np.sqrt(v) + small)
            return moved - learning_rate * decay * p if decay else moved

        moved = map_leaves(step, parameters, sums, squares)
        return moved, {"step": t, "sums": sums, "squares": squares}


@dataclass(frozen=True, slots=True)
class AdamW(Adam):
    """Adam with decoupled weight decay from the start: p ← p - ε (m̂ / (√v̂ + η) + λ p).

    Args and errors as for :class:`Adam`; λ is 0.01 by default.

    Source: Loshchilov and Hutter 2019, "Decoupled weight decay regularization".

    >>> AdamW(0.002, weight_decay=0.1) == Adam(0.002, weight_decay=0.1)
    False
    """

    weight_decay: float = 0.01
    decoupled: bool = field(default=True, init=False, repr=False)


@dataclass(frozen=True, slots=True)
class RMSprop:
    """p ← p - ε g / (√v + η), v a running average of g²: ``v ← ρ v + (1 - ρ) g²``.

    With momentum ``u ← μ u + g / (√v + η)``, then ``p ← p - ε u``. Weight decay is the L2 penalty ½ λ ‖p‖²,
    as for :class:`SGD`.

    Args:
        learning_rate: ε.
        rho: ρ, from 0 to below 1.
        epsilon: η > 0.
        momentum: μ, from 0 to below 1.
        weight_decay: λ.

    Raises:
        ArgumentError: a number out of range.

    Source: Tieleman and Hinton 2012, "Lecture 6.5 - rmsprop".

    >>> rmsprop = RMSprop(0.5, rho=0.75)
    >>> p = {"w": np.array([1.0])}
    >>> rmsprop.update(p, {"w": np.array([4.0])}, rmsprop.init(p), 0.5)[0]["w"].round(6)
    array([0.])
    """

    learning_rate: float = 0.001
    rho: float = 0.9
    epsilon: float = 1e-8
    momentum: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        require_setting("learning_rate", self.learning_rate)
        require_setting("rho", self.rho, below=1)
        require_setting("momentum", self.momentum, below=1)
        require_setting("weight_decay", self.weight_decay)
        _require_positive("epsilon", self.epsilon)

    def init(self, parameters: Tree) -> Tree:
        """The average v = 0, and with momentum the velocity u = 0."""
        velocity = {"velocity": zeros_like(parameters)} if self.momentum else {}
        return {"square": zeros_like(parameters), **velocity}

    def update(
        self, parameters: Tree, gradients: Tree, state: Tree, learning_rate: float
    ) -> tuple[Tree, Tree]:
        """Parameters and state after one step."""
        ρ, η, μ = self.rho, self.epsilon, self.momentum
        g = with_l2(parameters, gradients, self.weight_decay)
        square = map_leaves(lambda v, g: ρ * v + (1 - ρ) * g * g, state["square"], g)
        direction = map_leaves(lambda g, v: g / (np.sqrt(v) + η), g, square)
        after = {"square": square}
        if μ:
            direction = map_leaves(lambda u, d: μ * u + d, state["velocity"], direction)
            after["velocity"] = direction
        return map_leaves(lambda p, d: p - learning_rate * d, parameters, direction), after


def _require_positive(name: str, value: float) -> None:
    if not (is_number(value) and 0 < value < math.inf):
        raise ArgumentError(f"{name}={value!r}", expected="a positive number")
