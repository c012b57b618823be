"""Gradient clipping: an optimiser that is given smaller gradients where they are too large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import is_number
from ..errors import ArgumentError
from ..tree import flatten, map_leaves
from .optimisers import Optimiser, Tree


@dataclass(frozen=True, slots=True)
class Clip:
    """Another optimiser's steps along clipped gradients.

    By norm, ``g ← g · min(1, c / ‖g‖)``, with ‖g‖ that of all parameters' gradients together, so that their
    direction stays; by value, ``g ← min(max(g, -c), c)``, entry by entry. With both, by value first.

    Args:
        optimiser: takes the steps.
        norm: the largest ‖g‖, above 0.
        value: the largest entry, above 0.

    Raises:
        ArgumentError: neither bound, or one that is not a positive number.

    Source: Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent neural networks".

    >>> from chainrule.train import SGD
    >>> clip, p = Clip(SGD(1.0), norm=5.0), {"w": np.zeros(2)}
    >>> clip.update(p, {"w": np.array([30.0, -40.0])}, clip.init(p), 1.0)[0]["w"]
    array([-3.,  4.])
    """

    optimiser: Optimiser
    norm: float | None = None
    value: float | None = None

    def __post_init__(self) -> None:
        if not hasattr(self.optimiser, "update") or isinstance(self.optimiser, type):
            raise ArgumentError(
                f"Clip of {self.optimiser!r}", expected="an optimiser", instead="Clip(Adam(0.01), norm=1.0)"
            )
        if self.norm is None and self.value is None:
            raise ArgumentError("Clip without a bound", expected="norm or value", instead="norm=1.0")
        for name, bound in (("norm", self.norm), ("value", self.value)):
            if bound is not None and not (is_number(bound) and 0 < bound < np.inf):
                raise ArgumentError(f"{name}={bound!r}", expected="a positive number")

    @property
    def learning_rate(self) -> float:
        """That of the optimiser within."""
        return self.optimiser.learning_rate

    def init(self, parameters: Tree) -> Tree:
        """The state of the optimiser within."""
        return self.optimiser.init(parameters)

    def update(
        self, parameters: Tree, gradients: Tree, state: Tree, learning_rate: float
    ) -> tuple[Tree, Tree]:
        """Parameters and state after one step."""
        if self.value is not None:
            c = self.value
            gradients = map_leaves(lambda g: np.minimum(np.maximum(g, -c), c), gradients)
        if self.norm is not None:
            scale = self.norm / np.maximum(_norm(gradients), self.norm)
            gradients = map_leaves(lambda g: g * scale.astype(g.dtype), gradients)
        return self.optimiser.update(parameters, gradients, state, learning_rate)


def _norm(gradients: Tree) -> Any:
    """√ Σ g² over all leaves, float64, in which squares of float32 numbers neither overflow nor vanish."""
    squares = [np.sum(g.astype(np.float64) ** 2) for g in flatten(gradients)[0]]
    return np.sqrt(sum(squares[1:], squares[0]))
