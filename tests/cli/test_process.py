"""The program as a process of its own: exit status, streams, a terminal, Ctrl-C."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import chainrule as cr

PROGRAM = Path(sys.executable).with_name("chainrule")


def start(*arguments: object, **settings: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([str(PROGRAM), *map(str, arguments)], **settings)


def finished(*arguments: object, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, **settings)


def test_train_then_predict(folder, shapes) -> None:
    trained = finished("train", shapes, "--target", "large", "-o", "model")
    assert (trained.returncode, trained.stderr) == (0, "")
    predicted = finished("predict", "model", shapes)
    assert predicted.returncode == 0
    assert len(predicted.stdout.splitlines()) == 81


def test_a_mistake(folder) -> None:
    result = finished("train", "nothing.csv", "--target", "y")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "Error: there is no file nothing.csv\n"


def test_a_reader_that_has_enough(folder, cloud) -> None:
    finished("latent", "fit", cloud, "-o", "p")
    writer = start("latent", "sample", "p", "-n", 50_000, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"u,v,w\n"
    writer.stdout.close()
    assert writer.wait() in (0, 1)
    assert b"Traceback" not in writer.stderr.read()
    writer.stderr.close()


def test_a_terminal_without_our_letters(folder, shapes) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    result = finished("train", shapes, "--target", "large", "--epochs", 1, env=environment)
    assert (result.returncode, result.stderr) == (0, "")
    assert "network   4 ? 32 ? 32 ? 2" in result.stdout


def test_ctrl_c_keeps_what_was_learnt(folder, shapes) -> None:
    """On a terminal the progress bar says when an epoch is complete: then the interrupt comes."""
    ours, theirs = pty.openpty()
    slow = (
        "--learning-rate",
        1e-9,
        "--epochs",
        10_000_000,
    )  # the validation loss falls, if little, each epoch
    training = start("train", shapes, "--target", "large", *slow, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    assert "validation" in read_until(ours, "validation")
    training.send_signal(signal.SIGINT)
    rest = read_until(ours, None)
    output, _ = training.communicate()
    os.close(ours)
    assert training.returncode == 130
    assert b"interrupted" in output
    assert "Error: interrupted: what was learnt until then is in shapes-model; to go on: " in rest
    assert "train --resume shapes-model" in rest
    model = cr.load("shapes-model")
    assert model.target.classes == ("no", "yes")
    history = cr.io.read_history("shapes-model/history.jsonl")
    assert 0 < len(history) < 10_000_000
    assert not [path for path in folder.iterdir() if path.name.endswith(".tmp")]


def read_until(terminal: int, word: str | None) -> str:
    """What a terminal shows until a word comes, or until the program at its other end closes it."""
    seen = ""
    while word is None or word not in seen:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the way in which Linux says that the other end is closed
            break
        if not piece:
            break
        seen += piece.decode()
    return seen
