"""What the fuzz tests share: little memory, no hangs, and what counts as a clear error."""

from __future__ import annotations

import os
import resource
import signal
import tempfile
import warnings
from pathlib import Path

import pytest

from chainrule.errors import LONGEST_LINE, ChainruleError

#: Beyond what the process has mapped already: the files are of some kilobytes.
MEMORY = 1 << 28
#: A case takes a few milliseconds, so this is a hang.
SECONDS = 60


@pytest.fixture
def quick_path(tmp_path):
    """A folder in memory, where there is one: files are written anew ten thousand times."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def refused():
    """Runs a case: whether it was refused, clearly, on one line. Any other exception is a failure.

    It may not map more memory than a small file is worth (a table: not use more, since what reads it reserves
    addresses without using them), and may not take for ever.
    """
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limits = resource.getrlimit(resource.RLIMIT_AS)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def attempt(case, *arguments, reserves=False):
        if not reserves:
            resource.setrlimit(resource.RLIMIT_AS, (mapped + MEMORY, limits[1]))
        signal.alarm(SECONDS)
        try:
            case(*arguments)
        except ChainruleError as error:
            line = error.one_line()
            assert line
            assert "\n" not in line
            assert len(line) <= LONGEST_LINE
            return True
        finally:
            signal.alarm(0)
            resource.setrlimit(resource.RLIMIT_AS, limits)
        return False

    before = signal.signal(signal.SIGALRM, hang)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield attempt
    signal.signal(signal.SIGALRM, before)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used) * 1024 < MEMORY


def hang(*_):
    raise AssertionError(f"a case has not ended after {SECONDS} s")
