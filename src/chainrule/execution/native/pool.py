"""Threads that wait for work, all of them started."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def threads() -> int:
    """How many threads compute together: one for each processor that this process may use, or fewer where
    ``OMP_NUM_THREADS`` says so, which may list more numbers, for threads within threads."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return min(available, int(wanted)) if wanted.isdecimal() and int(wanted) else available


def helpers() -> ThreadPoolExecutor | None:
    """The threads that help the one that computes, if they could be started; a process that was forked has
    its own."""
    return _helpers(os.getpid())


@lru_cache(maxsize=1)
def _helpers(process: int) -> ThreadPoolExecutor | None:
    return started_pool(f"chainrule-{process}", workers=max(1, threads() - 1))


def started_pool(name: str, workers: int) -> ThreadPoolExecutor | None:
    """Threads that already run: an executor that Ctrl-C stops while it starts one would wait for it for ever
    at the end of the process, unless nobody has that executor. None where the system has no more threads."""
    executor = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=name)
    together = threading.Barrier(workers)
    try:
        wait([executor.submit(together.wait, timeout=1) for _ in range(workers)])
    except RuntimeError:  # a thread does not start
        executor.shutdown(wait=False)
        return None
    return executor


def begun(
    pool: ThreadPoolExecutor, work: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
) -> Future[Result] | None:
    """What one of the pool's threads does from now on; None where Python is ending and they have ended."""
    try:
        return pool.submit(work, *args, **kwargs)
    except RuntimeError:
        return None
