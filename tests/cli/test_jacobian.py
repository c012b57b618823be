"""The command ``jacobian``."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

NET = (
    "import numpy as np",
    "def net(x, p):",
    "    h = np.tanh(p['W'] @ x)",
    "    return p['V'] @ h",
    "def differences(x):",
    "    return np.diff(x) ** 2",
    "def wrong(x, p):",
    "    h = p['W'] @ x",
    "    return h @ p['V']",
)
RNG = np.random.default_rng(2)
X, W, V = RNG.normal(size=3), RNG.normal(size=(4, 3)), RNG.normal(size=(2, 4))
EXPECTED = V @ (np.diag(1 - np.tanh(W @ X) ** 2) @ W)


@pytest.fixture
def net(source) -> None:
    source("net.py", *NET)
    np.savez("point.npz", x=X, **{"p/W": W, "p/V": V})
    np.save("long.npy", np.arange(50.0))


def test_a_small_matrix_is_printed_with_its_rows_and_columns_named(run, net) -> None:
    outcome = run("jacobian", "net.py:net", "--at", "point.npz")
    lines = outcome.stdout.splitlines()
    assert outcome.status == 0
    assert "2 outputs × 3 inputs" in lines[0]
    assert any(line.split() == ["x[0]", "x[1]", "x[2]"] for line in lines)
    printed = np.array([line.split()[1:] for line in lines if line.startswith("net[")], float)
    np.testing.assert_allclose(printed, EXPECTED, rtol=1e-5)


def test_an_argument_may_be_named_by_its_position(run, net) -> None:
    named, placed = (run("jacobian", "net.py:net", "--wrt", wrt, "--at", "point.npz") for wrt in ("x", "0"))
    assert (named.status, placed.status) == (0, 0)
    assert named.stdout == placed.stdout


def test_one_is_told_in_the_singular_and_nothing_has_no_table(run, source) -> None:
    source("f.py", "import numpy as np", "def f(x):", "    return np.sum(x**2)")
    for x, words in (([3.0], "1 output × 1 input"), ([], "1 output × 0 inputs")):
        np.save("x.npy", np.array(x))
        lines = run("jacobian", "f.py:f", "--at", "x.npy").stdout.splitlines()
        assert lines[0] == f"Jacobian of f: {words}"
        assert any("─" in line for line in lines) == bool(x)


def test_as_json_the_matrix_is_exact_and_the_blocks_are_named(run, net) -> None:
    facts = run("jacobian", "net.py:net", "--wrt", "p/W", "--wrt", "x", "--at", "point.npz", "--json").facts
    assert facts["shape"] == [2, 15]
    assert facts["columns"] == {"W": [0, 12], "x": [12, 15]}
    np.testing.assert_allclose(np.array(facts["matrix"])[:, 12:], EXPECTED, rtol=1e-13)
    assert facts["plan"] is None


def test_the_plan_is_shown_beside_pure_modes(run, net) -> None:
    outcome = run("jacobian", "net.py:net", "--wrt", "x", "--at", "point.npz", "--plan")
    assert "x (3) → " in outcome.stdout
    assert "pure forward mode" in outcome.stdout
    assert "pure reverse mode" in outcome.stdout
    plan = run("jacobian", "net.py:differences", "--at", "long.npy", "--plan", "--json").facts["plan"]
    assert (plan["forward_passes"], plan["reverse_passes"]) == (2, 0)
    assert plan["chosen"]["counted"] < plan["forward"]["counted"]


def test_entries_that_are_not_finite_are_told_in_words(run, source) -> None:
    source("roots.py", "import numpy as np", "def roots(x):", "    return np.sqrt(x)")
    for x, count, first, value in (
        ([4.0, 0.0], "1 entry is", "∂roots[1]/∂x[1]", "inf"),
        ([1.0, np.nan, np.nan], "2 entries are", "∂roots[1]/∂x[1]", "nan"),
        ([1.0] * 49 + [0.0], "1 entry is", "∂roots[49]/∂x[49]", "inf"),
    ):
        np.save("x.npy", np.array(x))
        told = f"{count} not finite, the first {first} = {value}"
        assert told in run("jacobian", "roots.py:roots", "--at", "x.npy").stdout
        found = run("jacobian", "roots.py:roots", "--at", "x.npy", "--json").facts["not_finite"]
        assert told in found["words"]
        assert (found["count"], found["first"], found["value"]) == (int(count[0]), first, value)
    np.save("x.npy", np.ones(2))
    assert "finite" not in run("jacobian", "roots.py:roots", "--at", "x.npy").stdout
    assert run("jacobian", "roots.py:roots", "--at", "x.npy", "--json").facts["not_finite"] is None


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_the_matrix_is_written(run, net, folder, suffix) -> None:
    outcome = run("jacobian", "net.py:differences", "--at", "long.npy", "-o", f"J.{suffix}")
    assert f"written to J.{suffix}" in outcome.stdout
    matrix = np.load("J.npy") if suffix == "npy" else scipy.sparse.load_npz("J.npz").toarray()
    np.testing.assert_array_equal(matrix, 2 * np.eye(49, 50, k=1) - 2 * np.eye(49, 50))


def test_a_large_matrix_is_not_printed(run, net) -> None:
    assert "98 entries may be non-zero" in run("jacobian", "net.py:differences", "--at", "long.npy").stdout


def test_mistakes_are_told_in_one_line(refused, net, folder) -> None:
    assert "one of 'x', 'p'" in refused("jacobian", "net.py:net", "--wrt", "q", "--at", "point.npz")
    assert "net.py:9" in refused("jacobian", "net.py:wrong", "--at", "point.npz")
    message = refused("jacobian", "net.py:net", "--at", "point.npz", "-o", "J.txt")
    assert ".npy (dense)" in message
    assert "would replace" in refused("jacobian", "net.py:net", "--at", "point.npz", "-o", "point.npz")
    assert not (folder / "J.txt").exists()
