"""Densities of real tables: the loss on held-out rows of several splits, beside that of peers' own models."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .contestants import Contestant, taking_part
from .measurement import Measurement

TABLES = ("wine", "breast_cancer", "digits")
COMPONENTS = 5
MODELS = ("Gaussian", "PPCA", "factor analysis")
HELD_OUT, MISSING = 0.2, 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A table's rows, apart at random, in units of the deviations of those to fit.

    Attributes:
        model: one of :data:`MODELS`.
        train: the rows to fit, NaN where missing.
        test: the rows held out, likewise.
    """

    model: str
    train: NDArray[np.float64]
    test: NDArray[np.float64]

    @property
    def gaps(self) -> bool:
        """Whether a value is missing."""
        return bool(np.isnan(self.train).any())


#: The mean log-likelihood of held-out rows in nats, ``None`` where a library has no such model.
Score = Callable[[Split], float | None]


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Every table and model whose text contains ``case``; a round is a split."""
    scores = {who.name: who.prepare("tables") for who in taking_part(contestants, "tables")}
    found = []
    for text, table, model, missing in cases():
        if case in text:
            print(f"  {text}", file=sys.stderr, flush=True)
            splits = [split(table, model, missing, seed) for seed in range(rounds)]
            for who, score in scores.items():
                values = [score(each) for each in splits]
                losses = [-value for value in values if value is not None]
                if losses:
                    found.append(Measurement(text, who, "nats", losses))
    return found


def cases() -> Iterator[tuple[str, str, str, float]]:
    """Each row of the table: its text, the table, the model, and the share of values that are missing."""
    for table in TABLES:
        for model in MODELS:
            if not (table == "digits" and model == "Gaussian"):  # some of whose columns others determine
                yield f"{table}, {model}: held-out loss", table, model, 0.0
        yield f"{table}, PPCA, {MISSING:.0%} missing: held-out loss", table, "PPCA", MISSING


def split(table: str, model: str, missing: float, seed: int) -> Split:
    """A fifth of the rows held out, columns that are constant in the others dropped."""
    import sklearn.datasets

    X = getattr(sklearn.datasets, f"load_{table}")().data
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(X))
    test, train = np.split(X[order], [round(HELD_OUT * len(X))])
    varies = train.std(axis=0) > 0.0
    mean, deviation = train.mean(axis=0)[varies], train.std(axis=0)[varies]
    train, test = ((rows[:, varies] - mean) / deviation for rows in (train, test))
    if missing:
        train, test = (np.where(rng.random(rows.shape) < missing, np.nan, rows) for rows in (train, test))
    return Split(model, train, test)
