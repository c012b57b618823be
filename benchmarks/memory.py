"""Memory while training, above the data and the imported library: the most held in few steps and in many.

A contestant's process is ``python -m benchmarks.memory NAME STEPS``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .contestants import CONTESTANTS, Contestant, taking_part
from .measurement import Measurement
from .networks import Training, classifier
from .probe import peak_memory

STEPS = (50, 150)
SLOTS = 2  # of Adam, each as large as the parameters
SPARE = 64 * 2**20
PEAK_RESET = Path("/proc/self/clear_refs")


def problem() -> Training:
    """The network trained, whose parameters weigh more than its activations."""
    return classifier((256, 1024, 1024, 10), 256, "float32", "Adam")


def case_of(steps: int) -> str:
    """What so many steps are called in the table."""
    return f"memory above data and import, {steps} steps: {problem()}"


def allowed() -> int:
    """Bytes for the parameters, the optimiser's slots, a batch's activations, and some to spare."""
    trained = problem()
    parameters = sum(array.nbytes for array in trained.parameters)
    activations = trained.batch * sum(trained.sizes) * trained.X.itemsize
    return parameters * (1 + SLOTS) + activations + SPARE


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """The most memory in each number of steps, of the cases that contain ``case``."""
    found = []
    for steps in STEPS:
        if case not in case_of(steps):
            continue
        for who in taking_part(contestants, "processes"):
            print(f"  {case_of(steps)}: {who.name}", file=sys.stderr, flush=True)
            peaks = [_peak(who, steps) for _ in range(rounds)]
            found.append(Measurement(case_of(steps), who.name, "bytes", peaks))
    return found


def _peak(who: Contestant, steps: int) -> int:
    command = [sys.executable, "-m", "benchmarks.memory", who.name, str(steps)]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main(name: str, steps: int) -> None:
    """Train and print by how much the most memory held since then exceeds that held before."""
    (contestant,) = (who for who in CONTESTANTS if who.name == name)
    trainer, trained = contestant.prepare("processes"), problem()
    if PEAK_RESET.exists():
        PEAK_RESET.write_text("5", encoding="ascii")  # forget the peak of the import
    before = peak_memory()
    trainer.whole(trained, steps)
    print(peak_memory() - before)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
