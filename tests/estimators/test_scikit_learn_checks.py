"""scikit-learn's own checks of its conventions, none of them excused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from chainrule.estimators import PPCA, FlowDensity, NetworkClassifier, NetworkRegressor, VAETransformer

# Small and briefly trained, since each is fitted about a hundred times.
ESTIMATORS = [
    NetworkClassifier((16,), learning_rate=0.02, epochs=60),
    NetworkRegressor((16,), learning_rate=0.02, epochs=60),
    PPCA(),
    FlowDensity("affine", depth=2, hidden=(4,), epochs=2),
    VAETransformer(hidden=(4,), epochs=2),
]

Check = Callable[[Any], None]


def needs_own_process(check: Check) -> bool:
    """SciPy reads the variable that this check wants set when it is imported."""
    return isinstance(check, partial) and "array_api" in check.func.__name__


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pytest.param(each, check, id=f"{type(each).__name__}-{getattr(check, 'func', check).__name__}")
        for estimator in ESTIMATORS
        for each, check in estimator_checks_generator(estimator)
        if not needs_own_process(check)
    ],
)
def test_keeps_the_conventions(estimator: Any, check: Check) -> None:
    check(estimator)


def test_takes_arrays_where_scikit_learn_dispatches_them() -> None:
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    done = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == [type(estimator).__name__ for estimator in ESTIMATORS], done.stderr


if __name__ == "__main__":  # what that test starts
    for estimator in ESTIMATORS:
        for _, check in estimator_checks_generator(estimator):
            if needs_own_process(check):
                check(estimator)
                sys.stdout.write(f"{type(estimator).__name__}\n")
