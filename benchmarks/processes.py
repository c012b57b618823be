"""Whole processes: start, import, make a network, train it, end; and from data to the first training step.

A contestant's process is ``python -m benchmarks.processes NAME TASK``, where TASK is "run", "first step",
"next network" or "compile".
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from .contestants import CONTESTANTS, OURS, Contestant, taking_part
from .measurement import Measurement
from .networks import Training, classifier, xor
from .trainers import Trainer
from .trainers.by_hand import NumpyTrainer

STEPS = 1000
RUN = f"start, import, train {STEPS} steps, end: 2-8-1"
FIRST_NETWORK = "first training step of a process: 13-32-32-3"
SECOND_NETWORK = "first training step of a second network: 13-32-32-3"
COMPILING = "compiling the training step of a second network: 784-256-128-10"
CACHED = ", compiled before"
TOLERANCE = 1e-8
WARM_UP = 1  # rounds that bring the files into memory
CACHES = ("CHAINRULE_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR")


def short_problem() -> Training:
    """The network that a whole process trains."""
    return xor((2, 8, 1), "SGD")


def deep_problem() -> Training:
    """The 4-layer network that makes a first training step."""
    return classifier((13, 32, 32, 3), 16, "float32", "Adam")


def wide_problem() -> Training:
    """The 4-layer network whose training step is compiled: its weights take some time to draw, too."""
    return classifier((784, 256, 128, 10), 128, "float32", "Adam")


@dataclass(frozen=True, slots=True)
class Process:
    """A process to time.

    Attributes:
        case: what it is called in the table.
        contestant: whose it is.
        task: what it does.
        cached: whether what the contestant keeps on disk is there from an earlier run.
    """

    case: str
    contestant: str
    task: str
    cached: bool = False


def processes(contestants: list[Contestant]) -> list[Process]:
    """Every contestant's, and Chainrule's with a warm cache."""
    names = [who.name for who in taking_part(contestants, "processes")]
    return [
        *(Process(RUN, name, "run") for name in names),
        Process(f"{RUN}{CACHED}", OURS, "run", cached=True),
        *(Process(FIRST_NETWORK, name, "first step") for name in names),
        Process(f"{FIRST_NETWORK}{CACHED}", OURS, "first step", cached=True),
        Process(SECOND_NETWORK, OURS, "next network"),
        Process(f"{SECOND_NETWORK}{CACHED}", OURS, "next network", cached=True),
        Process(COMPILING, OURS, "compile"),
        Process(f"{COMPILING}{CACHED}", OURS, "compile", cached=True),
    ]


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Seconds of each process, taking turns in shuffled order, of the cases that contain ``case``.

    Raises:
        ArithmeticError: a process trained to another loss.
    """
    chosen = [process for process in processes(contestants) if case in process.case]
    samples: dict[Process, list[float]] = {process: [] for process in chosen}
    problem, rng = short_problem(), random.Random(0)
    expected = problem.loss_of(NumpyTrainer.whole(problem, STEPS))
    with tempfile.TemporaryDirectory() as kept:
        for turn in range(WARM_UP + rounds):
            print(f"  whole processes: round {turn + 1} of {WARM_UP + rounds}", file=sys.stderr, flush=True)
            for process in rng.sample(chosen, len(chosen)):
                with cache_folder(kept if process.cached else None) as folder:
                    seconds = _seconds(process, folder, expected)
                if turn >= WARM_UP:
                    samples[process].append(seconds)
    return [
        Measurement(process.case, process.contestant, "seconds", times) for process, times in samples.items()
    ]


@contextmanager
def cache_folder(kept: str | None) -> Iterator[str]:
    """The folder that is kept, or an empty one."""
    if kept:
        yield kept
        return
    with tempfile.TemporaryDirectory() as empty:
        yield empty


def _seconds(process: Process, folder: str, expected: float) -> float:
    command = [sys.executable, "-m", "benchmarks.processes", process.contestant, process.task]
    environment = os.environ | dict.fromkeys(CACHES, folder)
    start = perf_counter()
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    wall = perf_counter() - start
    found: Mapping[str, float] = json.loads(output)
    if process.task != "run":
        return found["seconds"]
    if not abs(found["loss"] / expected - 1) <= TOLERANCE:  # also where it is NaN
        raise ArithmeticError(f"{process}: the loss is {found['loss']}, by hand {expected}")
    return wall


def main(name: str, task: str) -> None:
    """Do a contestant's task and print what it found as JSON."""
    (contestant,) = (who for who in CONTESTANTS if who.name == name)
    trainer = contestant.prepare("processes")
    if task == "run":
        problem = short_problem()
        print(json.dumps({"loss": problem.loss_of(trainer.whole(problem, STEPS))}))
        return
    if task != "first step":
        trainer(short_problem()).train(1)
    seconds = _first_step(trainer, wide_problem() if task == "compile" else deep_problem())
    if task == "compile":  # the same once more, with the step compiled, takes all but that
        seconds -= _first_step(trainer, wide_problem())
    print(json.dumps({"seconds": seconds}))


def _first_step(trainer: type[Trainer], problem: Training) -> float:
    """Seconds from a problem to the end of its first step."""
    start = perf_counter()
    trainer(problem).train(1)
    return perf_counter() - start


if __name__ == "__main__":
    main(*sys.argv[1:])
