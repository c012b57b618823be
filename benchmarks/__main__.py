"""The command: makes the peers' environment on first use, runs the benchmarks in it, prints the tables."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from subprocess import CompletedProcess
from typing import Any

from . import environment
from .load import busy_processes
from .table import report, with_spread

RESULTS = environment.HERE / "results"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a benchmark is run unless told otherwise: samples of each cell, and threads of every library."""

    rounds: int
    threads: int | None  # None: what each library chooses itself


BENCHMARKS = {
    "training": Settings(11, None),
    "layers": Settings(11, None),
    "prediction": Settings(101, None),
    "processes": Settings(3, None),
    "memory": Settings(1, None),
    "crowd": Settings(11, None),
    "gradients": Settings(51, 1),
    "jacobians": Settings(21, 1),
    "latent": Settings(5, None),
    "tables": Settings(5, None),
    "flows": Settings(3, None),
    "vae": Settings(3, None),
    "estimators": Settings(3, None),
    "startup": Settings(4, 1),
}


def main() -> None:
    """Run the benchmarks asked for and keep what they found in benchmarks/results/."""
    options = _options()
    environment.prepare()
    found = {name: _found(name, options) for name in options.only or BENCHMARKS}
    first = next(iter(found.values()))
    run = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": first["machine"],
        "missing": first["missing"],
        "benchmarks": found,
    }
    text = report(run, with_spread)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / run["date"].replace(":", "")
    path.with_suffix(".json").write_text(json.dumps(run, indent=1), encoding="utf-8")
    path.with_suffix(".md").write_text(text + "\n", encoding="utf-8")
    print(f"written: {path.relative_to(environment.PROJECT)}.json and .md", file=sys.stderr)
    if _in_environment("plot", f"{path}.json", str(path)).returncode:
        raise SystemExit("the picture could not be drawn")


def _found(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """What a benchmark found, in a process of its own."""
    settings = BENCHMARKS[name]
    rounds, threads = options.rounds or settings.rounds, options.threads or settings.threads
    with busy_processes(options.beside_load):
        worker = _in_environment("worker", name, str(rounds), options.case, threads=threads)
    if worker.returncode:
        raise SystemExit(worker.returncode)
    found: dict[str, Any] = json.loads(worker.stdout)
    return found | {"threads": threads, "rounds": rounds, "busy": options.beside_load}


def _in_environment(module: str, *arguments: str, threads: int | None = None) -> CompletedProcess[str]:
    """Run a module of ``benchmarks`` in the peers' environment."""
    return subprocess.run(
        [str(environment.python()), "-m", f"benchmarks.{module}", *arguments],
        cwd=environment.PROJECT,
        env=environment.variables(threads),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time Chainrule beside its peers, in turns, in one run.",
        epilog="example: python -m benchmarks --only training --case 64-128-10 --rounds 5",
    )
    rounds = ", ".join(f"{settings.rounds} of {name}" for name, settings in BENCHMARKS.items())
    parser.add_argument("--only", choices=BENCHMARKS, nargs="+", help="these benchmarks instead of all")
    parser.add_argument("--case", default="", help="only the cases whose text contains this")
    parser.add_argument("--rounds", type=int, help=f"samples of each cell; default: {rounds}")
    parser.add_argument(
        "--threads", type=int, help="threads of every library; default: 1, or for training its own choice"
    )
    busy = "run beside so many processes that are always busy; without a number, one for each core"
    parser.add_argument(
        "--beside-load", type=int, nargs="?", default=0, const=os.cpu_count(), metavar="N", help=busy
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
