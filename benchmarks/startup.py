"""What a fresh process pays: the import, the first gradient and the memory, in processes that take turns."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Sequence

from .contestants import Contestant, taking_part
from .measurement import Measurement
from .problems import FRESH

Probe = tuple[Contestant, str]  # with the driver that computes a gradient, or "" for the import alone
Costs = dict[Probe, list[dict[str, float]]]

WARM_UP = 1  # rounds that bring the files into memory


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Import time of each package, time to the first gradient with each driver, and the memory of both.

    Of these, the cases that contain ``case``.
    """
    by_package = {
        who.package: who for who in reversed(contestants)
    }  # a package is imported once, not per driver
    imports = [(who, "") for who in contestants if by_package[who.package] is who]
    gradients = [(who, who.drivers["gradients"]) for who in taking_part(contestants, "gradients")]
    costs = _in_turns(imports + gradients, rounds)
    found = [
        *_column("import", "seconds", imports, costs),
        *_column(f"first gradient of a process: {FRESH}", "seconds", gradients, costs),
        *_column("peak memory after the import", "bytes", imports, costs),
        *_column(f"peak memory after a gradient: {FRESH}", "bytes", gradients, costs),
    ]
    return [measurement for measurement in found if case in measurement.case]


def _in_turns(probes: Sequence[Probe], rounds: int) -> Costs:
    """What each process pays, a process of each kind in every round, in shuffled order."""
    costs: Costs = {probe: [] for probe in probes}
    rng = random.Random(0)
    for turn in range(WARM_UP + rounds):
        print(f"  fresh processes: round {turn + 1} of {WARM_UP + rounds}", file=sys.stderr, flush=True)
        for probe in rng.sample(probes, len(probes)):
            cost = _run(probe)
            if turn >= WARM_UP:
                costs[probe].append(cost)
    return costs


def _run(probe: Probe) -> dict[str, float]:
    contestant, driver = probe
    command = [sys.executable, "-m", "benchmarks.probe", contestant.package, *([driver] if driver else [])]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    cost: dict[str, float] = json.loads(output)
    return cost


def _column(case: str, unit: str, probes: Sequence[Probe], costs: Costs) -> list[Measurement]:
    return [Measurement(case, probe[0].name, unit, [cost[unit] for cost in costs[probe]]) for probe in probes]
