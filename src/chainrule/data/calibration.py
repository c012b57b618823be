"""Whether what a model calls 80 % likely happens 80 % of the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arguments import Seed, as_count, as_generator
from ..errors import DataError, ShapeError
from .intervals import wilson_interval

Array = NDArray[np.float64]
#: Random numbers that :func:`calibration` draws at most, but for a hundred a row.
DRAWS = 2e7


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A reliability diagram in numbers: one entry for each bin of predicted probability that has rows.

    Args:
        counts: the rows in each bin, int64, shape (bins,).
        predicted: the mean of their predicted probabilities.
        observed: the fraction of them in which it happened.
        low, high: the ends of the 95 % interval of that fraction (Wilson).
        error: the expected calibration error, ``Σ counts/n · |observed - predicted|``.
        unusual: what that error exceeds, for so many rows, in one case of twenty where every probability is
            right.
    """

    counts: NDArray[np.int64]
    predicted: Array
    observed: Array
    low: Array
    high: Array
    error: float
    unusual: float


def calibration(
    happened: ArrayLike, probabilities: ArrayLike, *, bins: int = 10, seed: Seed = 0
) -> Calibration:
    """How predicted probabilities compare with how often it happened, in bins of equal width.

    The expected calibration error of few rows is never 0, even where all probabilities are right: what it
    then would be is found by drawing what happens from the probabilities.

    Args:
        happened: whether it did, shape (n,), n ≥ 1.
        probabilities: that it would, from 0 to 1, shape (n,).
        bins: how many.
        seed: draws.

    Raises:
        ShapeError: the two have different shapes.
        DataError: there are no rows, or a probability is not from 0 to 1.

    Source: Naeini, Cooper, Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning (2015);
    Bröcker and Smith, Increasing the reliability of reliability diagrams (2007).

    >>> found = calibration([True, True, False, True], [0.75, 0.75, 0.75, 0.75])
    >>> found.counts.tolist(), found.observed.tolist(), found.error
    ([4], [0.75], 0.0)
    """
    true, p = np.asarray(happened, dtype=bool), np.asarray(probabilities, dtype=np.float64)
    if true.ndim != 1 or true.shape != p.shape:
        raise ShapeError(f"shapes {true.shape} and {p.shape}", expected="(n,) twice")
    if len(p) == 0 or not ((p >= 0) & (p <= 1)).all():
        raise DataError("no rows, or probabilities outside 0 … 1", expected="one or more, from 0 to 1")
    width = as_count(bins, "bins")
    place = np.minimum((p * width).astype(np.int64), width - 1)
    counts = np.bincount(place, minlength=width)
    sums = np.bincount(place, weights=p, minlength=width).astype(np.float64)
    hits = np.bincount(place, true, minlength=width)
    errors = _errors_by_chance(place, p, sums, as_generator(seed))
    some = counts > 0
    ends = [wilson_interval(int(k), int(n)) for k, n in zip(hits[some], counts[some], strict=True)]
    low, high = np.array(ends).T
    return Calibration(
        counts[some],
        sums[some] / counts[some],
        hits[some] / counts[some],
        low,
        high,
        float(np.abs(hits - sums).sum() / len(p)),
        float(np.quantile(errors, 0.95)),
    )


def _errors_by_chance(place: NDArray[np.int64], p: Array, sums: Array, rng: np.random.Generator) -> Array:
    """The calibration errors of outcomes drawn from the probabilities themselves."""
    draws = int(np.clip(DRAWS // len(p), 100, 1000))
    hits = (np.bincount(place, rng.random(len(p)) < p, minlength=len(sums)) for _ in range(draws))
    return np.array([np.abs(each - sums).sum() / len(p) for each in hits])
