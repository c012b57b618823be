"""Training beside processes that keep every core busy: its own choice of threads against one thread."""

from __future__ import annotations

import sys

from .contestants import Contestant
from .load import busy_processes
from .measurement import Measurement
from .networks import classifier
from .peak import available_cores, fastest
from .players import players, train
from .sampling import in_turns

Network = tuple[tuple[int, ...], int, str]

OPTIMISER = "SGD"
TURN_SECONDS = 0.3  # of a core at its peak: for some hundredths the system favours a process that has waited
NETWORKS: tuple[Network, ...] = (
    ((64, 128, 10), 32, "float32"),
    ((784, 256, 128, 10), 128, "float32"),
    ((256, 1024, 1024, 10), 256, "float32"),
)


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Seconds a step beside as many busy processes as there are cores."""
    measurements = []
    for network in NETWORKS:
        name = case_of(network)
        if case not in name:
            continue
        print(f"  {name}", file=sys.stderr, flush=True)
        problem = classifier(*network, OPTIMISER)
        problem = problem.with_calls_of(TURN_SECONDS * fastest(problem.dtype))
        playing = players(contestants, "crowd", train, "crowd", problem)
        with playing as taking_turns, busy_processes(available_cores()):
            samples = in_turns(taking_turns, rounds)
        measurements += [Measurement(name, who, "seconds", seconds) for who, seconds in samples.items()]
    return measurements


def case_of(network: Network) -> str:
    """What a network's training is called in the table."""
    sizes, batch, dtype = network
    return f"beside busy processes: {'-'.join(map(str, sizes))}, batch {batch}, {dtype}, {OPTIMISER}"
