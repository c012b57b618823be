"""The command: makes the peers' environment on first use, runs the benchmarks in it, prints the table."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

from . import environment
from .table import report, with_spread

RESULTS = environment.HERE / "results"
ROUNDS = {"gradients": 101, "startup": 9}


def main() -> None:
    """Run the benchmarks asked for and keep what they found in benchmarks/results/."""
    options = _options()
    environment.prepare()
    rounds = {name: options.rounds or ROUNDS[name] for name in ([options.only] if options.only else ROUNDS)}
    worker = subprocess.run(
        [str(environment.python()), "-m", "benchmarks.worker", json.dumps(rounds)],
        cwd=environment.PROJECT,
        env=environment.variables(options.threads),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if worker.returncode:
        raise SystemExit(worker.returncode)
    run = json.loads(worker.stdout) | {"threads": options.threads, "rounds": rounds}
    text = report(run, with_spread)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / run["date"].replace(":", "")
    path.with_suffix(".json").write_text(json.dumps(run, indent=1), encoding="utf-8")
    path.with_suffix(".md").write_text(text + "\n", encoding="utf-8")
    print(f"written: {path.relative_to(environment.PROJECT)}.json and .md", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time Chainrule beside its peers, in turns, in one run.",
        epilog="example: python -m benchmarks --only gradients --rounds 11",
    )
    parser.add_argument("--only", choices=ROUNDS, help="one benchmark instead of all")
    parser.add_argument("--rounds", type=int, help="samples of each cell; default: " + json.dumps(ROUNDS))
    parser.add_argument("--threads", type=int, default=1, help="threads of every library; default: 1")
    return parser.parse_args()


if __name__ == "__main__":
    main()
