"""Threads that wait for work, all of them started."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait


def started_pool(name: str, workers: int) -> ThreadPoolExecutor:
    """Threads that already run: an executor that Ctrl-C stops while it starts one would wait for it for ever
    at the end of the process, unless nobody has that executor."""
    executor = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=name)
    together = threading.Barrier(workers)
    wait([executor.submit(together.wait, timeout=1) for _ in range(workers)])
    return executor
