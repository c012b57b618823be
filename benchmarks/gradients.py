"""Gradient calls of 3-layer networks: what a call costs once the function is known, and the first time."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count, product
from pathlib import Path
from typing import Any

import numpy as np

from .contestants import BY_HAND, Call, Contestant, Driver, taking_part
from .measurement import Measurement
from .problems import Problem, Task, as_arrays, make_problem
from .sampling import interleaved

Prepare = Callable[[], dict[str, Call]]

NETWORKS = ((2, 2, 1), (13, 32, 3), (64, 128, 10))
ROWS = (None, 32)
TASKS = (Task(), Task(with_value=True), Task(in_dict=True))
TOLERANCE = 1e-9
COMPILING = 5  # a call that compiles takes so long that it is sampled this many times less often


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Every case whose text contains ``case``; before it is timed, results are compared with that by hand.

    Raises:
        ArithmeticError: two contestants disagree.
    """
    drivers: dict[str, Driver] = {
        who.name: who.prepare("gradients") for who in taking_part(contestants, "gradients")
    }
    measurements = []
    with tempfile.TemporaryDirectory() as folder:
        for name, prepare, turns in _cases(drivers, rounds, Path(folder)):
            if case in name:
                print(f"  {name}", file=sys.stderr, flush=True)
                samples = interleaved(prepare(), turns)
                measurements += [Measurement(name, who, "seconds", times) for who, times in samples.items()]
    return measurements


def _cases(drivers: Mapping[str, Driver], rounds: int, folder: Path) -> Iterator[tuple[str, Prepare, int]]:
    """What a case is called, what makes its calls, and its number of rounds."""
    for task, sizes, rows in product(TASKS, NETWORKS, ROWS):
        problem = make_problem(sizes, rows)
        yield f"{task}: {problem}", partial(_checked_calls, drivers, problem, task), rounds
    for sizes in NETWORKS:
        problem = make_problem(sizes, 32)
        prepare = partial(_anew, drivers, problem, folder / str(problem))
        yield f"first call of a new function: {problem}", prepare, max(1, rounds // COMPILING)


def _checked_calls(drivers: Mapping[str, Driver], problem: Problem, task: Task) -> dict[str, Call]:
    calls = {name: driver(problem, task) for name, driver in drivers.items()}
    check_agreement(calls)
    return calls


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


def _anew(drivers: Mapping[str, Driver], problem: Problem, folder: Path) -> dict[str, Call]:
    """Calls that begin with a function never seen before, and so trace, differentiate and compile it."""
    calls = count()
    return {name: partial(_first_call, driver, problem, folder, calls) for name, driver in drivers.items()}


def _first_call(driver: Driver, problem: Problem, folder: Path, calls: Iterator[int]) -> None:
    os.environ["CHAINRULE_CACHE_DIR"] = f"{folder}-{next(calls)}"  # where no earlier call has left its code
    driver(problem, Task())()
