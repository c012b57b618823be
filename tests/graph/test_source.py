"""Graphs as source: what is printed computes what the graph does, by NumPy alone."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import ArgumentError
from chainrule.execution import compile_reference
from chainrule.graph import (
    ArrayType,
    Graph,
    Node,
    Primitive,
    all_primitives,
    broadcast_to,
    constant,
    input_node,
    op,
    type_of,
)

from ..primitives.cases import Case, cases

every_primitive = pytest.mark.parametrize("record", all_primitives(), ids=lambda record: record.name)
VECTOR = ArrayType((3,), np.dtype("float64"))


def printed(graph: Graph) -> Callable[..., Any]:
    """The function that a graph's source defines."""
    source = graph.to_python()
    assert "chainrule" not in source
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return [value for value in namespace.values() if callable(value)][-1]


def assert_same(graph: Graph, *arrays: np.ndarray, rtol: float = 1e-12) -> None:
    """The source computes what the reference executor does: values, shapes and dtypes."""
    results = printed(graph)(*arrays)
    found = results if len(graph.outputs) != 1 else (results,)
    for got, expected in zip(found, compile_reference(graph)(*arrays), strict=True):
        got = np.asarray(got)
        assert (got.shape, got.dtype) == (np.shape(expected), np.asarray(expected).dtype), graph.to_python()
        np.testing.assert_allclose(got, expected, rtol, 1e-3 * rtol, err_msg=graph.to_python())


def inputs(case: Case) -> list[tuple[Node, np.ndarray]]:
    pairs = zip(case.operands, case.arrays, strict=True)
    return [(operand, array) for operand, array in pairs if operand.op == "input"]


@every_primitive
def test_every_primitive_and_its_derivatives(record: Primitive) -> None:
    for case in cases(record):
        given = inputs(case)
        nodes = tuple(node for node, _ in given)
        arrays = [array for _, array in given]
        assert_same(Graph(nodes, (case.node,)), *arrays)
        for i in case.differentiable():
            p = input_node(type_of(np.ones(case.node.shape)), "p")
            pulled = case.record.jacobian(i, case.node).pull(p)
            weights = np.linspace(0.5, 1.5, p.type.size).reshape(p.shape)
            assert_same(Graph((*nodes, p), (case.node, pulled)), *arrays, weights)


@every_primitive
def test_every_primitive_in_float32(record: Primitive) -> None:
    for wide in cases(record):
        params = {key: np.dtype("float32") if key == "dtype" else value for key, value in wide.params.items()}
        case = Case(
            record, tuple(a.astype(np.float32) if a.dtype.kind == "f" else a for a in wide.arrays), params
        )
        given = inputs(case)
        assert_same(Graph(tuple(node for node, _ in given), (case.node,)), *[a for _, a in given], rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("expit", [-800.0, -40.0, -1e-9, 0.0, 40.0, 800.0, np.inf, -np.inf]),
        ("logit", [0.0, 1e-300, 0.4, 0.5 - 1e-9, 0.5, 0.5 + 1e-9, 1 - 1e-12, 1.0]),
        ("logsumexp", [1e4, -1e4, 3.0]),
        ("softmax", [1e4, 1e4 - 1, -np.inf]),
        ("log_softmax", [1e300, -1e300, 0.0]),
        ("absorb", [0.0, np.inf, 2.0]),
    ],
)
def test_extreme_values(name: str, points: list[float]) -> None:
    x = np.array(points)
    node = input_node(type_of(x), "x")
    params = {"axis": (0,)} if name in ("logsumexp", "softmax", "log_softmax") else {}
    operands = (node, constant(np.zeros(len(points)))) if name == "absorb" else (node,)
    with np.errstate(all="ignore"):
        assert_same(Graph((node,), (getattr(op, name)(*operands, **params),)), x)


def test_what_is_printed_reads_like_the_users_function() -> None:
    def loss(W1, b1, W2, x, y):
        z1 = cr.name(W1 @ x + b1, "z1")  # pre-activation
        h = np.maximum(z1, 0)
        yhat = cr.special.expit(W2 @ h)
        return np.mean((yhat - y) ** 2) / 2

    arrays = [np.ones((3, 2)), np.ones(3), np.ones((1, 3)), np.ones(2), np.ones(1)]
    graph = cr.trace(loss, *arrays).graph
    first = loss.__code__.co_firstlineno
    assert graph.to_python() == (
        f'''import numpy as np


def expit(x):
    """1/(1 + exp(-x)), without overflow."""
    return np.exp(-np.logaddexp(0, -x))


def loss(W1, b1, W2, x, y):
    """For arrays of these shapes and dtypes.

    W1: (3, 2) float64
    b1: (3,) float64
    W2: (1, 3) float64
    x: (2,) float64
    y: (1,) float64
    """
    # line {first + 1}: z1 = cr.name(W1 @ x + b1, "z1")  # pre-activation
    z1 = W1 @ x + b1  # (3,)
    # line {first + 2}: h = np.maximum(z1, 0)
    h = np.maximum(z1, 0)  # (3,)
    # line {first + 3}: yhat = cr.special.expit(W2 @ h)
    yhat = expit(W2 @ h)  # (1,)
    return np.sum((yhat - y) ** 2, axis=0) / 2
'''
    )
    assert_same(graph, *arrays)


def test_it_needs_no_other_module_than_numpy(tmp_path) -> None:
    """In an interpreter of its own, in which this library cannot be imported."""
    x = np.linspace(-2, 2, 5)

    def f(x: Any) -> Any:
        special = cr.special
        return special.logsumexp(x * special.expit(x)) + special.gammaln(x + 3) @ special.erf(x)

    graph = cr.grad(f).graph(x)
    script = graph.to_python() + (
        "\nimport sys\n"
        "assert not {'scipy', 'chainrule'} & set(sys.modules)\n"
        "print(*[repr(float(v)) for v in derivative_of_f(np.linspace(-2, 2, 5))])\n"
    )
    path = tmp_path / "printed.py"
    path.write_text(script)
    run = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    expected = compile_reference(graph)(x)[0]
    np.testing.assert_allclose(list(map(float, run.stdout.split())), expected, 1e-12)


def test_printed_gamma_and_error_functions_are_those_of_scipy() -> None:
    x = np.concatenate([np.linspace(0.01, 60, 500), np.linspace(-3.45, -0.1, 12), [1e8, 1e200, 1.0, 1.5]])
    y = input_node(ArrayType(x.shape, x.dtype), "x")
    assert_same(Graph((y,), (op.gammaln(y), op.digamma(y), op.erf(y))), x)
    assert_same(Graph((y,), (op.gammaln(y),)), np.full_like(x, -np.inf))
    y = input_node(ArrayType((), x.dtype), "x")
    found = printed(Graph((y,), (op.gammaln(y), op.digamma(y), op.erf(y))))
    for number in (3, 3.0, np.float64(3)):
        np.testing.assert_allclose(found(number), [math.log(2), 1.5 - np.euler_gamma, math.erf(3)], 1e-13)


def test_operands_get_the_parentheses_that_they_need() -> None:
    a, b = (input_node(VECTOR, name) for name in "ab")
    graph = Graph((a, b), (op.power(-(a - b), 2.0) / (a * (a + b)) - (b - (a - b)), -op.square(-a)))
    assert_same(graph, np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 4.0]))


@given(st.recursive(st.sampled_from("xy") | st.sampled_from([-2.0, 0.5, 3.0]), lambda e: st.tuples(
    st.sampled_from(["add", "subtract", "multiply", "maximum", "greater", "where"]), e, e), max_leaves=12
))  # fmt: skip
def test_nested_expressions(expression: Any) -> None:
    x, y = input_node(VECTOR, "x"), input_node(ArrayType((2, 1), np.dtype("float64")), "y")

    def node(e: Any) -> Any:
        if not isinstance(e, tuple):
            return {"x": x, "y": y}.get(e, e)
        name, a, b = e[0], node(e[1]), node(e[2])
        if name == "where":
            return op.where(op.less(a, b), a, b)
        return (
            op.astype(op.greater(a, b), dtype=np.dtype(float))
            if name == "greater"
            else getattr(op, name)(a, b)
        )

    outcome = node(expression)
    result = outcome if isinstance(outcome, Node) else constant(outcome)
    assert_same(Graph((x, y), (result,)), np.array([-1.0, 0.0, 2.0]), np.array([[1.5], [-0.5]]))


def test_constants() -> None:
    x = input_node(ArrayType((2,), np.dtype("float32")), "x")
    outputs = (
        constant(2.5),
        broadcast_to(constant(0.0), (2, 3)),
        broadcast_to(constant(1, np.float32), (2,)),
        broadcast_to(constant(-np.inf), (2,)),
        constant(np.array([[np.nan, np.inf], [0.1, 1e-300]])),
        constant(np.array([True, False])),
        constant(np.eye(3)),
        constant(np.zeros((0, 2))),
        x * constant(np.float32(0.1)),
        op.exp(constant(np.float32(0.1))) * x,
        op.concatenate(x, broadcast_to(constant(np.float32(7)), (1,)), axis=0),
        op.astype(constant(3), dtype=np.dtype("float64")),
        op.where(op.greater(x, 0.5), 1.0, 2.0),
        constant(np.arange(3)),
    )
    assert_same(Graph((x,), outputs), np.array([0.25, 0.75], np.float32))
    assert "x * 0.1" in Graph((x,), (x * constant(np.float32(0.1)),)).to_python()


def test_a_constant_too_large_to_be_written_out_is_refused() -> None:
    large = constant(np.random.default_rng(0).normal(size=1_000_001))
    with pytest.raises(ArgumentError, match="make it an argument"):
        Graph((), (large,)).to_python()


def test_names_that_python_would_not_take() -> None:
    labels = ["lambda", "np", "softmax", "layer/W", "layer_W", "2nd", "ŷ", "", "σ²", "x⁻", "·a", "µ", "μ"]
    nodes = [input_node(VECTOR, label) for label in labels]
    total = op.softmax(nodes[0], axis=(0,))
    for node in nodes[1:]:
        total = total + node
    named = {"np.sum": total, "softmax": nodes[2]}
    assert_same(Graph(tuple(nodes), (total,), named, title="a \"b\" 'c'"), *np.arange(39.0).reshape(13, 3))


def test_what_is_not_needed_is_not_printed() -> None:
    x = input_node(VECTOR, "x")
    source = Graph((x,), (op.sin(x),), {"unused": op.exp(x)}).to_python()
    assert "exp" not in source
    assert source.endswith("    return np.sin(x)\n")


def test_a_long_expression_is_given_a_line() -> None:
    x = input_node(VECTOR, "x")
    total = x
    for _ in range(30):
        total = op.sin(total) + 1.0
    source = Graph((x,), (total,)).to_python()
    assert max(map(len, source.splitlines())) < 100
    assert_same(Graph((x,), (total,)), np.array([0.1, 0.2, 0.3]))


def test_empty_graphs() -> None:
    assert printed(Graph((), ()))() == ()
    assert printed(Graph((), (constant(2.0),)))() == 2


def test_a_value_used_and_returned_twice() -> None:
    x = input_node(VECTOR, "x")
    h = op.exp(x)
    assert_same(Graph((x,), (h, h, h * h, x)), np.ones(3))


def test_a_function_may_be_called_like_what_it_calls():
    def softmax(expit):
        return cr.special.softmax(expit) + cr.special.expit(expit)

    x = np.array([0.5, -1.0, 2.0])
    namespace = {}
    exec(cr.trace(softmax, x).to_python(), namespace)
    np.testing.assert_allclose(namespace["softmax_"](x), softmax(x), rtol=1e-15)


def test_diagonals_are_picked_and_put_by_functions_of_numpy():
    def f(A, v):
        return np.sum(np.log(np.diag(A))) + np.sum(np.diag(v) @ A) + np.trace(A @ A)

    A, v = np.arange(1.0, 10).reshape(3, 3), np.array([2.0, -1, 0.5])
    graph = cr.trace(f, A, v)
    source = graph.to_python()
    assert source.count("np.diagonal(") == 2
    assert "np.diag(v)" in source
    assert "reshape" not in source
    np.testing.assert_allclose(printed(graph)(A, v), f(A, v), rtol=1e-15)
