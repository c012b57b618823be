"""Runs a benchmark inside the peers' environment: ``python -m benchmarks.worker NAME ROUNDS CASE``.

Prints one JSON object: the machine, its load, what is missing and why, and the measurements.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib import import_module

from . import machine
from .contestants import CONTESTANTS, OURS
from .measurement import Measurement


def main(name: str, rounds: int, case: str) -> None:
    """Run the named benchmark, ``measure`` of its module, on the cases that contain a text."""
    missing = {who.name: reason for who in CONTESTANTS if (reason := who.why_missing())}
    if OURS in missing:
        raise SystemExit(f"{OURS} cannot be imported: {missing[OURS]}")
    present = [who for who in CONTESTANTS if who.name not in missing]
    where, load_before = machine.describe(), machine.load()
    print(name, file=sys.stderr, flush=True)
    measurements: list[Measurement] = import_module(f".{name}", __package__).measure(present, rounds, case)
    found = {
        "machine": where,
        "load": [load_before, machine.load()],  # before and after: a run itself adds one
        "missing": missing,
        "measurements": [asdict(measurement) for measurement in measurements],
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
