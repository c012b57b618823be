"""Training steps: every contestant trains the same network on the same minibatches from the same weights."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import product

from .contestants import PEAK_OF_ALL, PEAK_OF_ONE, Contestant
from .measurement import Measurement
from .networks import CHECKED_STEPS, Training, classifier, matrix_exponential, xor
from .peak import available_cores, fastest, peak
from .players import Player, players, train
from .sampling import Sample, in_turns
from .trainers.by_hand import NumpyTrainer

CLASSIFIERS: tuple[tuple[tuple[int, ...], int, str], ...] = (
    ((13, 32, 32, 3), 16, "float32"),
    ((64, 128, 10), 32, "float32"),
    ((784, 256, 128, 10), 128, "float32"),
    ((784, 256, 128, 10), 128, "float64"),
    ((256, 1024, 1024, 10), 256, "float32"),
)
OPTIMISERS = ("SGD", "Adam")
CALL_SECONDS = 0.05  # of a core at its peak: about as long as ``cr.train.fit`` wants a call to be
TOLERANCE = {
    ("SGD", "float64"): 1e-10,
    ("SGD", "float32"): 1e-6,
    # Where a gradient is near 0, Adam's first steps take the sign of its rounding error, and scikit-learn
    # adds η before it corrects the bias.
    ("Adam", "float64"): 1e-5,
    ("Adam", "float32"): 2e-3,
}


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
    measurements = []
    for problem in problems():
        if case not in str(problem):
            continue
        print(f"  {problem}", file=sys.stderr, flush=True)
        problem = problem.with_calls_of(CALL_SECONDS * fastest(problem.dtype))
        with players(contestants, "training", train, "training", problem) as taking_turns:
            _check_losses(problem, taking_turns)
            measurements += _timed(problem, taking_turns, rounds)
    return measurements


def _timed(problem: Training, taking_turns: Mapping[str, Player], rounds: int) -> list[Measurement]:
    """Seconds a step of each contestant, and those in which the processor could do its arithmetic."""
    peaks = {PEAK_OF_ONE: peak(problem.dtype, 1), PEAK_OF_ALL: peak(problem.dtype, available_cores())}
    turns: dict[str, Sample] = {**taking_turns, **{name: kernel.quickest for name, kernel in peaks.items()}}
    samples = in_turns(turns, rounds)
    for name, kernel in peaks.items():
        samples[name] = [seconds * problem.flops / kernel.flops for seconds in samples[name]]
    return [Measurement(str(problem), name, "seconds", seconds) for name, seconds in samples.items()]


def _check_losses(problem: Training, taking_turns: Mapping[str, Player]) -> None:
    """Compare the loss after some steps with the one by hand in double precision.

    Raises:
        ArithmeticError: one differs by more than the tolerance, relative, or nothing was learnt.
    """
    expected = problem.loss_of(NumpyTrainer.whole(problem.in_float64(), CHECKED_STEPS))
    if not expected < problem.loss_of(problem.parameters):
        raise ArithmeticError(f"{problem}: the loss does not become lower")
    for name, player in taking_turns.items():
        error = abs(player.ready - expected) / expected
        if not error <= TOLERANCE[problem.optimiser, problem.dtype]:  # also where it is NaN
            raise ArithmeticError(f"{problem}: the loss of {name} differs by {error:.3g}")
