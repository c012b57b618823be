"""Networks as scikit-learn estimators on the tables that it brings: accuracy at equal budgets, and time.

The budget is so many epochs of a network of one hidden layer, everything else as each estimator has it by
default. Each sample is a fit to the training rows of one fold.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from time import perf_counter
from typing import Any

from .contestants import Contestant, taking_part
from .measurement import Measurement

HIDDEN, EPOCHS, FOLDS = (100,), 200, 5
TABLES = ("iris", "wine", "breast_cancer", "digits")

Make = Callable[[int], Any]


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Every table whose name contains ``case``: each fold anew in each round, all contestants in turn."""
    makers = {who.name: who.prepare("estimators") for who in taking_part(contestants, "estimators")}
    found = []
    for table in TABLES:
        if case in table:
            print(f"  {table}", file=sys.stderr, flush=True)
            found += _measured(table, makers, rounds)
    return found


def _measured(table: str, makers: dict[str, Make], rounds: int) -> list[Measurement]:
    import sklearn.datasets
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import StratifiedKFold

    X, y = getattr(sklearn.datasets, f"load_{table}")(return_X_y=True)
    seconds: dict[str, list[float]] = {who: [] for who in makers}
    accuracy: dict[str, list[float]] = {who: [] for who in makers}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs are run on purpose
        for seed in range(rounds):
            for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(X, y):
                for who, make in makers.items():
                    model, began = make(seed), perf_counter()
                    model.fit(X[train], y[train])
                    seconds[who].append(perf_counter() - began)
                    accuracy[who].append(model.score(X[test], y[test]))
    rows = len(X)
    return [
        *(Measurement(f"fit {table}, {rows:,} rows", who, "seconds", each) for who, each in seconds.items()),
        *(
            Measurement(f"accuracy {table}, mean", who, "share", [sum(each) / len(each)])
            for who, each in accuracy.items()
        ),
    ]
