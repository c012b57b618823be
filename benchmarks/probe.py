"""What a fresh process pays, as JSON: run as ``python -m benchmarks.probe PACKAGE [DRIVER]``.

Before the clock starts, nothing is imported that the package might need too.
"""

import sys
from time import perf_counter


def main(package: str, driver: str = "") -> None:
    """Import the package, and compute one gradient if there is a driver."""
    start = perf_counter()
    getattr(__import__(package), "value_and_grad", None)  # Chainrule imports it, and what it needs, then
    seconds = perf_counter() - start
    if driver:
        seconds = _first_gradient(package, driver)
    print(f'{{"seconds": {seconds}, "bytes": {peak_memory()}}}')


def _first_gradient(package: str, driver: str) -> float:
    """Seconds from NumPy arrays to the gradient, the library being imported."""
    from .contestants import Contestant
    from .problems import FRESH, Task

    gradient_call = Contestant(package, package, {"gradients": driver}).prepare("gradients")
    start = perf_counter()
    gradient_call(FRESH, Task())()
    return perf_counter() - start


def peak_memory() -> int:
    """The most memory that this process has held, in bytes."""
    from pathlib import Path

    status = Path("/proc/self/status")
    if status.exists():  # Linux's ru_maxrss begins with that of the parent process
        (peak,) = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(peak) * 1024
    import resource

    peak_rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_rss if sys.platform == "darwin" else peak_rss * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
