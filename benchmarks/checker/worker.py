"""Measures in this process: ``python -m benchmarks.checker.worker SEED JSON``, JSON a count by measure."""

from __future__ import annotations

import json
import sys

from . import figures, peers


def main(seed: int, counts: dict[str, int]) -> None:
    """Print one JSON object: the figures of every measure asked for."""
    measures = figures.MEASURES | {"peers": peers.compared}
    found = {}
    for name, count in counts.items():
        print(f"{name}, seed {seed}", file=sys.stderr, flush=True)
        found[name] = measures[name](seed, count)
    json.dump({"seed": seed, "figures": found}, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
