"""Runs benchmarks inside the peers' environment: ``python -m benchmarks.worker ROUNDS``.

ROUNDS is JSON: for each benchmark its number of rounds. Prints one JSON object: the machine, what is
missing and why, and the measurements.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from . import gradients, machine, startup
from .contestants import CONTESTANTS, OURS
from .measurement import Measurement

BENCHMARKS = {"gradients": gradients.measure, "startup": startup.measure}


def main(rounds: dict[str, int]) -> None:
    """Run the named benchmarks, each with its number of rounds."""
    date = datetime.now(UTC).isoformat(timespec="seconds")
    missing = {who.name: reason for who in CONTESTANTS if (reason := who.why_missing())}
    if OURS in missing:
        raise SystemExit(f"{OURS} cannot be imported: {missing[OURS]}")
    present = [who for who in CONTESTANTS if who.name not in missing]
    where, load_before = machine.describe(), machine.load()
    measurements: list[Measurement] = []
    for name, count in rounds.items():
        print(name, file=sys.stderr, flush=True)
        measurements += BENCHMARKS[name](present, count)
    run = {
        "date": date,
        "machine": where,
        "load": [load_before, machine.load()],  # before and after: a run itself adds one
        "missing": missing,
        "measurements": [asdict(measurement) for measurement in measurements],
    }
    json.dump(run, sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
