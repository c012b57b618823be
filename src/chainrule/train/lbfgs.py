"""L-BFGS: full batches, directions from the last gradients, a line search."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import as_count, is_number
from ..errors import ArgumentError
from ..tree import flatten
from .optimisers import Tree
from .quasi_newton import Memory, Place


@dataclass(frozen=True, slots=True)
class LBFGS:
    """The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno, on all rows at once.

    An iteration steps along -H ∇f, where H approximates the inverse Hessian by the last changes of the
    gradient, as far as a line search says; there is no learning rate. It is computed in float64.

    Args:
        memory: how many changes to keep.
        tolerance: stop where no entry of the gradient is larger.

    Raises:
        ArgumentError: a setting out of range.

    Source: Liu and Nocedal 1989, "On the limited memory BFGS method for large scale optimization".

    >>> LBFGS()
    LBFGS(memory=10, tolerance=1e-07)
    """

    memory: int = 10
    tolerance: float = 1e-7

    def __post_init__(self) -> None:
        as_count(self.memory, "memory")
        if not (is_number(self.tolerance) and 0 <= self.tolerance < math.inf):
            raise ArgumentError(f"tolerance={self.tolerance!r}", expected="a finite number, zero or more")

    @property
    def learning_rate(self) -> float:
        """1: the line search says how far a step goes."""
        return 1.0

    def init(self, parameters: Tree) -> Tree:
        """The state before the first step, which begins with the loss at the parameters."""
        leaves = [np.asarray(leaf, np.float64).ravel() for leaf in flatten(parameters)[0]]
        x = np.concatenate([np.empty(0), *leaves])
        return as_state(Place(x, math.nan, np.zeros_like(x)), Memory.empty(self.memory, len(x)), lowest=False)


def as_state(place: Place, memory: Memory, lowest: bool) -> Tree:
    """All that the next step needs, as a tree of arrays.

    Args:
        place: where the method stands; at the beginning with NaN as its loss.
        memory: of the steps that led there.
        lowest: whether no step leads lower.
    """
    return {
        "x": place.x,
        "loss": np.array(place.loss),
        "gradient": place.gradient,
        "steps": memory.steps,
        "changes": memory.changes,
        "lowest": np.array(lowest),
    }


def as_lbfgs(optimizer: Any, network: Any, unusable: Mapping[str, Any]) -> LBFGS | None:
    """L-BFGS, where that is what is asked for.

    Raises:
        ArgumentError: with arguments that it has no use for, or with dropout.
    """
    if optimizer != "lbfgs" and not isinstance(optimizer, LBFGS):
        return None
    for name, value in unusable.items():
        if value is not None:
            raise ArgumentError(
                f"{name}={value!r} with L-BFGS", expected=f"no {name}: it takes all rows at once"
            )
    if any(layer.dropout for layer in network.layers):
        raise ArgumentError(
            "dropout with L-BFGS", expected="a loss that is the same at each evaluation", instead="'adamw'"
        )
    return LBFGS() if isinstance(optimizer, str) else optimizer
