"""PPCA: the fit, at once and streamed, the likelihood, and the fit to missing values."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .contestants import OURS, Contestant, taking_part
from .measurement import Measurement
from .sampling import interleaved

Calls = dict[str, Callable[[], Any]]
"""By what is timed; ``score`` is not, but compared: the mean log-likelihood of the rows."""

BLOCK_ROWS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Rows of a latent space of k dimensions, with noise.

    Attributes:
        rows: shape (n, m), NaN where missing.
        components: k.
        gaps: whether values are missing.
    """

    rows: NDArray[np.float64]
    components: int
    gaps: bool = False

    def __str__(self) -> str:
        n, m = self.rows.shape
        return f"PPCA {n:,} × {m:,}, k = {self.components}" + (", 48 % missing" if self.gaps else "")


def make_problem(n: int, m: int, k: int, missing: float = 0.0, seed: int = 0) -> Problem:
    """Rows W h + 1 + ½ ε with normal W, h and ε, and values missing at random."""
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((m, k))
    rows = rng.standard_normal((n, k)) @ W.T + 0.5 * rng.standard_normal((n, m)) + 1.0
    return Problem(
        np.where(rng.random((n, m)) < missing, np.nan, rows) if missing else rows, k, missing > 0.0
    )


SIZES = ((200_000, 100, 10, 0.0), (2_000, 5_000, 20, 0.0), (300, 30, 4, 0.48))


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Every problem whose text contains ``case``; none may be fitted less well by Chainrule than by a peer.

    Raises:
        ArithmeticError: a peer's likelihood is higher.
    """
    drivers = {who.name: who.prepare("latent") for who in taking_part(contestants, "latent")}
    measurements = []
    for size in SIZES:
        problem = make_problem(*size)
        if case in str(problem):
            print(f"  {problem}", file=sys.stderr, flush=True)
            calls = {who: driver(problem) for who, driver in drivers.items()}
            _compare(problem, calls)
            measurements += _timed(problem, calls, rounds)
    return measurements


def _compare(problem: Problem, calls: Mapping[str, Calls]) -> None:
    scores = {who: float(each["score"]()) for who, each in calls.items() if "score" in each}
    for who, score in scores.items():
        print(f"    {who}: {score:.6f} nats a row", file=sys.stderr, flush=True)
        if score > scores[OURS] + 1e-4 * abs(score):
            raise ArithmeticError(f"{problem}: {who} reaches {score:.6f}, {OURS} {scores[OURS]:.6f}")


def _timed(problem: Problem, calls: Mapping[str, Calls], rounds: int) -> list[Measurement]:
    found = []
    for what in ("fit", "streamed fit", "log-likelihood"):
        some = {who: each[what] for who, each in calls.items() if what in each}
        for who, times in interleaved(some, rounds).items() if some else ():
            found.append(Measurement(f"{problem}: {what}", who, "seconds", times))
    return found
