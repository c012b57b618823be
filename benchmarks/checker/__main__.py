"""The command: measures the gradient check, beside its peers, on what is drawn from a seed."""

from __future__ import annotations

import argparse
import json
import subprocess
from typing import Any

from .. import environment

COUNTS = {
    "smooth functions": 10_500,
    "kinks": 5_000,
    "location": 100,
    "diagnosis": 60,
    "speed": 1,
    "peers": 10,
}
RESULTS = environment.HERE / "results"


def main() -> None:
    """Measure what was asked for, print it as a table and keep it in benchmarks/results/."""
    options = _options()
    environment.prepare()
    counts = {options.only: COUNTS[options.only]} if options.only else COUNTS
    counts = {name: max(1, count // options.divide) for name, count in counts.items()}
    worker = subprocess.run(
        [str(environment.python()), "-m", "benchmarks.checker.worker", str(options.seed), json.dumps(counts)],
        cwd=environment.PROJECT,
        env=environment.variables(1),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if worker.returncode:
        raise SystemExit(worker.returncode)
    text = table(json.loads(worker.stdout))
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"checker-seed-{options.seed}.md").write_text(text + "\n", encoding="utf-8")


def table(run: dict[str, Any]) -> str:
    """Every measure as a table in Markdown, with the seed."""
    parts = [f"seed {run['seed']}"]
    for name, found in run["figures"].items():
        columns = found.get("columns", ["", name])
        rows = found.get("rows") or [[key, value] for key, value in found.items()]
        lines = [columns, ["---"] * len(columns), *rows]
        parts.append("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines))
    return "\n\n".join(parts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.checker",
        description="Measure the gradient check on functions, points and mistakes drawn from a seed.",
        epilog="example: python -m benchmarks.checker --seed 7 --only kinks --divide 10",
    )
    parser.add_argument("--seed", type=int, default=0, help="what everything is drawn from; default: 0")
    parser.add_argument("--only", choices=COUNTS, help="one measure instead of all")
    parser.add_argument("--divide", type=int, default=1, help="look at so many times fewer cases")
    return parser.parse_args()


if __name__ == "__main__":
    main()
