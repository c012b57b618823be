"""Maximum likelihood of a mixture of PPCA, from complete rows or ones with missing values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import Array
from .factor_em import Factors, expectation, maximisation
from .factor_fit import TOLERANCE, Layout, first_factors
from .incomplete import Incomplete
from .squarem import Ascent, squarem

#: The least noise of a component, as a share of the mean variance: without it one row could have all density.
LEAST_NOISE = 1e-6

#: Steps with which each start is tried, and with which the best of them goes on.
TRIAL_STEPS, MOST_STEPS = 45, 1500


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Log-weights, shape (K,), and the parameters of K components."""

    log_weights: Array
    parts: tuple[Factors, ...]


@dataclass(frozen=True, slots=True)
class MixtureLayout:
    """How a mixture's parameters lie in a flat array: log-weights, then each component's."""

    size: int
    part: Layout

    def flat(self, mixture: Mixture) -> Array:
        """The parameters as one array."""
        return np.concatenate([mixture.log_weights, *(self.part.flat(each) for each in mixture.parts)])

    def mixture(self, flat: Array) -> Mixture:
        """The parameters in an array; the weights' sum becomes 1."""
        log_weights, rest = flat[: self.size], flat[self.size :]
        parts = tuple(self.part.factors(each) for each in np.split(rest, self.size))
        return Mixture(log_weights - log_sum_exp(log_weights[None])[0], parts)


def fit_mixture(
    rows: Incomplete, size: int, k: int, starts: int, generator: np.random.Generator
) -> tuple[Mixture, Ascent]:
    """The most likely mixture, in the rows' scaled units, of those that several starts lead to.

    A component that ends with fewer than 2 (k + 1) rows describes these rows, not the data: it is left out,
    and the others go on.

    Args:
        rows: complete or not.
        size: how many components, at most.
        k: the dimensions of each one's latent space.
        starts: how many sets of first centres.
        generator: of the centres.
    """
    trials = [_climb(rows, _first(rows, size, k, generator), TRIAL_STEPS) for _ in range(starts)]
    mixture, _ = max(trials, key=lambda trial: trial[1].log_likelihoods[-1])
    while True:
        mixture, ascent = _climb(rows, mixture, MOST_STEPS)
        rows_of = responsibilities(rows, mixture)[0].sum(axis=0)
        if len(rows_of) == 1 or rows_of.min() >= 2 * (k + 1):
            return mixture, ascent
        kept = [each for each in range(len(rows_of)) if each != int(np.argmin(rows_of))]
        mixture = Mixture(mixture.log_weights[kept], tuple(mixture.parts[each] for each in kept))


def responsibilities(rows: Incomplete, mixture: Mixture) -> tuple[Array, float]:
    """How likely each row comes from each component, shape (n, K), and the log-likelihood of all rows."""
    joint = np.stack([expectation(rows, part).log_likelihood for part in mixture.parts], axis=1)
    joint += mixture.log_weights
    total = log_sum_exp(joint)
    return np.exp(joint - total[:, None]), float(total.sum())


def log_sum_exp(values: Array) -> Array:
    """``log Σⱼ exp vᵢⱼ`` of each row, shape (n,), without overflow."""
    largest = values.max(axis=1)
    safe = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):  # all of them -inf: so is the result
        return np.asarray(safe + np.log(np.exp(values - safe[:, None]).sum(axis=1)))


def _climb(rows: Incomplete, start: Mixture, most_steps: int) -> tuple[Mixture, Ascent]:
    m, k = start.parts[0].W.shape
    layout = MixtureLayout(len(start.parts), Layout(m, k, one_noise=True))

    def step(flat: Array) -> tuple[Array, float]:
        after, log_likelihood = _step(rows, layout.mixture(flat))
        return layout.flat(after), log_likelihood

    ascent = squarem(step, layout.flat(start), tolerance=TOLERANCE * rows.observed, most_steps=most_steps)
    return layout.mixture(ascent.parameters), ascent


def _step(rows: Incomplete, mixture: Mixture) -> tuple[Mixture, float]:
    found = [expectation(rows, part) for part in mixture.parts]
    joint = np.stack([each.log_likelihood for each in found], axis=1) + mixture.log_weights
    total = log_sum_exp(joint)
    share = np.exp(joint - total[:, None])
    parts = tuple(
        maximisation(rows, each, share[:, index], one_noise=True, least=LEAST_NOISE)
        for index, each in enumerate(found)
    )
    # A component without rows keeps a weight whose logarithm is finite, until it is left out.
    weights = np.maximum(share.mean(axis=0), np.finfo(np.float64).tiny)
    return Mixture(np.log(weights), parts), float(total.sum())


def _first(rows: Incomplete, size: int, k: int, generator: np.random.Generator) -> Mixture:
    """PPCA of each cluster of rows around centres that lie far apart, what is missing taken as the mean.

    Source: Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding" (2007).
    """
    centres = rows.values[[int(generator.integers(len(rows.values)))]]
    while len(centres) < size:
        distance = _squared_distances(rows.values, centres).min(axis=1)
        total = distance.sum()
        chances = distance / total if total > 0.0 else None
        centres = np.vstack([centres, rows.values[generator.choice(len(rows.values), p=chances)]])
    for _ in range(10):
        nearest = _squared_distances(rows.values, centres).argmin(axis=1)
        member = np.eye(size)[nearest]
        count = member.sum(axis=0)[:, None]
        centres = np.where(count > 0.0, member.T @ rows.values / np.maximum(count, 1.0), centres)
    # Every cluster begins with a small share of all rows, so that none is empty.
    share = 0.95 * member + 0.05 / size
    parts = tuple(first_factors(rows, share[:, each], k, LEAST_NOISE) for each in range(size))
    return Mixture(np.log(share.mean(axis=0)), parts)


def _squared_distances(X: Array, centres: Array) -> Array:
    return np.stack([np.sum((X - centre) ** 2, axis=1) for centre in centres], axis=1)
