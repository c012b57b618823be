"""``python -m benchmarks.frameworks``: every case in the peers' environment; status 1 where one differs."""

from __future__ import annotations

import argparse
import subprocess
import sys

from .. import environment


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frameworks", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="where the points are drawn from")
    seed = str(parser.parse_args().seed)
    environment.prepare()
    command = [str(environment.python()), "-m", "benchmarks.frameworks.run", seed]
    return subprocess.run(
        command, check=False, cwd=environment.PROJECT, env=environment.variables(None)
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
