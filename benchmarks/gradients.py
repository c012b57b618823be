"""Gradient calls of 3-layer networks: what a call costs once the function is known, and the first time."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from .contestants import BY_HAND, Call, Contestant, Driver
from .measurement import Measurement
from .problems import Problem, Task, as_arrays, make_problem
from .sampling import interleaved

NETWORKS = ((2, 2, 1), (13, 32, 3), (64, 128, 10))
ROWS = (None, 32)
TASKS = (Task(), Task(with_value=True), Task(in_dict=True))
TOLERANCE = 1e-9
COMPILING = 5  # a call that compiles takes so long that it is sampled this many times less often


def measure(contestants: list[Contestant], rounds: int) -> list[Measurement]:
    """Every network, batch and task; before it is timed, every result is compared with the one by hand.

    Raises:
        ArithmeticError: two contestants disagree.
    """
    drivers = {who.name: who.prepare() for who in contestants if who.driver}
    measurements = []
    for task in TASKS:
        for sizes in NETWORKS:
            for rows in ROWS:
                problem = make_problem(sizes, rows)
                print(f"  {task}: {problem}", file=sys.stderr, flush=True)
                calls = {name: driver(problem, task) for name, driver in drivers.items()}
                check_agreement(calls)
                measurements += _timed(f"{task}: {problem}", calls, rounds)
    for sizes in NETWORKS:
        problem = make_problem(sizes, 32)
        print(f"  new function: {problem}", file=sys.stderr, flush=True)
        measurements += _timed(
            f"first call of a new function: {problem}", _anew(drivers, problem), max(1, rounds // COMPILING)
        )
    return measurements


def check_agreement(calls: Mapping[str, Call]) -> None:
    """Compare every result with the one by hand.

    Raises:
        ArithmeticError: one differs by more than ``TOLERANCE``, absolute, or relative to the largest entry.
    """
    expected = as_arrays(calls[BY_HAND]())
    for name, call in calls.items():
        for ours, theirs in zip(expected, as_arrays(call()), strict=True):
            error = _difference(ours, theirs)
            if not error <= TOLERANCE:  # also where it is NaN
                raise ArithmeticError(f"{name} differs from {BY_HAND} by {error:.3g}")


def _difference(a: Any, b: Any) -> float:
    if a.shape != b.shape or b.dtype != np.float64:
        return np.inf
    return float(np.max(np.abs(a - b)) / max(1.0, np.max(np.abs(a))))


def _anew(drivers: Mapping[str, Driver], problem: Problem) -> dict[str, Call]:
    """Calls that begin with a function never seen before, and so trace, differentiate and compile it."""
    return {name: partial(_first_call, driver, problem) for name, driver in drivers.items()}


def _first_call(driver: Driver, problem: Problem) -> None:
    driver(problem, Task())()


def _timed(case: str, calls: Mapping[str, Call], rounds: int) -> list[Measurement]:
    return [Measurement(case, name, "seconds", times) for name, times in interleaved(calls, rounds).items()]
