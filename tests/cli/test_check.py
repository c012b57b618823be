"""``chainrule check``."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

W, X = np.array([0.4, -1.1, 2.0]), np.array([1.0, 0.5, -0.3])


@pytest.fixture
def net(source, folder):
    """A file of functions, and points."""
    np.savez(folder / "point.npz", w=W, x=X)
    np.savez(folder / "kink.npz", w=W, x=W)
    np.savez(folder / "arrays.npz", w=2 * W, x=X)
    return source(
        "net.py",
        "import numpy as np",
        "def loss(w, x): return np.tanh(w @ x)",
        "def gradient(w, x): return (1 - np.tanh(w @ x) ** 2) * x, (1 - np.tanh(w @ x) ** 2) * w",
        "def wrong(w, x): return 2 * gradient(w, x)[0], gradient(w, x)[1]",
        "def distance(w, x): return np.abs(w - x).sum()",
        "def quadratic(w): return (w ** 2).sum()",
        "def broken(w, x): return w @ x[:2]",
        "rng = np.random.default_rng(0)",
        "def noisy(w, x): return w @ x + rng.normal()",
        "class Net:",
        "    def __init__(self): self.h = None",
        "    def loss(self, w, x): self.h = np.tanh(w @ x); return self.h",
        "    def gradient(self, w, x): return (1 - self.h ** 2) * x, (1 - self.h ** 2) * w",
        "net = Net()",
    )


@pytest.mark.parametrize(
    ("arguments", "status", "verdict"),
    [
        (["net.py:loss", "--at", "point.npz", "--grad", "net.py:gradient"], 0, "PASS"),
        (["net.py:loss", "--at", "point.npz", "--grad", "gradient"], 0, "PASS"),
        (["net.py:loss", "--at", "point.npz"], 0, "PASS"),
        (["net.py:net.loss", "--at", "point.npz", "--grad", "net.gradient"], 0, "PASS"),
        (["net.py:loss", "--at", "point.npz", "--grad", "wrong"], 1, "FAIL"),
        (["net.py:loss", "--at", "point.npz", "--grad", "arrays.npz"], 1, "FAIL"),
        (["net.py:distance", "--at", "kink.npz"], 3, "UNDECIDED"),
        (["net.py:noisy", "--at", "point.npz", "--grad", "gradient"], 3, "UNDECIDED"),
        (
            ["net.py:loss", "--at", "point.npz", "--mode", "full", "--method", "forward", "--wrt", "w"],
            0,
            "PASS",
        ),
        (["net.py:loss", "--at", "point.npz", "--step", "0.01", "--seed", "3"], 0, "PASS"),
    ],
)
def test_the_exit_status_is_the_verdict(run, net, arguments, status, verdict):
    outcome = run("check", *arguments)
    assert (outcome.status, outcome.stderr) == (status, "")
    assert outcome.stdout.startswith(f"{verdict}: ")
    again = run("check", *arguments, "--json")
    assert (again.status, json.loads(again.stdout)["verdict"]) == (status, verdict)


def test_what_is_wrong_is_told(run, net):
    told = run("check", "net.py:loss", "--at", "point.npz", "--grad", "wrong").stdout
    assert "3 of 6 derivatives wrong, in w" in told
    assert "2 times" in told


def test_a_derivative_in_an_array_file(run, net, folder):
    np.save(folder / "w.npy", W)
    np.save(folder / "twice.npy", 2 * W)
    assert run("check", "net.py:quadratic", "--at", "w.npy", "--grad", "twice.npy").status == 0
    assert run("check", "net.py:quadratic", "--at", "w.npy", "--grad", "w.npy").status == 1


def test_files_of_the_report(run, net, folder):
    arguments = ["--html", "r.html", "--latex", "r.tex", "--plot", "r.svg"]
    assert run("check", "net.py:loss", "--at", "point.npz", *arguments).status == 0
    assert (folder / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "\\begin{tabular}" in (folder / "r.tex").read_text(encoding="utf-8")
    assert "<svg" in (folder / "r.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "start"), [("r.png", b"\x89PNG"), ("r.pdf", b"%PDF")])
def test_kinds_of_pictures(run, net, folder, name, start):
    run("check", "net.py:loss", "--at", "point.npz", "--plot", name)
    assert (folder / name).read_bytes().startswith(start)


def test_where_nothing_was_measured_nothing_is_drawn(run, net, folder):
    outcome = run("check", "net.py:noisy", "--at", "point.npz", "--grad", "gradient", "--plot", "r.svg")
    assert (outcome.status, outcome.stderr.count("\n")) == (3, 1)
    assert "not drawn" in outcome.stderr
    assert not (folder / "r.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["net.py:loss"], "Missing option '--at'"),
        (["net.py:loss", "--at", "no.npz"], "no.npz"),
        (["net.py:missing", "--at", "point.npz"], "net.py has no function missing"),
        (["net.py:loss", "--at", "point.npz", "--grad", "no.py:f"], "no.py is no file"),
        (["net.py:loss", "--at", "point.npz", "--grad", "no.npz"], "no.npz"),
        (["net.py:quadratic", "--at", "point.npz"], "x not known"),
        (["net.py:broken", "--at", "point.npz"], "def broken(w, x)"),
        (["net.py:loss", "--at", "point.npz", "--wrt", "q"], "wrt='q' names no argument"),
        (["net.py:loss", "--at", "point.npz", "--step", "-1"], "step=-1.0; expected: a positive number\n"),
        (["net.py:loss", "--at", "point.npz", "--plot", "r.gif"], "ends in none of .svg, .png, .pdf"),
        (["net.py:loss", "--at", "point.npz", "--html", "net.py"], "would replace what is read"),
        (["net.py:loss", "--at", "point.npz", "--html", "no/r.html"], "there is no folder no"),
        (["net.py:loss", "--at", "point.npz", "--framework", "torch"], "torch is not installed"),
    ],
)
def test_refusals(refused, net, arguments, message, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert message in refused("check", *arguments)


def test_without_matplotlib_the_plot_is_refused_before_the_work(refused, net, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert "chainrule[plot]" in refused("check", "net.py:loss", "--at", "point.npz", "--plot", "r.svg")


def test_the_example_of_the_help_runs(run, net):
    help_text = run("check", "--help").stdout
    [example] = [
        line.split() for line in help_text.splitlines() if line.strip().startswith("chainrule check")
    ]
    assert run(*example[1:]).status == 0
