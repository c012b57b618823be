"""``chainrule derive``."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from chainrule.cli import main

SOURCE = """
import numpy as np
import chainrule as cr


def J(W, x, y):
    yhat = cr.name(W @ x, "yhat")
    return 0.5 * np.sum((yhat - y) ** 2)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "net.py").write_text(SOURCE)
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "p.npz", W=rng.normal(size=(3, 2)), x=rng.normal(size=2), y=rng.normal(size=3))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, ["derive", "net.py:J", *arguments])


def test_text(folder):
    result = run("--wrt", "W", "--at", "p.npz")
    assert result.exit_code == 0, result.output
    assert "∇_W J = (ŷ − y) xᵀ" in result.output


@pytest.mark.parametrize("columns", [60, 120])
def test_text_is_as_wide_as_the_terminal_and_files_are_not(folder, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    longest = max(map(len, run("--wrt", "W", "--at", "p.npz").output.splitlines()))
    assert columns - 25 < longest <= columns
    run("--wrt", "W", "--at", "p.npz", "-o", "out.txt")
    in_file = max(map(len, (folder / "out.txt").read_text().splitlines()))
    assert 75 < in_file <= 100


def test_shapes_instead_of_a_point(folder):
    result = run("--wrt", "W", "--shape", "W=3,2", "--shape", "x=2", "--shape", "y=3", "--level", "result")
    assert result.exit_code == 0, result.output
    assert "∇_W J = (ŷ − y) xᵀ" in result.output
    assert "a random point" in result.output


@pytest.mark.parametrize(
    ("ending", "start"), [(".tex", r"\documentclass"), (".html", "<!DOCTYPE"), (".txt", "∇_W")]
)
def test_a_file_is_written_as_its_name_ends(folder, ending, start):
    assert run("--wrt", "W", "--at", "p.npz", "--level", "result", "-o", f"J{ending}").exit_code == 0
    assert (folder / f"J{ending}").read_text().lower().startswith(start.lower())


def test_files(folder):
    for form, start in (
        ("latex", r"\documentclass"),
        ("html", "<!DOCTYPE html>"),
        ("python", "import numpy"),
    ):
        result = run("--wrt", "W", "--at", "p.npz", "--format", form, "-o", f"out.{form}")
        assert result.exit_code == 0, result.output
        assert (folder / f"out.{form}").read_text().startswith(start)


def test_json(folder):
    facts = json.loads(run("--wrt", "W", "--at", "p.npz", "--level", "result", "--json").output)
    assert facts["steps"][-1]["equation"] == "∇_W J = (ŷ − y) xᵀ"
    assert np.shape(facts["steps"][-1]["value"]) == (3, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--wrt", "W"], "neither a point nor shapes"),
        (["--wrt", "V", "--at", "p.npz"], "wrt='V'"),
        (["--wrt", "W", "--shape", "W:3"], "NAME=3,2"),
        (["--wrt", "W", "--shape", "W=3,2", "--at", "p.npz"], "both"),
        (["--wrt", "W", "--at", "p.npz", "-o", "net.py"], "would replace"),
    ],
)
def test_refusals(folder, arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert (folder / "net.py").read_text() == SOURCE


def test_neither_a_point_nor_shapes(folder):
    result = run("--wrt", "W")
    assert result.exit_code == 2
    assert "--at FILE.npz, or --shape W=3,2" in result.output


def test_pickled_points_are_refused_without_advice_to_load_them(folder):
    (folder / "bad.npz").write_text("no arrays")
    result = run("--wrt", "W", "--at", "bad.npz")
    assert result.exit_code == 2
    assert "is not a file of NumPy arrays" in result.output
    assert "pickle" not in result.output
