"""The lock of a run's folder."""

import os
import signal
import subprocess
import sys

import pytest

from chainrule.errors import RunError
from chainrule.runs import Run
from chainrule.runs.lock import LOCK, FolderLock, in_use

HOLD = """
import sys, time
from pathlib import Path
from chainrule.runs.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


def test_one_holder_at_a_time(tmp_path):
    lock = FolderLock(tmp_path)
    assert in_use(tmp_path)
    with pytest.raises(RunError, match="is in use by this very process"):
        FolderLock(tmp_path)
    lock.close()
    assert not in_use(tmp_path)
    FolderLock(tmp_path).close()


def test_another_process_that_is_killed_lets_go(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    assert in_use(tmp_path)
    with pytest.raises(RunError, match=f"is in use by process {holder.pid}"):
        FolderLock(tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert (tmp_path / LOCK).read_bytes() == str(holder.pid).encode()  # the file stays, the lock does not
    assert not in_use(tmp_path)
    FolderLock(tmp_path).close()


@pytest.mark.parametrize("content", [b"", b"junk", b"\xff" * 100, b"0"])
def test_what_is_in_the_file_is_no_lock(tmp_path, content):
    (tmp_path / LOCK).write_bytes(content)
    assert not in_use(tmp_path)
    lock = FolderLock(tmp_path)
    assert in_use(tmp_path)
    lock.close()


def test_a_folder_without_one(tmp_path):
    assert not in_use(tmp_path)
    assert not in_use(tmp_path / "nowhere")


def test_a_pipe_in_its_place_is_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / LOCK)
    assert not in_use(tmp_path)
    with pytest.raises(RunError, match="is not a file"):
        FolderLock(tmp_path)


def test_a_lock_that_cannot_be_opened(tmp_path):
    (tmp_path / LOCK).symlink_to(tmp_path / "nowhere" / "else")  # stands for one of another user
    with pytest.raises(RunError, match=f"{LOCK} cannot be written"):
        Run(tmp_path).open()
