"""Names for values, from the user's own lines."""

from __future__ import annotations

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


def test_several_values_assigned_at_once() -> None:
    def f(x, W):
        def layer(x):
            return np.tanh(W @ x)

        q, k = layer(x), (W.T @ x)
        (head, tail), q, k = (x[:1], x[1:]), k, 2 * q
        return np.sum(q * k) + head * tail

    assert names(f, X, np.ones((2, 2))) == {"q": "tanh", "k1": "einsum", "k2": "multiply"}


def test_values_that_a_function_returns_together() -> None:
    """In the order in which they are returned, also by way of another function; elements of an array."""

    def f(x):
        def both(x):
            return np.sin(x), np.cos(x)

        def through(x):
            return both(x)

        a, b = through(x)
        p, q = np.exp(a + b)
        return p * q

    assert names(f, X) == {"a": "sin", "b": "cos", "p": "slice", "q": "slice"}


def test_where_it_is_not_sure_there_is_no_name() -> None:
    def f(x):
        both = [np.sin(x), np.cos(x)]
        a, b = both
        (c, (d, e)), *_ = [(np.exp(x), (x + 1, x - 1))]
        return a == b, c + d * e

    assert names(f, X) == {}


def test_a_value_whose_derivative_uses_it_keeps_its_name() -> None:
    def f(x, W):
        z = 1 / (1 + np.exp(-(W @ x)))
        h = np.tanh(z)
        return np.sum(h)

    graph = cr.grad(f, wrt="W").graph(X, np.ones((2, 2)))
    assert {name: node.op for node, name in assigned(graph).items()} == {"z": "divide", "h": "tanh"}


def test_each_turn_of_a_loop_has_a_name_of_its_own() -> None:
    def f(x, W):
        for _ in range(3):
            y = np.exp(x)
            x = np.tanh(W @ y)
        h = x + 1
        return h * h

    turns = {f"y{k}": "exp" for k in (1, 2, 3)} | {f"x{k}": "tanh" for k in (1, 2, 3)}
    assert names(f, X, np.ones((2, 2))) == turns | {"h": "add"}


def test_an_assignment_behind_a_colon() -> None:
    def f(x, W):
        for k in sorted([1, 2], key=lambda k: -k): x = np.tanh(W @ x) * k  # noqa: E701 # fmt: skip
        if x.shape[1:] == (): h: np.ndarray = x + 1  # noqa: E701 # fmt: skip
        else: h = x[0] == 1  # noqa: E701 # fmt: skip
        return h * h

    assert names(f, X, np.ones((2, 2))) == {"x1": "multiply", "x2": "tanh", "h": "add"}


def test_turns_are_told_apart_however_python_runs_them() -> None:
    """It runs x[t] as another instruction after some turns, and the first sum begins with a number; a value
    of the line that another line uses, too, is not the one that it names."""

    def f(x):
        total = 0.0
        for t in range(20):
            z = 2 * x[t]
            total = total + np.sum(z * x[t])
        return total

    x = np.ones((20, 2))
    found = {f"z{k}": "multiply" for k in range(1, 21)} | {f"total{k}": "add" for k in range(1, 21)}
    assert names(f, x) == found
    graph = cr.grad(f).graph(x)
    for node, name in assigned(graph).items():
        if name.startswith("z"):
            assert node.inputs[1].params["index"][0] == int(name[1:]) - 1


def test_a_function_that_is_called_several_times_and_a_list_of_values() -> None:
    def layer(x):
        z1 = 2 * x
        return np.tanh(z1)

    def f(x):
        rows = [np.exp(-k * x) for k in (1, 2)]
        return layer(rows[0]) + layer(layer(rows[1]))

    places = {"rows1": "exp", "rows2": "exp", "z1_1": "multiply", "z1_2": "multiply", "z1_3": "multiply"}
    assert names(f, X) == places


def test_a_function_of_several_operations_is_one_turn() -> None:
    def f(x):
        h = cr.special.softmax(cr.special.logsumexp(x[:, None] * x, axis=1))
        return h * h

    assert names(f, X) == {"h": "softmax"}


def test_several_terms_on_one_line_are_no_loop() -> None:
    def f(x):
        h = x + x**2 + x**3 + 1
        return h * h

    assert names(f, X) == {"h": "add"}


def test_a_name_that_is_taken_is_numbered() -> None:
    def f(x, W):
        W = W @ x
        h = cr.name(np.exp(W), "z")
        z = h + 1
        x1 = z * z
        x = x1 + 1
        return x * x1

    assert names(f, X, np.ones((2, 2))) == {"W1": "einsum", "z1": "add", "x1": "multiply", "x2": "add"}


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


def test_two_statements_on_a_line_and_the_values_that_functions_return() -> None:
    """A value is what it is assigned to, not what its line is: z is σ(W x), not W x."""
    source = (
        "def f(x, W):\n    act = lambda z: 1 / (1 + np.exp(-z))\n    a = x + 1; b = a * a\n"
        "    z = act(W @ b)\n    r = s = (\n        z +\n        np.sin(z)\n    )\n"
        "    if (u := act(r)) is not None: r *= u + s\n    return r if r.ndim else 0\n"
    )
    namespace = {"np": np}
    exec(source, namespace)
    expected = {"a": "add", "b": "multiply", "z": "divide", "u": "divide", "r1": "add", "r2": "multiply"}
    assert names(namespace["f"], X, np.ones((2, 2))) == expected


def test_a_value_of_a_function_that_is_called_in_a_loop() -> None:
    def step(x):
        return x + 0.5 * np.sin(x)

    def f(x):
        y = step(x)
        for _ in range(2):
            y = step(y)
        return np.sum(y)

    assert names(f, X) == {"y1": "add", "y2": "add", "y3": "add"}
