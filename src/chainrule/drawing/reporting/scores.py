"""Scores beside those of no model at all, each with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...data import bootstrap_interval, wilson_interval
from ...data.metrics import SMALLEST_PROBABILITY
from ..charts import alike, percent
from .judged import Judged

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]
Write = Callable[[float], str]
REPLICATES = 1000
#: What each score says, for someone who has not met it.
MEANINGS = {
    "accuracy": "Accuracy: the share of the rows that are given their class.",
    "log-loss, nats": (
        "Log-loss: the mean of −ln p, where p is the probability that was given to the true class: 0 is best "
        "and being sure of a wrong class costs most."
    ),
    "Brier score": (
        "Brier score: the mean squared distance of the probabilities from the truth, from 0, the best, to 2."
    ),
    "R²": (
        "R²: the share of the target’s variance that is explained; 1 is best, and below 0 the mean of these "
        "rows would do better."
    ),
    "root mean squared error": (
        "Root mean squared error and mean absolute error: how far off predictions are, in the target’s unit; "
        "large errors count for more in the first."
    ),
    "mean absolute error": "",
}


@dataclass(frozen=True, slots=True)
class Score:
    """One score of the model and of the baseline.

    Args:
        name: with its unit.
        model, baseline: the values.
        interval: of the model's.
        gain: what the model is better by, with the sign that makes more better.
        gain_interval: of the gain, rows drawn for both at once.
        write: a value as text.
    """

    name: str
    model: float
    interval: tuple[float, float]
    baseline: float
    gain: float
    gain_interval: tuple[float, float]
    write: Write

    @property
    def meaning(self) -> str:
        """What it says, in a sentence; nothing where the one before it says so."""
        return MEANINGS[self.name]

    def between(self, interval: tuple[float, float]) -> str:
        """Both ends of an interval of it, as text."""
        return "none" if np.isnan(interval).any() else " to ".join(map(self.write, interval))


def class_scores(judged: Judged, seed: int) -> list[Score]:
    """Accuracy, log-loss and Brier score."""
    fixed = np.broadcast_to(judged.baseline, judged.predicted.shape)
    right = judged.labels == judged.truth
    usual = judged.truth == judged.baseline.argmax()
    losses = [_surprise(p, judged.truth) for p in (judged.predicted, fixed)]
    squares = [_brier(p, judged.truth) for p in (judged.predicted, fixed)]
    accuracy = _mean_score("accuracy", [right, usual], percent, 1.0, seed)
    return [
        replace(accuracy, interval=wilson_interval(int(right.sum()), len(judged))),
        _mean_score("log-loss, nats", losses, None, -1.0, seed),
        _mean_score("Brier score", squares, None, -1.0, seed),
    ]


def number_scores(judged: Judged, seed: int) -> list[Score]:
    """R², the root of the mean squared error, and the mean absolute error."""
    y, errors = judged.truth, judged.predicted - judged.truth
    unit = float(np.max(np.abs([*errors, *(y - judged.baseline)]), initial=0.0)) or 1.0  # no square overflows
    e, d = errors / unit, (judged.baseline - y) / unit
    terms = np.stack([e * e, d * d, np.abs(e), np.abs(d), d], axis=1)

    def determination(of: int) -> Statistic:
        return lambda means: 1 - _ratio(means[:, of], _variance(means[:, 1], means[:, 4]))

    def root(of: int) -> Statistic:
        return lambda means: unit * np.sqrt(means[:, of])

    def mean(of: int) -> Statistic:
        return lambda means: unit * means[:, of]

    kinds = [
        ("R²", determination(0), determination(1), 1.0),
        ("root mean squared error", root(0), root(1), -1.0),
        ("mean absolute error", mean(2), mean(3), -1.0),
    ]
    return [_score(name, terms, own, base, None, sign, seed) for name, own, base, sign in kinds]


def _mean_score(name: str, values: Sequence[Array], write: Write | None, sign: float, seed: int) -> Score:
    terms = np.stack([np.asarray(value, dtype=np.float64) for value in values], axis=1)
    return _score(name, terms, lambda m: m[:, 0], lambda m: m[:, 1], write, sign, seed)


def _score(
    name: str,
    terms: Array,
    own: Statistic,
    base: Statistic,
    write: Write | None,
    sign: float,
    seed: int,
) -> Score:
    whole = terms.mean(axis=0, keepdims=True)

    def gain(means: Array) -> Array:
        return sign * (own(means) - base(means))

    def interval(of: Statistic) -> tuple[float, float]:
        return bootstrap_interval(terms, of, replicates=REPLICATES, seed=seed)

    values = [float(of(whole)[0]) for of in (own, base, gain)]
    chosen = write or (_share(values[0]) if name == "R²" else alike(values[:2]))
    return Score(name, values[0], interval(own), values[1], values[2], interval(gain), chosen)


def _share(explained: float) -> Write:
    """How to write shares of a variance: with three decimals, and up to five where little is left."""
    return alike([max(1e-4, min(1 - explained, 0.01))], digits=2)


def _surprise(probabilities: Array, labels: NDArray[np.int64]) -> Array:
    own = probabilities[np.arange(len(labels)), labels]
    return np.asarray(-np.log(np.maximum(own, SMALLEST_PROBABILITY)))


def _brier(probabilities: Array, labels: NDArray[np.int64]) -> Array:
    """``Σₖ (pₖ − 1[y = k])²`` of each row: ``Σₖ pₖ² − 2 p_y + 1``."""
    own = probabilities[np.arange(len(labels)), labels]
    return np.asarray((probabilities * probabilities).sum(axis=1) - 2 * own + 1)


def _variance(square: Array, mean: Array) -> Array:
    """Of targets that are equal, rounding leaves no more than this of their mean square."""
    found = square - mean * mean
    return np.asarray(np.where(found > 1e-12 * square, found, 0.0))


def _ratio(above: Array, below: Array) -> Array:
    """The ratio, undefined where all targets are equal."""
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))
