"""Functions of one number with a kink, and points at, beside and far from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

Real = Callable[[float], float]

STEP = float(np.finfo(np.float64).eps) ** (1 / 3)
"""The usual step of a central difference, in units of max(1, |x|)."""

SMOOTH: tuple[Callable[[float, float, float], float], ...] = (
    lambda u, a, b: a * u + b,
    lambda u, a, b: a * np.sin(u + b),
    lambda u, a, b: a * np.exp(u / 2) + b * u * u,
    lambda u, a, b: np.tanh(a * u + b),
    lambda u, a, b: a * u**3 - b * u,
    lambda u, a, b: np.log1p((u - a) ** 2),
    lambda u, a, b: np.cos(3 * u + a),
    lambda u, a, b: b + 1e-3 * u,
)
BENT: tuple[Real, ...] = (
    lambda u: max(u, 0.0),
    lambda u: abs(u) / 2,
    lambda u: u * np.exp(-0.3 * u) if u > 0 else 0.0,
    lambda u: min(max(u, 0.0), 1.0),
)


@dataclass(frozen=True, slots=True)
class KinkCase:
    """f at a point, and whether a kink lies within ten steps of it."""

    f: Real
    at: float
    kinked: bool
    steps_away: float


def kink_cases(seed: int, count: int) -> Iterator[KinkCase]:
    """In turn: a kink at the point, within ten steps, within 1e-16 to 1e-5, farther off, and none."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        yield _drawn(rng, i % 5)


def _drawn(rng: np.random.Generator, kind: int) -> KinkCase:
    smooth, bent = SMOOTH[rng.integers(len(SMOOTH))], BENT[rng.integers(len(BENT))]
    a, b = rng.normal(size=2)
    gap = float(np.exp(rng.uniform(np.log(0.1), np.log(3)))) * rng.choice([-1.0, 1.0])
    place = rng.normal() * 10.0 ** rng.uniform(-2, 2)
    size = max(1.0, abs(place))
    away = {
        0: 0.0,
        1: rng.uniform(0, 10) * STEP,
        2: 10 ** rng.uniform(-16, -5),
        3: 10 ** rng.uniform(-3.3, 0),
        4: abs(rng.normal()),
    }[kind]
    at = place + rng.choice([-1.0, 1.0]) * away * size
    height = gap if kind < 4 else 0.0
    return KinkCase(
        lambda t: float(smooth(t - place, a, b) + height * bent(t - place)), float(at), kind < 3, away / STEP
    )
