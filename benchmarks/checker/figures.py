"""What the targets ask of the check, measured: each function returns its figures by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.verification import Report, Verdict

from .curves import CURVES, Case, cases
from .kinks import kink_cases
from .mistakes import MISTAKES
from .networks import PARAMETERS, Network, network

Figures = dict[str, Any]
LARGE = (784, 124, 10)


def smooth(seed: int, count: int) -> Figures:
    """False alarms, bounds that do not hold, and errors of 1e-6 not seen, on smooth functions."""
    pairs = alarms = outside = undecided = sharp = missed = flagged = evaluations = 0
    for case, true in _defined(cases(seed, count)):
        report = cr.check(lambda t, f=case.f: f(t), lambda t, df=case.df: df(t), at=case.at)
        row = report.rows[0]
        pairs += 1
        evaluations += report.evaluations
        alarms += report.verdict is Verdict.FAIL
        undecided += report.verdict is Verdict.UNDECIDED
        flagged += row.kink is not None and not case.name.startswith("|x|")
        outside += abs(row.numeric - true) > row.bound + 4e-16 * abs(true)
        if row.bound < 1e-7 * abs(true):
            sharp += 1
            wrong = cr.check(lambda t, f=case.f: f(t), lambda t, df=case.df: df(t) * (1 + 1e-6), at=case.at)
            missed += wrong.verdict is not Verdict.FAIL
    return {
        "functions": len(CURVES),
        "pairs": pairs,
        "false alarms": alarms,
        "undecided": undecided,
        "bound does not hold": outside,
        "floor below 1e-7": sharp,
        "error of 1e-6 missed there": missed,
        "smooth points flagged as kinks": flagged,
        "evaluations a pair": round(evaluations / max(pairs, 1), 1),
    }


def kinks(seed: int, count: int) -> Figures:
    """Kinks not flagged within ten steps, and flagged where there is none."""
    seen = {True: 0, False: 0}
    wrong = {True: 0, False: 0}
    for case in kink_cases(seed, count):
        flagged = cr.check(lambda t, f=case.f: f(t), 0.0, at=case.at).rows[0].kink is not None
        seen[case.kinked] += 1
        wrong[case.kinked] += flagged != case.kinked
    return {
        "kinks within 0 to 10 steps": seen[True],
        "not flagged": wrong[True],
        "smooth points": seen[False],
        "flagged": wrong[False],
    }


def location(seed: int, trials: int) -> Figures:
    """One and five wrong entries of 1e-4 among 98,000 parameters."""
    rng = np.random.default_rng(seed)
    found = {1: 0, 5: 0}
    most = {1: 0, 5: 0}
    for trial in range(trials):
        net = network(LARGE, 16, ("tanh", "relu", "softplus")[trial % 3], rng)
        for count in found:
            gradients = net.gradients(**net.at)
            places = {tuple(int(i) for i in rng.integers(gradients["W1"].shape)) for _ in range(count)}
            for place in places:
                gradients["W1"][place] += 1e-4 * rng.choice([-1.0, 1.0])
            report = _checked(net, gradients, seed=trial)
            named = {row.index for row in report.rows if row.verdict is Verdict.FAIL}
            found[count] += named == places
            most[count] = max(most[count], report.evaluations)
    return {
        "trials": trials,
        "one wrong entry located": found[1],
        "most evaluations for one": most[1],
        "five wrong entries located": found[5],
        "most evaluations for five": most[5],
    }


def diagnosis(seed: int, trials: int) -> Figures:
    """Mistakes of each kind that were named right, in networks of three sizes."""
    rng = np.random.default_rng(seed)
    right = dict.fromkeys((mistake.name for mistake in MISTAKES), 0)
    for trial in range(trials):
        sizes = [(5, 6, 6), (13, 32, 32), (20, 64, 64)][trial % 3]
        for mistake in MISTAKES:
            net = network(sizes, int(rng.integers(7, 30)), "tanh", rng)
            report = _checked(net, mistake.wrong(net, rng), seed=trial)
            told = [diagnosis.kind for diagnosis in report.diagnoses.get(mistake.tensor, ())]
            right[mistake.name] += bool(told) and told[0] in mistake.kinds
    return {"trials of each": trials, **right}


def speed(seed: int) -> Figures:
    """A right gradient of a 3-layer network of 100,000 parameters."""
    found: Figures = {}
    for activation in ("tanh", "relu", "softplus"):
        net = network(LARGE, 32, activation, np.random.default_rng(seed))
        parameters = sum(net.at[name].size for name in PARAMETERS)
        began = time.perf_counter()
        report = _checked(net, net.gradients, seed=seed)
        found |= {
            f"{activation}, {parameters} parameters": str(report.verdict),
            f"{activation}, evaluations": report.evaluations,
            f"{activation}, seconds": round(time.perf_counter() - began, 2),
        }
    return found


MEASURES: dict[str, Callable[[int, int], Figures]] = {
    "smooth functions": smooth,
    "kinks": kinks,
    "location": location,
    "diagnosis": diagnosis,
    "speed": lambda seed, count: speed(seed),
}


def _checked(net: Network, given: Any, seed: int) -> Report:
    report: Report = cr.check(net.loss, given, at=net.at, wrt=PARAMETERS, seed=seed)
    return report


def _defined(drawn: Iterable[Case]) -> Iterator[tuple[Case, float]]:
    """The cases whose value and derivative are finite, with the derivative."""
    for case in drawn:
        try:
            with np.errstate(all="ignore"):
                value, slope = float(case.f(case.at)), float(case.df(case.at))
        except (OverflowError, ZeroDivisionError):
            continue
        if np.isfinite(value) and np.isfinite(slope):
            yield case, slope
