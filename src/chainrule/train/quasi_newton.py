"""Steps of L-BFGS, each a function of the state before it, so that a state kept is a place to go on from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import Array

#: Of the slope at the start: a step lowers the loss by this share of what the slope promises, …
SUFFICIENT = 1e-4
#: … and leaves at most this share of the slope (the conditions of Wolfe).
FLATTER = 0.9
#: A line search that has looked so often takes the lowest place it has found.
MOST_LOOKS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A point, the loss there and its gradient.

    Args:
        x: shape (n,).
        loss: f(x).
        gradient: ∇f(x), shape (n,).
        aux: what else the evaluation gave.
    """

    x: Array
    loss: float
    gradient: Array
    aux: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """The last steps s and the changes of the gradient y over them, oldest first; of zeros where none was.

    Args:
        steps: s, each of shape (n,).
        changes: y, each of shape (n,).
    """

    steps: tuple[Array, ...]
    changes: tuple[Array, ...]

    @classmethod
    def empty(cls, length: int, size: int) -> Memory:
        """Of no step yet."""
        none = (np.zeros(size),) * length
        return cls(none, none)

    def after(self, before: Place, now: Place) -> Memory:
        """With one more step, and without the oldest."""
        step, change = now.x - before.x, now.gradient - before.gradient
        return Memory((*self.steps[1:], step), (*self.changes[1:], change))

    def direction(self, gradient: Array) -> Array:
        """-H ∇f, where H is the inverse Hessian that the steps tell of; without any, of length 1.

        From H = γ I, γ = sᵀy / yᵀy of the last step, each step makes ``H ← (I - ρ s yᵀ) H (I - ρ y sᵀ) +
        ρ s sᵀ``, ρ = 1 / sᵀy; steps along which the loss does not curve upwards are left out.

        Source: Nocedal and Wright 2006, "Numerical optimization", algorithm 7.4.

        >>> curvature = np.array([1.0, 4.0])  # of ½ xᵀ diag(curvature) x, along each axis
        >>> steps = (np.array([1.0, 0.0]), np.array([0.0, 1.0]))
        >>> Memory(steps, tuple(curvature * s for s in steps)).direction(curvature * [3.0, 5.0])
        array([-3., -5.])
        """
        products = [float(s @ y) for s, y in zip(self.steps, self.changes, strict=True)]
        curved = [each > 0 for each in products]
        if not any(curved):
            return -gradient / (np.linalg.norm(gradient) or 1.0)
        known = [k for k, told in enumerate(curved) if told]
        shares, q = {}, gradient
        for k in reversed(known):
            shares[k] = self.steps[k] @ q / products[k]
            q = q - shares[k] * self.changes[k]
        last = self.changes[known[-1]]
        q = q * (products[known[-1]] / (last @ last))
        for k in known:
            q = q + (shares[k] - self.changes[k] @ q / products[k]) * self.steps[k]
        return -q


def search_line(evaluate: Callable[[Array], Place], place: Place, direction: Array) -> Place | None:
    """A place along a direction where the loss is lower and flatter (Wolfe), or ``None`` if none is lower.

    A step from 0 to ∞ is doubled while the loss falls as steeply, and halved where it is not low enough;
    this finds a place where the loss has kinks too.

    Args:
        evaluate: the place at a point.
        place: where to start.
        direction: along which; a step of 1 is tried first.

    Source: Lewis and Overton 2013, "Nonsmooth optimization via quasi-Newton methods", algorithm 2.6.

    >>> parabola = lambda x: Place(x, float(x @ x), 2 * x)
    >>> search_line(parabola, parabola(np.array([3.0])), np.array([-4.0])).x
    array([-1.])
    """
    slope = float(place.gradient @ direction)
    if not slope < 0:
        return None
    low, high, step, lowest = 0.0, np.inf, 1.0, None
    for _ in range(MOST_LOOKS):
        found = evaluate(place.x + step * direction)
        remaining = float(found.gradient @ direction)
        low_enough = found.loss < place.loss and found.loss <= place.loss + SUFFICIENT * step * slope
        if not (low_enough and np.isfinite(remaining)):
            high = step
        elif remaining < FLATTER * slope:
            low, lowest = step, found
        else:
            return found
        step = 2 * step if np.isinf(high) else (low + high) / 2
    return lowest


def lower(evaluate: Callable[[Array], Place], place: Place, memory: Memory) -> tuple[Place, Memory] | None:
    """One step; ``None`` where neither the memory's direction nor the steepest one leads lower."""
    empty = Memory.empty(len(memory.steps), len(place.x))
    for known in (memory, empty):
        found = search_line(evaluate, place, known.direction(place.gradient))
        if found is not None:
            return found, known.after(place, found)
    return None
