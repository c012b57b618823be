"""Training steps: every contestant trains the same network on the same minibatches from the same weights."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import product

from .contestants import PEAK_OF_ALL, PEAK_OF_ONE, Contestant, taking_part
from .measurement import Measurement
from .networks import CHECKED_STEPS, Training, classifier, matrix_exponential, xor
from .peak import available_cores, peak
from .sampling import interleaved
from .trainers import MakeTrainer, Trainer
from .trainers.by_hand import NumpyTrainer

CLASSIFIERS: tuple[tuple[tuple[int, ...], int, str], ...] = (
    ((13, 32, 32, 3), 16, "float32"),
    ((64, 128, 10), 32, "float32"),
    ((784, 256, 128, 10), 128, "float32"),
    ((784, 256, 128, 10), 128, "float64"),
    ((256, 1024, 1024, 10), 256, "float32"),
)
OPTIMISERS = ("SGD", "Adam")
TOLERANCE = {
    ("SGD", "float64"): 1e-10,
    ("SGD", "float32"): 1e-6,
    # Where a gradient is near 0, Adam's first steps take the sign of its rounding error, and scikit-learn
    # adds η before it corrects the bias.
    ("Adam", "float64"): 1e-5,
    ("Adam", "float32"): 2e-3,
}
WARM_UP = 0.03  # seconds


def problems() -> Iterator[Training]:
    """The networks of the table."""
    for optimiser in OPTIMISERS:
        yield xor((2, 2, 1), optimiser)
    for network, optimiser in product(CLASSIFIERS, OPTIMISERS):
        yield classifier(*network, optimiser)
    yield matrix_exponential()


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Every problem whose text contains ``case``; before it is timed, the losses reached are compared.

    Raises:
        ArithmeticError: one reaches another loss.
    """
    drivers = {who.name: who.prepare("training") for who in taking_part(contestants, "training")}
    measurements = []
    for problem in problems():
        if case not in str(problem):
            continue
        print(f"  {problem}", file=sys.stderr, flush=True)
        measurements += _timed(problem, drivers, rounds)
    return measurements


def _timed(problem: Training, drivers: dict[str, MakeTrainer], rounds: int) -> list[Measurement]:
    """Seconds a step of each contestant, and those in which the processor could do its arithmetic."""
    trainers = {name: make(problem) for name, make in drivers.items()}
    _check_losses(problem, trainers)
    peaks = {PEAK_OF_ONE: peak(problem.dtype, 1), PEAK_OF_ALL: peak(problem.dtype, available_cores())}
    resets = {name: trainer.reset for name, trainer in trainers.items()}
    samples = interleaved({**trainers, **peaks}, rounds, resets, WARM_UP)
    steps_of_a_call = {
        **{name: float(trainer.steps) for name, trainer in trainers.items()},
        **{name: kernel.flops / problem.flops for name, kernel in peaks.items()},
    }
    for name in peaks:
        samples[name] = [min(samples[name])]  # what disturbs the kernel does not lower the peak
    return [
        Measurement(str(problem), name, "seconds", [seconds / steps_of_a_call[name] for seconds in times])
        for name, times in samples.items()
    ]


def _check_losses(problem: Training, trainers: Mapping[str, Trainer]) -> None:
    """Compare the loss after some steps with the one by hand in double precision.

    Raises:
        ArithmeticError: one differs by more than the tolerance, relative, or nothing was learnt.
    """
    expected = _loss_after(NumpyTrainer(problem.in_float64()))
    if not expected < problem.loss_of(problem.parameters):
        raise ArithmeticError(f"{problem}: the loss does not become lower")
    for name, trainer in trainers.items():
        error = abs(_loss_after(trainer) - expected) / expected
        if not error <= TOLERANCE[problem.optimiser, problem.dtype]:  # also where it is NaN
            raise ArithmeticError(f"{problem}: the loss of {name} differs by {error:.3g}")


def _loss_after(trainer: Trainer) -> float:
    """The mean loss over all rows after some steps."""
    trainer.reset()
    trainer.train(CHECKED_STEPS)
    return trainer.problem.loss_of(trainer.parameters())
