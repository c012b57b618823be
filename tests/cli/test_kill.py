"""``kill -9`` at random moments, then ``--resume``: the same bits as a run that nothing happened to."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chainrule.io import read_history

PROGRAM = Path(sys.executable).with_name("chainrule")
OPTIONS = ("--target", "large", "--checkpoint-every", "0", "--epochs", "150", "--hidden", "256,256")
#: So many kills in the tests; CHAINRULE_KILLS in the environment asks for more.
KILLS = int(os.environ.get("CHAINRULE_KILLS", "3"))


def start(*arguments: object) -> subprocess.Popen[bytes]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([str(PROGRAM), "train", *map(str, arguments)], **pipes)


def finish(*arguments: object) -> None:
    process = start(*arguments)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()


def result(folder: Path) -> tuple[object, ...]:
    """What a run has come to: everything but how long it took."""
    times = {"seconds"}
    history = [
        {name: value for name, value in record.items() if name not in times}
        for record in read_history(folder / "history.jsonl")
    ]
    return (folder / "model.safetensors").read_bytes(), history


def killed_and_resumed(table: Path, folder: Path, kills: int, rng: random.Random) -> int:
    """Train to the end, killed so many times on the way at the most; how often it was."""
    done = 0
    while done < kills:
        begun = (folder / "run.json").exists()
        process = start(*(("--resume", folder) if begun else (table, *OPTIONS, "-o", folder)))
        before = modified(folder)
        while process.poll() is None and modified(folder) == before:  # until it has come so far as to write
            time.sleep(0.001)
        time.sleep(rng.expovariate(5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode == 0:
            return done
        assert process.returncode == -signal.SIGKILL
        done += 1
    finish("--resume", folder)
    return done


def modified(folder: Path) -> int:
    """When its history was last begun."""
    try:
        return (folder / "history.jsonl").stat().st_ino
    except FileNotFoundError:
        return 0


@pytest.mark.slow
def test_killed_at_random_moments(folder, shapes) -> None:
    finish(shapes, *OPTIONS, "-o", "expected")
    assert killed_and_resumed(shapes, Path("killed"), KILLS, random.Random(KILLS))
    assert result(Path("killed")) == result(Path("expected"))
    assert not list(Path("killed").rglob("*.tmp"))
