"""Networks as scikit-learn estimators on the tables that it brings: accuracy at equal budgets, and time.

The budget is the same network of one hidden layer, so many epochs, all of them run, and the same minibatches
of 200 rows; everything else is as each estimator has it by default, Adam's learning rate for one. Each sample
is a fit to the training rows of one fold.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from time import perf_counter
from typing import NamedTuple

from .contestants import Contestant
from .measurement import Measurement
from .players import Player, players
from .processes import CACHES
from .sampling import collector_at_rest, in_turns

HIDDEN, EPOCHS, FOLDS = (100,), 200, 5
TABLES = ("iris", "wine", "breast_cancer", "digits", "diabetes")
#: Those whose target is a number, of which R² is the score.
OF_NUMBERS = ("diabetes",)


class Fold(NamedTuple):
    """A fit to ask for: the table, the seed of its shuffle and of the network, and which fold is held out."""

    table: str
    seed: int
    number: int


class Answer(NamedTuple):
    """The seconds of a fit, and how good it is on the rows held out.

    Of classes that is the share classified rightly, each fold counted by its rows, so that the mean over
    the folds is the share of all rows; of numbers R².
    """

    seconds: float
    accuracy: float


def fit_of(table: str) -> str:
    """What the time of a fit is called in the tables."""
    return f"fit {table}"


def accuracy_of(table: str) -> str:
    """What the accuracy, or R², is called in the tables."""
    return f"{'R²' if table in OF_NUMBERS else 'accuracy'} on {table}"


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Every table whose name contains ``case``: each fold anew in each round, all contestants in turn."""
    found = []
    for table in TABLES:
        if case in table:
            print(f"  {table}", file=sys.stderr, flush=True)
            found += _measured(contestants, table, rounds)
    return found


def _measured(contestants: list[Contestant], table: str, rounds: int) -> list[Measurement]:
    folds = [Fold(table, seed, number) for seed in range(rounds) for number in range(FOLDS)]
    with _nothing_compiled_before(), players(contestants, "estimators", fit_folds) as taking_turns:
        first = {who: [player(folds[0])] for who, player in taking_turns.items()}
        asked = {who: partial(_ask, player, iter(folds)) for who, player in taking_turns.items()}
        answers = in_turns(asked, len(folds))
    return [
        *(
            Measurement(fit_of(table), who, "seconds", [a.seconds for a in each])
            for who, each in answers.items()
        ),
        *(
            Measurement(f"first {fit_of(table)}", who, "seconds", [a.seconds for a in each])
            for who, each in first.items()
        ),
        *(
            Measurement(accuracy_of(table), who, "share", [a.accuracy for a in each])
            for who, each in answers.items()
        ),
    ]


def _ask(player: Player, folds: Iterator[Fold]) -> Answer:
    answer: Answer = player(next(folds))
    return answer


def fit_folds(referee: Connection, who: Contestant) -> None:
    """Play an estimator: asked for a fold, it says how long the fit took, and how accurate it is."""
    import sklearn.datasets
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import KFold, StratifiedKFold

    warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs are run on purpose
    make = who.prepare("estimators")
    referee.send(None)
    while True:
        fold: Fold = referee.recv()
        X, y = getattr(sklearn.datasets, f"load_{fold.table}")(return_X_y=True)
        classes = fold.table not in OF_NUMBERS
        folds = (StratifiedKFold if classes else KFold)(FOLDS, shuffle=True, random_state=fold.seed)
        train, test = list(folds.split(X, y))[fold.number]
        model = make(fold.seed, classes)
        with collector_at_rest():
            began = perf_counter()
            model.fit(X[train], y[train])
            seconds = perf_counter() - began
        score = model.score(X[test], y[test])
        referee.send(Answer(seconds, score * FOLDS * len(test) / len(y) if classes else score))


@contextmanager
def _nothing_compiled_before() -> Iterator[None]:
    """Processes that start inside find empty caches."""
    before = {name: os.environ.get(name) for name in CACHES}
    with tempfile.TemporaryDirectory() as empty:
        os.environ.update(dict.fromkeys(CACHES, empty))
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
