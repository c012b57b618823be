"""What Chainrule sets out to reach, and whether a run reached it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .contestants import OURS, PEAK_OF_ALL, PEAK_OF_ONE
from .measurement import Measurement

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


@dataclass(frozen=True, slots=True)
class Target:
    """In a case, another's median should be at least so many times Chainrule's."""

    case: str
    against: str
    factor: float


def targets() -> Iterator[Target]:
    """All of them."""
    for network, factors in TRAINING.items():
        for optimiser in ("SGD", "Adam"):
            for against, factor in factors.items():
                yield Target(f"{network}, {optimiser}", against, factor)


def verdicts(measurements: Sequence[Measurement]) -> list[str]:
    """A line for each target of which a run has both numbers: wanted, measured, met or not."""
    medians = {(m.case, m.contestant): m.median for m in measurements}
    lines = []
    for target in targets():
        ours, theirs = medians.get((target.case, OURS)), medians.get((target.case, target.against))
        if ours and theirs:
            reached = theirs / ours
            verdict = "met" if reached >= target.factor else "not met"
            lines.append(
                f"| {target.case} | {target.against} | {target.factor:.3g}× | {reached:.3g}× | {verdict} |"
            )
    return lines
