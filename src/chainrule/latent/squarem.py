"""Fixed points of EM in fewer steps, without ever losing likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..arguments import Array

#: From parameters to the parameters after a step of EM, and the log-likelihood of those before it.
Step = Callable[[Array], tuple[Array, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Ascent:
    """Where EM ended.

    Attributes:
        parameters: the last ones.
        log_likelihoods: of the parameters at the start of each cycle, in nats; they never fall.
        steps: how many times the likelihood of all rows was evaluated.
        converged: whether the last cycle gained less than the tolerance.
    """

    parameters: Array
    log_likelihoods: tuple[float, ...]
    steps: int
    converged: bool


def squarem(step: Step, start: Array, *, tolerance: float, most_steps: int) -> Ascent:
    """Repeat steps of EM, extrapolating from every two of them; an extrapolation that loses is not taken.

    With ``r = θ₁ - θ₀`` and ``v = θ₂ - 2 θ₁ + θ₀`` the next point is ``θ₀ + 2 a r + a² v``, ``a = ‖r‖/‖v‖``,
    where that is beyond θ₂ (a > 1) and no less likely than θ₁, and θ₂ itself otherwise.

    Args:
        step: a step of EM on flat parameters of any scale.
        start: the first parameters.
        tolerance: the gain of a cycle, in nats, below which it ends.
        most_steps: how often ``step`` may be called.

    Source: Varadhan and Roland, "Simple and globally convergent methods for accelerating the convergence of
    any EM algorithm" (2008), scheme S3.

    >>> ascent = squarem(lambda x: (0.9 * x, -float(x @ x)), np.ones(1), tolerance=1e-12, most_steps=50)
    >>> ascent.converged, ascent.steps < 10, bool(abs(ascent.parameters[0]) < 1e-6)
    (True, True, True)
    """
    theta, (after, likelihood), steps = start, step(start), 1
    history = [likelihood]
    while steps + 3 <= most_steps:  # what a cycle takes whose extrapolation is not taken
        further, likelihood_after = step(after)
        beyond = _extrapolated(theta, after, further)
        found = None if beyond is None else _attempt(step, beyond)
        steps += 1 if beyond is None else 2
        if beyond is not None and found is not None and found[1] >= likelihood_after:
            theta, (after, likelihood) = beyond, found
        else:
            theta, (after, likelihood), steps = further, step(further), steps + 1
        history.append(likelihood)
        if history[-1] - history[-2] <= tolerance:
            return Ascent(after, tuple(history), steps, converged=True)
    return Ascent(after, tuple(history), steps, converged=False)


def _extrapolated(theta: Array, after: Array, further: Array) -> Array | None:
    r = after - theta
    v = further - after - r
    length = float(np.linalg.norm(v))
    a = float(np.linalg.norm(r)) / length if length else 0.0
    return theta + 2.0 * a * r + a * a * v if a > 1.0 else None


def _attempt(step: Step, theta: Array) -> tuple[Array, float] | None:
    """A step from a point that may be no model at all."""
    try:
        after, likelihood = step(theta)
    except np.linalg.LinAlgError:
        return None
    return (after, likelihood) if np.isfinite(likelihood) and np.isfinite(after).all() else None
