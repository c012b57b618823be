"""Maximum likelihood of a Gaussian from rows with missing values."""

from __future__ import annotations

import numpy as np

from ..arguments import Array
from .densities import LOG_2_PI
from .incomplete import Incomplete
from .squarem import Ascent, squarem

#: A cycle that gains less than this many nats for each observed value is the last.
TOLERANCE = 1e-11
MOST_STEPS = 3000

#: Added to the variances, in units of the columns' own: where observed values lie in a plane, this is left.
LEAST_VARIANCE = 1e-10

# Matrices of rows that are inverted together, as a number of their entries.
TOGETHER = 1 << 20


def incomplete_gaussian(rows: Incomplete) -> tuple[Array, Array]:
    """The mean, shape (m,), and covariance, shape (m, m), that make the observed values most likely.

    Source: Little and Rubin, "Statistical Analysis with Missing Data" (2002), section 11.2.
    """
    mean, covariance = unpacked(gaussian_ascent(rows).parameters, rows.mask.shape[1])
    constant = rows.is_constant
    covariance = np.where(constant | constant[:, None], 0.0, covariance)
    return rows.shift + rows.scale * mean, covariance * np.outer(rows.scale, rows.scale)


def gaussian_ascent(rows: Incomplete) -> Ascent:
    """EM from the observed means and variances, accelerated."""
    m = rows.mask.shape[1]
    start = np.concatenate([np.zeros(m), np.eye(m).ravel()])

    def step(flat: Array) -> tuple[Array, float]:
        return gaussian_step(rows, *unpacked(flat, m))

    return squarem(step, start, tolerance=TOLERANCE * rows.observed, most_steps=MOST_STEPS)


def gaussian_step(rows: Incomplete, mean: Array, covariance: Array) -> tuple[Array, float]:
    """A step of EM: the moments of the rows, each completed by its conditional mean and covariance.

    With Pᵢ the inverse of the observed part of Σ, zero elsewhere, ``x̂ᵢ = μ + Σ Pᵢ (xᵢ - μ)`` and the
    conditional covariance is ``(I - Σ Pᵢ) Σ (I - Σ Pᵢ)ᵀ`` in the missing entries.

    Raises:
        numpy.linalg.LinAlgError: the covariance is not positive definite.
    """
    n, m = rows.mask.shape
    np.linalg.cholesky(covariance)
    missing, likelihood = np.zeros((m, m)), 0.0
    gradient = np.empty((n, m))  # Pᵢ (xᵢ - μ)
    centred = rows.values - rows.mask * mean
    step = max(1, TOGETHER // m**2)
    for start in range(0, n, step):
        block = slice(start, start + step)
        first, last = rows.pattern[block][0], rows.pattern[block][-1]
        some, which = rows.patterns[first : last + 1], rows.pattern[block] - first
        both = some[:, :, None] * some[:, None, :]
        # In place of what is missing stand the rows and columns of an identity.
        filled = covariance * both + np.eye(m) * (1.0 - some)[:, :, None]
        precision = np.linalg.inv(filled) * both
        gradient[block] = np.einsum("nij,nj->ni", precision[which], centred[block])
        count = np.bincount(which, rows.weights[block], len(some))
        # What the observed values leave of Σ, as a square: it cannot lose its sign to rounding.
        rest = (np.eye(m) - covariance @ precision) * (1.0 - some)[:, :, None]
        missing += np.tensordot(count, rest @ covariance @ np.swapaxes(rest, 1, 2), 1)
        likelihood -= 0.5 * float(count @ np.linalg.slogdet(filled)[1])
    likelihood -= 0.5 * float(rows.observed * LOG_2_PI + rows.weights @ np.vecdot(gradient, centred))
    deviation = gradient @ covariance
    total = rows.weights.sum()
    shift = rows.weights @ deviation / total
    deviation -= shift
    weighted = deviation * rows.weights[:, None]
    new = (deviation.T @ weighted + missing) / total + LEAST_VARIANCE * np.eye(m)
    return np.concatenate([mean + shift, new.ravel()]), likelihood


def unpacked(flat: Array, m: int) -> tuple[Array, Array]:
    """The mean and the covariance of flat parameters."""
    covariance = flat[m:].reshape(m, m)
    return flat[:m], (covariance + covariance.T) / 2
