"""Draws of some columns given the others, where only the joint density is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...arguments import Array

#: Candidates among which each chain chooses where to start.
CANDIDATES = 64

#: Steps of a chain before it is taken for a draw.
STEPS = 400

#: How much wider than the columns' own spread a proposal anywhere in it is.
WIDER = 1.2


@dataclass(frozen=True, slots=True)
class Metropolis:
    """Chains whose missing values move and whose observed values stay, ended as draws from the conditional.

    Each starts at one of some candidates, chosen by their joint density. Odd steps propose a small move, of a
    size drawn anew for every chain from a thousandth of the columns' spread to all of it; even steps propose
    a point anywhere in that spread, so that chains also change between separate modes.

    Args:
        log_density: of complete rows, shape (chains, m) to (chains,).
        centre: the columns' means, shape (m,).
        spread: their standard deviations, shape (m,).

    Source: Metropolis, Rosenbluth, Rosenbluth, Teller and Teller, "Equation of state calculations by fast
    computing machines" (1953); Hastings, "Monte Carlo sampling methods using Markov chains" (1970).
    """

    log_density: Callable[[Array], Array]
    centre: Array
    spread: Array

    def draw(self, rows: Array, candidates: Array, rng: np.random.Generator) -> Array:
        """A draw for each row, shape (chains, m), of its missing values.

        Args:
            rows: shape (chains, m), NaN for what is missing.
            candidates: complete rows, shape (:data:`CANDIDATES`, chains, m), from the joint density.
            rng: draws.
        """
        missing = np.isnan(rows)
        x, level = self._start(np.where(missing, candidates, rows), rng)
        for step in range(STEPS):
            proposal, gain = (self._near if step % 2 else self._anywhere)(x, missing, rng)
            proposed = self.log_density(proposal)
            accepted = np.log(rng.random(len(x))) < proposed - level + gain
            x = np.where(accepted[:, None], proposal, x)
            level = np.where(accepted, proposed, level)
        return x

    def _start(self, candidates: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """For each chain one of the candidates, by their densities, and its log-density."""
        levels = np.stack([self.log_density(rows) for rows in candidates])
        # The largest of values plus Gumbel noise is a draw in proportion to their exponentials.
        chosen = np.argmax(levels + rng.gumbel(size=levels.shape), axis=0)
        chains = np.arange(candidates.shape[1])
        return candidates[chosen, chains], levels[chosen, chains]

    def _near(self, x: Array, missing: Array, rng: np.random.Generator) -> tuple[Array, float]:
        size = 10.0 ** rng.uniform(-3.0, 0.0, (len(x), 1))
        return x + missing * size * self.spread * rng.standard_normal(x.shape), 0.0

    def _anywhere(self, x: Array, missing: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """A point of a wide Gaussian, and its log-density at x minus that at the point."""
        wide = WIDER * self.spread
        noise = rng.standard_normal(x.shape)
        before = (x - self.centre) / wide
        gain = 0.5 * np.sum(missing * (noise**2 - before**2), axis=1)
        return np.where(missing, self.centre + wide * noise, x), gain
