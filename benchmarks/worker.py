"""Runs benchmarks inside the peers' environment: ``python -m benchmarks.worker ROUNDS FRESH NAME...``.

Prints one JSON object: the machine, what is missing and why, and the measurements.
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
    where = machine.describe()
    measurements: list[Measurement] = []
    for name, count in rounds.items():
        print(name, file=sys.stderr, flush=True)
        measurements += BENCHMARKS[name](present, count)
    results = [asdict(measurement) for measurement in measurements]
    json.dump({"date": date, "machine": where, "missing": missing, "measurements": results}, sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
