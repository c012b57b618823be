"""Maximum likelihood of x = W h + b + ε from rows with missing values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..arguments import Array
from .factor_em import Factors, expectation, maximisation
from .incomplete import Incomplete
from .moments import RunningMoments
from .spectrum import spectrum
from .squarem import Ascent, Step, squarem

#: A cycle that gains less than this many nats for each observed value is the last.
TOLERANCE = 1e-9
MOST_STEPS = 2000
STEPS_OF_A_TRIAL = 4

#: In units in which the mean variance is 1 no noise has a larger logarithm.
LARGEST_LOG_NOISE = 50.0


@dataclass(frozen=True, slots=True)
class Layout:
    """How parameters lie in a flat array: W, b, and the logarithms of one noise or of m."""

    m: int
    k: int
    one_noise: bool

    def flat(self, at: Factors) -> Array:
        """The parameters as one array."""
        noise = at.noise[:1] if self.one_noise else at.noise
        return np.concatenate([at.W.ravel(), at.b, np.log(noise)])

    def factors(self, flat: Array) -> Factors:
        """The parameters in an array; noise that an extrapolation takes beyond all bounds is at a bound."""
        W, b, log_noise = np.split(flat, [self.m * self.k, self.m * (self.k + 1)])
        noise = np.broadcast_to(np.exp(np.clip(log_noise, -LARGEST_LOG_NOISE, LARGEST_LOG_NOISE)), (self.m,))
        return Factors(W.reshape(self.m, self.k), b, noise)


def incomplete_factors(rows: Incomplete, k: int, *, one_noise: bool, least: float) -> tuple[Factors, Ascent]:
    """The k factors that make the observed values most likely, in the rows' scaled units.

    Args:
        rows: with missing values.
        k: the dimensions of the latent space.
        one_noise: whether all columns have the same noise (PPCA) or each its own (factor analysis).
        least: the smallest noise.
    """
    layout = Layout(rows.mask.shape[1], k, one_noise)

    def step(flat: Array) -> tuple[Array, float]:
        at = layout.factors(flat)
        found = expectation(rows, at)
        after = maximisation(rows, found, rows.weights, one_noise=one_noise, least=least)
        return layout.flat(after), float(rows.weights @ found.log_likelihood)

    start = first_factors(rows, rows.weights, k, least)
    tolerance = TOLERANCE * rows.observed
    ascent = squarem(step, layout.flat(start), tolerance=tolerance, most_steps=MOST_STEPS)
    if not one_noise:
        ascent = least_noises(step, layout, ascent, least=least, tolerance=tolerance)
    return layout.factors(ascent.parameters), ascent


def least_noises(step: Step, layout: Layout, ascent: Ascent, *, least: float, tolerance: float) -> Ascent:
    """Climb on with the least noise in columns where that is more likely than what EM has come to.

    Near ψ = 0 a step of EM lowers ψ by a multiple of ψ² alone: where the maximum is at the least noise (a
    Heywood case), steps gain too little to go on long before they are there. The columns whose noise still
    falls are tried, the smallest first, until one is no better after a cycle of steps.
    """
    after, likelihood = step(ascent.parameters)
    before, lower = layout.factors(ascent.parameters).noise, layout.factors(after).noise
    falling = (lower < before) & (before > least)
    for column in [each for each in np.argsort(lower) if falling[each]]:
        at = layout.factors(ascent.parameters)
        noise = np.where(np.arange(layout.m) == column, least, at.noise)
        start = layout.flat(replace(at, noise=noise))
        tried = squarem(step, start, tolerance=tolerance, most_steps=STEPS_OF_A_TRIAL)
        if not tried.log_likelihoods[-1] > likelihood:
            return replace(ascent, steps=ascent.steps + tried.steps)
        ascent = followed(ascent, tried)
        on = squarem(step, ascent.parameters, tolerance=tolerance, most_steps=MOST_STEPS)
        ascent = followed(ascent, on)
        likelihood = ascent.log_likelihoods[-1]
    return ascent


def followed(ascent: Ascent, on: Ascent) -> Ascent:
    """One ascent after another, and what was more likely than the end of the first."""
    history = ascent.log_likelihoods + tuple(
        each for each in on.log_likelihoods if each >= ascent.log_likelihoods[-1]
    )
    return replace(on, log_likelihoods=history, steps=ascent.steps + on.steps)


def first_factors(rows: Incomplete, weights: Array, k: int, least: float) -> Factors:
    """PPCA of the rows with zeros for what is missing, and each column weighted up by how often it is."""
    seen = weights @ rows.mask
    b = (weights @ rows.values) / np.where(seen > 0.0, seen, 1.0)
    share = np.where(seen > 0.0, seen, weights.sum()) / weights.sum()
    filled = np.sqrt(weights)[:, None] * (rows.values - rows.mask * b) / share
    m = rows.mask.shape[1]
    found = spectrum(RunningMoments().add(np.vstack([filled, -filled])).moments(), k)
    values = found.eigenvalues[:k] * len(filled) / weights.sum()
    noise = max(found.discarded_mean * len(filled) / weights.sum(), least, 1e-3 * values.sum() / m)
    W = found.vectors * np.sqrt(np.maximum(values - noise, 0.01 * noise))
    return Factors(W, b, np.full(m, noise))
