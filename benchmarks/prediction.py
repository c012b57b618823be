"""Prediction of one row by a trained network: what a call costs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import numpy as np

from .contestants import Contestant, taking_part
from .measurement import Measurement
from .networks import Array, Training, classifier
from .sampling import interleaved

Predict = Callable[[Array], object]
"""The pre-activations of the output for one row; what it returns is the library's own."""

MakePredict = Callable[[Training], Predict]

NETWORKS = ((64, 128, 10),)
DTYPE = "float32"
TOLERANCE = 1e-5
CALLS_BEFORE = 2000  # untimed: libraries that compile what is called often have done so by then


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Every network whose text contains ``case``; before it is timed, all predictions are compared.

    Raises:
        ArithmeticError: two predictions differ.
    """
    drivers = {who.name: who.prepare("prediction") for who in taking_part(contestants, "prediction")}
    measurements = []
    for sizes in NETWORKS:
        name = case_of(sizes)
        if case in name:
            print(f"  {name}", file=sys.stderr, flush=True)
            measurements += _timed(name, classifier(sizes, 32, DTYPE, "SGD"), drivers, rounds)
    return measurements


def case_of(sizes: tuple[int, ...]) -> str:
    """What a network's prediction is called in the table."""
    return f"predict one row: {'-'.join(map(str, sizes))}, {DTYPE}"


def _timed(
    name: str, problem: Training, drivers: Mapping[str, MakePredict], rounds: int
) -> list[Measurement]:
    row = problem.X[0]
    predictors = {who: make(problem) for who, make in drivers.items()}
    expected = problem.output(row, problem.parameters)
    for who, predict in predictors.items():
        error = np.max(np.abs(np.asarray(predict(row)).reshape(-1) - expected))
        if not error <= TOLERANCE * np.max(np.abs(expected)):  # also where it is NaN
            raise ArithmeticError(f"{name}: {who} differs by {error:.3g}")
    calls = {who: lambda predict=predict: predict(row) for who, predict in predictors.items()}
    for predict in predictors.values():
        for _ in range(CALLS_BEFORE):
            predict(row)
    samples = interleaved(calls, rounds)
    return [Measurement(name, who, "seconds", times) for who, times in samples.items()]
