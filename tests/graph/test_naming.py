"""Names for values, from the user's own lines."""

from __future__ import annotations

import linecache

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph.naming import assigned

X = np.array([0.5, -1.0])


def names(f, *arrays) -> dict[str, str]:
    return {name: node.op for node, name in assigned(cr.trace(f, *arrays).graph).items()}


def test_an_assignment_names_the_last_value_of_its_line() -> None:
    def f(x):
        h = np.tanh(2 * x + 1)
        total: float = np.sum(h)
        return total * total

    assert names(f, X) == {"h": "tanh", "total": "sum"}


def test_where_it_is_not_sure_there_is_no_name() -> None:
    def f(x):
        a, b = np.sin(x), np.cos(x)
        for _ in range(2):
            y = np.exp(a * b)
            a = y + 1
        return a == y

    assert names(f, X) == {}


def test_a_line_that_uses_its_own_value_names_the_last_one() -> None:
    def f(x, W):
        for _ in range(3):
            x = np.tanh(W @ x)
        h = x + 1
        return h * h

    assert names(f, X, np.ones((2, 2))) == {"h": "add"}


def test_an_argument_keeps_its_name() -> None:
    def f(x):
        x = x + 1
        return x * x

    assert names(f, X) == {}


def test_a_name_that_is_given_is_not_given_again() -> None:
    def f(x, W):
        W = W @ x
        h = cr.name(np.exp(W), "z")
        z = h + 1
        return z * z

    assert names(f, X, np.ones((2, 2))) == {}


def test_a_derivative_keeps_the_names_of_the_function() -> None:
    def f(x):
        h = np.exp(x)
        return np.sum(np.sin(h))

    graph = cr.grad(f).graph(X)
    assert set(assigned(graph).values()) <= {"h"}


@pytest.mark.parametrize("line", ["return np.exp(x)", "x == x"])
def test_lines_that_assign_nothing(line: str) -> None:
    namespace = {"np": np}
    exec(f"def f(x):\n    {line}\n    return x", namespace)
    assert names(namespace["f"], X) == {}


def test_a_function_that_is_called_later_and_two_statements_name_nothing() -> None:
    source = "def f(x):\n    act = lambda z: np.exp(z)\n    a = x + 1; b = a * a\n    return act(x) * b\n"
    path = "two_statements.py"
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    namespace = {"np": np}
    exec(compile(source, path, "exec"), namespace)
    assert names(namespace["f"], X) == {}
