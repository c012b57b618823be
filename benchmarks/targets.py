"""What Chainrule sets out to reach, and whether a run reached it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import isclose

from . import crowd, estimators, memory, prediction, processes
from .contestants import ONE_THREAD, OURS, PEAK_OF_ALL, PEAK_OF_ONE, SKLEARN
from .measurement import Measurement, multiple, quantity

Medians = Mapping[tuple[str, str], float]

TRAINING: Mapping[str, Mapping[str, float]] = {
    "2-2-1, batch 4, float64": {"JAX scan": 4, "PyTorch eager": 2000, "scikit-learn": 3000},
    "13-32-32-3, batch 16, float32": {
        "JAX scan": 5, "PyTorch eager": 70, "scikit-learn": 70, PEAK_OF_ONE: 0.40,
    },
    "64-128-10, batch 32, float32": {
        "JAX scan": 2, "PyTorch eager": 20, "scikit-learn": 14, PEAK_OF_ONE: 0.55,
    },
    "784-256-128-10, batch 128, float32": {
        "JAX scan": 1.5, "PyTorch eager": 1.5, "scikit-learn": 4, PEAK_OF_ALL: 0.50,
    },
    "784-256-128-10, batch 128, float64": {
        "JAX scan": 1.5, "PyTorch eager": 1.1, "scikit-learn": 2, PEAK_OF_ALL: 0.55,
    },
    "256-1024-1024-10, batch 256, float32": {
        "JAX scan": 1.15, "PyTorch eager": 1.15, "scikit-learn": 1.6, PEAK_OF_ALL: 0.55,
    },
}  # fmt: skip
"""For each network, with SGD and with Adam, how many times Chainrule's time each other should need."""


LATENT: Mapping[str, tuple[str, float]] = {
    "PPCA 200,000 × 100, k = 10: fit": ("scikit-learn, covariance", 1 / 1.2),
    "PPCA 200,000 × 100, k = 10: streamed fit": ("scikit-learn, covariance", 1 / 1.5),
    "PPCA 200,000 × 100, k = 10: log-likelihood": ("scikit-learn, covariance", 4),
    "PPCA 2,000 × 5,000, k = 20: fit": ("scikit-learn, ARPACK", 1 / 1.2),
    "PPCA 2,000 × 5,000, k = 20: log-likelihood": ("scikit-learn, ARPACK", 30),
    "PPCA 300 × 30, k = 4, 48 % missing: fit": ("ppca-py", 10),
}
"""For each fit, and the likelihood, how many times Chainrule's time a peer should need."""


@dataclass(frozen=True, slots=True)
class Target:
    """In a case, another's median should be at least so many times Chainrule's."""

    case: str
    against: str
    factor: float

    def verdict(self, medians: Medians) -> str | None:
        """Wanted, measured, met or not, as a table's line; None without both numbers."""
        ours, theirs = medians.get((self.case, OURS)), medians.get((self.case, self.against))
        if ours is None or theirs is None:
            return None
        times = theirs / ours
        met = times >= self.factor
        return _line(self.case, self.against, f"≥ {multiple(self.factor)}", multiple(times), met)


@dataclass(frozen=True, slots=True)
class Limit:
    """In a case, Chainrule's median should be at most so much."""

    case: str
    most: float
    unit: str

    def verdict(self, medians: Medians) -> str | None:
        """Wanted, measured, met or not, as a table's line; None without the number."""
        ours = medians.get((self.case, OURS))
        if ours is None:
            return None
        wanted, measured = quantity(self.most, self.unit), quantity(ours, self.unit)
        return _line(self.case, "", f"≤ {wanted}", measured, ours <= self.most)


@dataclass(frozen=True, slots=True)
class AsAccurate:
    """In a case, Chainrule's mean accuracy should be at least another's."""

    case: str
    against: str

    def verdict(self, medians: Medians) -> str | None:
        """Wanted, measured, met or not, as a table's line; None without both numbers."""
        ours, theirs = medians.get((self.case, OURS)), medians.get((self.case, self.against))
        if ours is None or theirs is None:
            return None
        met = ours > theirs or isclose(ours, theirs, rel_tol=1e-12)  # as many rows, in other folds
        return _line(self.case, self.against, f"≥ {theirs:.2%}", f"{ours:.2%}", met)


def targets() -> Iterator[Target | Limit | AsAccurate]:
    """All of them."""
    for (network, factors), optimiser in product(TRAINING.items(), ("SGD", "Adam")):
        for against, factor in factors.items():
            yield Target(f"{network}, {optimiser}", against, factor)
    for case, (against, factor) in LATENT.items():
        yield Target(case, against, factor)
    yield Target(processes.RUN, "JAX jit", 1 / 0.45)
    yield Target(processes.RUN, "JAX scan", 1 / 0.45)
    yield Target(processes.RUN, "PyTorch eager", 1 / 0.15)
    yield Limit(processes.SECOND_NETWORK, 0.2, "seconds")
    yield Limit(f"{processes.SECOND_NETWORK}{processes.CACHED}", 0.02, "seconds")
    yield Limit(processes.COMPILING, 0.2, "seconds")
    yield Limit(f"{processes.COMPILING}{processes.CACHED}", 0.02, "seconds")
    for sizes in prediction.NETWORKS:
        yield Limit(prediction.case_of(sizes), 1.5e-6, "seconds")
    for steps in memory.STEPS:
        yield Limit(memory.case_of(steps), memory.allowed(), "bytes")
    for crowded in crowd.NETWORKS:
        yield Target(crowd.case_of(crowded), ONE_THREAD, 1 / 1.3)
    for bundled in estimators.TABLES:
        yield Target(estimators.fit_of(bundled), SKLEARN, 5)
        yield AsAccurate(estimators.accuracy_of(bundled), SKLEARN)


def verdicts(measurements: Sequence[Measurement]) -> list[str]:
    """A line for each target of which a run has the numbers."""
    medians = {(m.case, m.contestant): m.centre for m in measurements}
    return [line for target in targets() if (line := target.verdict(medians))]


def _line(case: str, against: str, wanted: str, measured: str, met: bool) -> str:
    return f"| {case} | {against} | {wanted} | {measured} | {'met' if met else 'not met'} |"
