"""How much memory this process may have."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

#: Where Linux tells of the groups that share a limit: containers, services and batch jobs.
GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
#: The limit's file, of both versions.
LIMITS = ("memory.max", "memory.limit_in_bytes")


def memory_limit() -> int | None:
    """Bytes: the machine's memory, or what its groups or its user allow it where that is less.

    ``None`` where the system does not tell.
    """
    return min([*_machine(), *_of_groups(), *_of_process()], default=None)


def _machine() -> Iterator[int]:
    if hasattr(os, "sysconf"):
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _of_groups() -> Iterator[int]:
    """The limit of the group that this process is in, and of those that hold it."""
    try:
        lines = OWN.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    first, second = GROUPS / "memory", GROUPS
    folders = {first, second}
    for line in lines:  # such as 0::/a/b of the second version, 4:memory:/a/b of the first
        _, controllers, path = f"{line}::".split(":")[:3]
        top = second if not controllers else first if "memory" in controllers.split(",") else None
        if top is not None:
            own = top / path.lstrip("/")
            folders |= {own, *own.parents}
    for folder in folders:
        for name in LIMITS:
            try:
                written = (folder / name).read_text(encoding="ascii").strip()
            except (OSError, UnicodeDecodeError):
                continue
            if written.isdecimal():  # else it is "max"
                yield int(written)


def _of_process() -> Iterator[int]:
    if sys.platform == "win32":
        return
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        yield soft
