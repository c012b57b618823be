"""``chainrule graph``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

W, X, Y = np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([0.5, -1.0]), np.array([1.0, 1.0])

NET = (
    "import numpy as np",
    "",
    "def loss(params, x, y, power=2):",
    "    h = np.tanh(params['W'] @ x)  # hidden",
    "    return np.sum((h - y) ** power)",
    "",
    "def branch(x):",
    "    return x if x[0] > 0 else -x",
)


@pytest.fixture
def net(source, folder) -> str:
    source("net.py", *NET)
    np.savez("at.npz", **{"params/W": W, "x": X, "y": Y})
    return "net.py:loss"


def test_the_text_is_printed(run, net) -> None:
    outcome = run("graph", net, "--at", "at.npz")
    assert outcome.status == 0
    assert outcome.stdout.startswith("loss(W, x, y)\n")
    assert "# line 4: h = np.tanh(params['W'] @ x)  # hidden" in outcome.stdout


def test_a_drawing(run, net) -> None:
    outcome = run("graph", net, "--at", "at.npz", "-o", "loss.svg")
    assert (outcome.status, outcome.stdout) == (0, "")
    assert outcome.stderr == "loss: 3 inputs, 5 operations; written to loss.svg\n"
    texts = "".join(ElementTree.parse("loss.svg").getroot().itertext())
    assert "W @ x" in texts
    assert "adjoint" not in texts


def test_a_drawing_with_values(run, net) -> None:
    run("graph", net, "--at", "at.npz", "--values", "-o", "loss.svg")
    texts = list(ElementTree.parse("loss.svg").getroot().itertext())
    assert f"= {np.sum((np.tanh(W @ X) - Y) ** 2):.3g}" in texts


def test_source_that_runs(run, net, folder) -> None:
    run("graph", net, "--at", "at.npz", "-o", "printed.py")
    namespace = {}
    exec((folder / "printed.py").read_text(), namespace)
    np.testing.assert_allclose(namespace["loss"]({"W": W}, X, Y), np.sum((np.tanh(W @ X) - Y) ** 2), 1e-15)


def test_the_gradient(run, net, folder) -> None:
    run("graph", net, "--at", "at.npz", "--wrt", "params/W", "--wrt", "x", "-o", "gradient.py")
    namespace = {}
    exec((folder / "gradient.py").read_text(), namespace)
    by_W, by_x = namespace["derivative_of_loss"](W, X, Y)
    h = np.tanh(W @ X)
    p = 2 * (h - Y) * (1 - h**2)
    np.testing.assert_allclose(by_W, np.outer(p, X), 1e-14)
    np.testing.assert_allclose(by_x, p @ W, 1e-14)
    run("graph", net, "--at", "at.npz", "--wrt", "x", "--values", "-o", "gradient.svg")
    assert "back propagation" in (folder / "gradient.svg").read_text()


def test_a_page_and_text_as_files(run, net, folder) -> None:
    run("graph", net, "--at", "at.npz", "-o", "loss.html")
    page = (folder / "loss.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "def loss(params, x, y):" in page
    run("graph", net, "--at", "at.npz", "-o", "loss.txt")
    assert (folder / "loss.txt").read_text() == run("graph", net, "--at", "at.npz").stdout


def test_facts(run, net) -> None:
    facts = run("graph", net, "--at", "at.npz", "--json").facts
    assert facts["inputs"] == {"W": [2, 2], "x": [2], "y": [2]}
    assert (facts["outputs"], facts["operations"]) == ([[]], 5)
    assert facts["graph"].startswith("loss(W, x, y)")
    assert run("graph", net, "--at", "at.npz", "--json", "-o", "a.svg").facts["output"] == "a.svg"


def test_a_function_that_looks_at_a_value(run, net) -> None:
    np.savez("branch.npz", x=X)
    outcome = run("graph", "net.py:branch", "--at", "branch.npz")
    assert outcome.status == 0
    assert "Warning: the graph holds at this point only" in outcome.stderr
    assert "net.py:8: return x if x[0] > 0 else -x" in outcome.stderr


def test_a_shape_that_does_not_fit(refused, net) -> None:
    np.savez("wrong.npz", **{"params/W": W.T[:1], "x": Y[:1], "y": Y})
    line = refused("graph", net, "--at", "wrong.npz", "-o", "a.svg")
    assert "(1, 2)" in line
    assert "(1,)" in line
    assert "at net.py:4: h = np.tanh(params['W'] @ x) # hidden" in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["net.py:nothing", "--at", "at.npz"], "net.py has no function nothing"),
        (["net.py:loss", "--at", "no.npz"], "no.npz: No such file"),
        (["net.py:loss", "--at", "at.npz", "-o", "a.png"], "a.png ends in none of .svg, .html, .py, .txt"),
        (["net.py:loss", "--at", "at.npz", "-o", "net.py"], "net.py would replace what is read"),
        (["net.py:loss", "--at", "at.npz", "-o", "no/a.svg"], "there is no folder no"),
        (["net.py:loss", "--at", "at.npz", "--wrt", "z"], "wrt='z'"),
        (["net.py:branch", "--at", "at.npz"], "at.npz does not fit branch(x): params, y not known"),
        (["net.py:loss"], "Missing option '--at'"),
    ],
)
def test_mistakes(refused, net, arguments, message) -> None:
    assert message in refused("graph", *arguments)


def test_a_vector_has_no_gradient(refused, source, folder) -> None:
    source("f.py", "def f(x):", "    return x * 2")
    np.savez("at.npz", x=X)
    assert "(2,)" in refused("graph", "f.py:f", "--at", "at.npz", "--wrt", "x")


def test_as_a_program(net, folder) -> None:
    """With the import path of a program of its own: the file's neighbours are found."""
    Path("layers.py").write_text("def double(x):\n    return 2 * x\n")
    Path("uses.py").write_text("from layers import double\ndef f(x):\n    return double(x)\n")
    np.savez("at.npz", x=X)
    command = [sys.executable, "-m", "chainrule.cli", "graph", "uses.py:f", "--at", "at.npz"]
    code = "import sys; from chainrule.cli import main; sys.argv[0] = 'chainrule'; main()"
    command = [sys.executable, "-c", code, *command[3:]]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert "2 * x" in run.stdout
