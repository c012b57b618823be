"""Processes that keep the cores busy while something is timed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BUSY = "import os; parent = os.getppid()\nwhile os.getppid() == parent: sum(range(10_000))"  # outlives none


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """That many processes which compute without end, on whatever core the system puts them."""
    processes = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
