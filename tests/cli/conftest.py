"""What the tests of the command line share."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click.testing
import numpy as np
import pytest

from chainrule.cli import main


@dataclass(frozen=True)
class Outcome:
    status: int
    stdout: str
    stderr: str

    @property
    def facts(self) -> dict[str, Any]:
        return json.loads(self.stdout)


@pytest.fixture(scope="session", autouse=True)
def no_uv_run() -> Iterator[None]:
    """What the program tells to type depends on how it was started, here not on how the tests were."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("UV", raising=False)
        patch.delenv("UV_RUN_RECURSION_DEPTH", raising=False)
        yield


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder) -> Callable[..., Outcome]:
    """Runs the program in that folder; an exception that is no exit is raised, as a user would see it."""

    def call(*arguments: object) -> Outcome:
        result = click.testing.CliRunner().invoke(main, [str(each) for each in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture(scope="session")
def kept() -> dict[tuple[Path, str], tuple[Path, Any]]:
    """Folders that :func:`once` has kept, and what was given when they were made."""
    return {}


@pytest.fixture
def once(folder, kept, request, tmp_path_factory) -> Callable[[str, Callable[[], Any]], Any]:
    """Makes something in that folder; the file's tests that ask for it by the same name get a copy of it."""

    def call(name: str, make: Callable[[], Any]) -> Any:
        key = (request.path, name)
        if key in kept:
            shutil.copytree(kept[key][0], folder, dirs_exist_ok=True)
        else:
            given = make()
            kept[key] = (shutil.copytree(folder, tmp_path_factory.mktemp("kept") / "folder"), given)
        return kept[key][1]

    return call


@pytest.fixture
def refused(run, folder) -> Callable[..., str]:
    """Runs the program, requires one line on standard error, status 2 and no file changed; gives the line."""

    def call(*arguments: object) -> str:
        before = snapshot(folder)
        outcome = run(*arguments)
        assert (outcome.status, outcome.stdout, outcome.stderr.count("\n")) == (2, "", 1), outcome
        assert outcome.stderr.startswith("Error: ")
        assert snapshot(folder) == before
        return outcome.stderr

    return call


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file's content, hidden ones too, and the folders."""
    paths = sorted(folder.rglob("*"))
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in paths}


@pytest.fixture
def shapes(folder) -> Path:
    """A table of three kinds of columns: whether a shape is large follows from its size alone."""
    rng = np.random.default_rng(5)
    lines = ["size,colour,round,large"]
    for size in rng.uniform(0, 10, 80).round(2):
        colour, is_round = rng.choice(["red", "blue"]), rng.choice(["true", "false"])
        lines.append(f"{size},{colour},{is_round},{'yes' if size > 5 else 'no'}")
    return write(folder / "shapes.csv", lines)


@pytest.fixture
def line(folder) -> Path:
    """A table whose y is 3 a - 2 b + 100 exactly."""
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(120, 2)).round(3)
    return write(
        folder / "line.csv", ["a,b,y", *[f"{a},{b},{3 * a - 2 * b + 100}" for a, b in rows.tolist()]]
    )


@pytest.fixture
def cloud(folder) -> Path:
    """A table of correlated numbers: from a Gaussian, so that densities fit it."""
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(200, 3)) @ np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 0.5], [0.0, 0.0, 0.3]]) + [
        1,
        2,
        3,
    ]
    return write(folder / "cloud.csv", ["u,v,w", *[",".join(map(str, row)) for row in rows.tolist()]])


@pytest.fixture
def source(folder, monkeypatch) -> Callable[..., Path]:
    """Writes lines of Python to a file in that folder; what loading adds to Python's path is taken back."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    return lambda name, *lines: write(folder / name, list(lines))


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return Path(path.name)
