"""Simplification: what it removes, what it may never change, and how short derivatives become."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.calculus import gradient_graph, simplify
from chainrule.calculus.reverse import pull
from chainrule.execution import compile_reference
from chainrule.graph import (
    ArrayType,
    Graph,
    Node,
    broadcast_to,
    constant,
    input_node,
    is_literal,
    op,
    provenance,
    scalar_value,
)
from chainrule.graph.printing import text_of

FLOAT64, FLOAT32 = np.dtype("float64"), np.dtype("float32")
RNG = np.random.default_rng(3)


@pytest.fixture
def x() -> Node:
    return input_node(ArrayType((2, 3), FLOAT64), "x")


def simple(x: Node, y: Node) -> Node:
    return simplify(Graph((x,), (y,))).outputs[0]


def derivative_of(x: Node, make: Callable[[], Node]) -> Node:
    """The simplified form of a node that belongs to a derivative."""
    with provenance(None, of=x):
        return simple(x, make())


def assignments(graph: Graph) -> list[str]:
    """The lines of a printed graph, without types and places."""
    labels = graph.labels()
    computed = (node for node in graph.nodes if node.op != "input" and not is_literal(node))
    return [f"{labels[node]} = {text_of(node, labels)}" for node in computed]


def test_repeated_sub_expressions_are_computed_once(x: Node) -> None:
    y = simple(x, op.exp(x) * op.exp(x))
    assert y.inputs[0] is y.inputs[1]


def test_equal_operations_with_other_parameters_stay_apart(x: Node) -> None:
    y = simple(x, op.sum(op.sum(x, axis=(0,)), axis=(0,)) + op.sum(op.sum(x, axis=(1,)), axis=(0,)))
    assert y.inputs[0] is not y.inputs[1]


def test_numbers_are_worked_out(x: Node) -> None:
    y = simple(x, x * (constant(2.0) * op.exp(constant(0.0)) + 1.0))
    assert y.op == "multiply"
    assert y.inputs[1].inputs[0].params["value"].value == 3.0


def test_arrays_the_user_holds_are_not_worked_out(x: Node) -> None:
    """They are read by reference, so that they may change."""
    held = np.ones(3)
    y = simple(x, x * op.exp(constant(held)))
    assert {node.op for node in Graph((x,), (y,)).nodes} >= {"exp"}


@pytest.mark.parametrize(
    "make",
    [
        lambda x: op.negative(-x),
        lambda x: op.positive(x),
        lambda x: x * 1.0,
        lambda x: 1.0 * x,
        lambda x: x / 1.0,
        lambda x: op.astype(x, dtype=FLOAT64),
        lambda x: op.reshape(op.reshape(x, shape=(6,)), shape=(2, 3)),
        lambda x: op.transpose(op.transpose(x, axes=(1, 0)), axes=(1, 0)),
        lambda x: op.transpose(x, axes=(0, 1)),
        lambda x: op.slice(x, index=((0, 1, 2), (0, 1, 3)), batch=0),
        lambda x: op.slice(x, index=((0, 1, 3),), batch=1),
        lambda x: op.sum(x, axis=()),
        lambda x: op.broadcast_to(x, shape=(2, 3)),
    ],
)
def test_what_does_nothing_disappears(x: Node, make: Callable[[Node], Node]) -> None:
    assert simple(x, make(x)) is x


def test_a_sum_over_no_axis_of_small_whole_numbers_is_one_of_large_ones() -> None:
    x = input_node(ArrayType((3,), np.dtype("int8")), "x")
    assert simple(x, op.sum(x, axis=())).dtype == np.int64


@pytest.mark.parametrize(
    ("make", "operation"),
    [
        (lambda x: x + 0.0, "add"),  # −0 + 0 is 0
        (lambda x: x * 0.0, "multiply"),  # 0 · ∞ is NaN
        (lambda x: x - x, "subtract"),
        (lambda x: x / x, "divide"),
        (lambda x: op.astype(op.astype(x, dtype=FLOAT32), dtype=FLOAT64), "astype"),
        (lambda x: 2.0 * (3.0 * x), "multiply"),
        (lambda x: op.slice(x, index=((1, -1, 2), (0, 1, 3)), batch=0), "slice"),
        (lambda x: op.exp(op.log(x)), "exp"),
    ],
)
def test_what_changes_bits_stays(x: Node, make: Callable[[Node], Node], operation: str) -> None:
    y = simple(x, make(x))
    assert y.op == operation
    point = np.array([[-0.0, np.inf, np.nan], [0.1, 1e200, -3.7]])
    direct, simplified = (
        compile_reference(Graph((x,), (node,)))(point)[0].view(np.uint64) for node in (make(x), y)
    )
    np.testing.assert_array_equal(direct, simplified)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda x: x + 0.0, "x"),
        (lambda x: 0.0 + x, "x"),
        (lambda x: 2.0 * (3.0 * x), "6 * x"),
        (lambda x: (2.0 * x) * op.exp(x), "2 * (x * np.exp(x))"),
        (lambda x: x * 2.0, "2 * x"),
        (lambda x: x + (-op.exp(x)), "x - np.exp(x)"),
        (lambda x: (-x) + op.exp(x), "np.exp(x) - x"),
        (lambda x: (-x) * op.exp(x), "-(x * np.exp(x))"),
        (lambda x: op.exp(x) / (-x), "-(np.exp(x) / x)"),
        (lambda x: op.exp(x) * op.reciprocal(x), "np.exp(x) / x"),
        (lambda x: (2.0 / x) * op.exp(x), "2 * np.exp(x) / x"),
        (lambda x: -(2.0 * x), "-2 * x"),
        (lambda x: -(x - op.exp(x)), "np.exp(x) - x"),
        (lambda x: op.sum(broadcast_to(constant(2.0), (2, 3)), axis=(0, 1)), "12"),
        (lambda x: op.absorb(x, broadcast_to(constant(1.0), (2, 3))), "x"),
    ],
)  # fmt: skip
def test_derivatives_are_rearranged(x: Node, make: Callable[[Node], Node], text: str) -> None:
    y = derivative_of(x, lambda: make(x))
    assert nested(y) == text
    if text != "12":
        assert y.op == simple(x, y).op, "simplifying again changes nothing"


def test_a_number_stays_inside_a_value_that_several_use(x: Node) -> None:
    """(2 eˣ) sin x + (2 eˣ) cos x: moved out of both products, the 2 would be one multiplication more."""

    def make() -> Node:
        doubled = 2.0 * op.exp(x)
        return doubled * op.sin(x) + doubled * op.cos(x)

    y = derivative_of(x, make)
    assert [node.op for node in Graph((x,), (y,)).nodes].count("multiply") == 3
    once = derivative_of(x, lambda: (2.0 * op.exp(x)) * op.sin(x))
    assert nested(once) == "2 * (np.exp(x) * np.sin(x))"


def test_the_negative_of_a_multiple_that_others_use_is_no_multiple_of_its_own(x: Node) -> None:
    """Of 0.9 eˣ both the sine and what is left over, eˣ − 0.9 eˣ, are wanted: one multiplication."""

    def make() -> Node:
        part = 0.9 * op.exp(x)
        return op.sin(part) / (op.exp(x) + op.negative(part))

    y = derivative_of(x, make)
    assert [node.op for node in Graph((x,), (y,)).nodes].count("multiply") == 1
    once = derivative_of(x, lambda: op.negative(0.9 * op.exp(x)))
    assert nested(once) == "-0.9 * np.exp(x)"


def test_a_number_stays_inside_a_value_of_the_function_that_is_kept(x: Node) -> None:
    half = 0.5 * op.exp(x)
    with provenance(None, of=x):
        derivative = half * op.sin(x)
    y = simplify(Graph((x,), (derivative,)), kept=[half]).outputs[0]
    assert half in y.inputs


def nested(node: Node) -> str:
    """A node as one expression."""
    if node.op == "input":
        return str(node.params["label"])
    if is_literal(node):
        return f"{scalar_value(node):g}"
    inner = [
        f"({nested(child)})" if child.op in ("multiply", "divide", "add", "subtract") and i else nested(child)
        for i, child in enumerate(node.inputs)
    ]
    if node.op == "negative" and node.inputs[0].op in ("multiply", "divide"):
        inner = [f"({nested(node.inputs[0])})"]
    return node.primitive.expression(inner, node.params)


def test_numbers_are_gathered_only_while_nothing_can_overflow() -> None:
    """1000²⁰ is no float32, and neither is 1000⁻²⁰."""
    small = np.full(2, 1e-3, np.float32)

    def up(x: Any) -> Any:
        for _ in range(20):
            x = (x * 1000) * small
        return np.sum(x)

    def down(x: Any) -> Any:
        for _ in range(20):
            x = (x * 0.001) * (1 / small)
        return np.sum(x)

    for f in (up, down):
        np.testing.assert_allclose(cr.grad(f)(np.ones(2, np.float32)), 1, 1e-5)


def test_a_number_too_large_to_move_stays_where_it_is() -> None:
    tiny = np.full(2, 1e-200)
    gradient = cr.grad(lambda x: np.sum((1e-200 * (x * 1e300)) * 1e200 * tiny))
    np.testing.assert_allclose(gradient(np.ones(2)), 1e100, 1e-12)


STEPS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: -a * b,
    lambda a, b: a * 2 * b * 0.5,
    lambda a, b: a / (1 + b * b),
    lambda a, b: 3 - (-a),
    lambda a, b: np.arctan(-a) * 1.0,
    lambda a, b: a.T.T.reshape(6).reshape(2, 3),
    lambda a, b: np.sum(a, axis=0) * b,
    lambda a, b: (a @ b.T) @ b,
    lambda a, b: np.tanh(a) / 3 + 0.0,
    lambda a, b: np.maximum(a, 0) * (1 / 7),
    lambda a, b: a[::-1] * b[:, ::-1],
]
programs = st.lists(
    st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=8
)


def run(program: list[tuple[int, int, int]], a: Any, b: Any) -> Any:
    values = [a, b, a * 0.5]
    for step, first, second in program:
        values.append(STEPS[step](values[-1 - first], values[-1 - second]))
    return values[-1]


@settings(max_examples=80)
@given(program=programs, seed=st.integers(0, 1000))
def test_values_keep_every_bit(program: list[tuple[int, int, int]], seed: int) -> None:
    a, b = np.random.default_rng(seed).normal(size=(2, 2, 3))
    result = cr.trace(lambda a, b: run(program, a, b), a, b).run(a, b).output
    np.testing.assert_array_equal(result.view(np.uint64), run(program, a, b).view(np.uint64))


@settings(max_examples=60)
@given(program=programs, seed=st.integers(0, 1000))
def test_derivatives_change_by_rounding_only(program: list[tuple[int, int, int]], seed: int) -> None:
    a, b = np.random.default_rng(seed).normal(size=(2, 2, 3))
    graph = cr.trace(lambda a, b: np.sum(run(program, a, b)), a, b).graph
    raw = pull({graph.outputs[0]: constant(1.0)}, graph.inputs)
    outputs = tuple(raw.get(node, constant(np.zeros((2, 3)))) for node in graph.inputs)
    plain = compile_reference(Graph(graph.inputs, outputs))(a, b)
    simplified = compile_reference(gradient_graph(graph, graph.inputs))(a, b)
    for before, after in zip(plain, simplified, strict=True):
        np.testing.assert_allclose(after, before, 1e-13, 1e-13 * np.max(np.abs(before), initial=0))


def test_simplifying_again_changes_nothing() -> None:
    X, W = RNG.normal(size=(5, 3)), RNG.normal(size=(2, 3))
    graph = cr.grad(lambda W: np.mean(np.tanh(X @ W.T) ** 2)).graph(W)
    assert str(simplify(graph)) == str(graph)


def test_names_survive_and_inputs_stay_in_order() -> None:
    def f(unused: Any, x: Any) -> Any:
        return cr.name(cr.name(x * 1.0, "same") + 2, "y")

    graph = cr.trace(f, 1.0, 2.0).graph
    assert list(graph.names) == ["unused", "x", "same", "y"]
    assert graph.names["same"] is graph.inputs[1]


# How long derivatives are.


def lines_of_gradient(f: Callable[..., Any], wrt: Any, *args: Any) -> list[str]:
    """The lines of a printed gradient that are not those of the function."""
    forward = assignments(cr.trace(f, *args).graph)
    return [line for line in assignments(cr.grad(f, wrt=wrt).graph(*args)) if line not in forward]


PARAMETERS = ("W1", "b1", "W2", "b2")
NET = (RNG.normal(size=(4, 3)), RNG.normal(size=4), RNG.normal(size=(2, 4)), RNG.normal(size=2))


def test_backpropagation_through_a_3_layer_net_is_as_short_as_by_hand() -> None:
    def loss(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        z1 = cr.name(W1 @ x + b1, "z1")
        h1 = cr.name(np.maximum(z1, 0), "h1")
        yhat = cr.name(W2 @ h1 + b2, "yhat")
        return 0.5 * np.sum((yhat - y) ** 2)

    printed = lines_of_gradient(loss, PARAMETERS, RNG.normal(size=3), RNG.normal(size=2), *NET)
    by_hand = [
        "db2 = yhat - y",
        "v3 = z1 > 0",
        "dh1 = db2 @ W2",
        "db1 = np.where(v3, dh1, 0)",
        "dW1 = np.outer(db1, x)",
        "dW2 = np.outer(db2, h1)",
    ]
    assert sorted(printed) == sorted(by_hand)


def test_backpropagation_of_a_minibatch_is_as_short_as_by_hand() -> None:
    def loss(X: Any, Y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        H1 = cr.name(np.tanh(cr.name(X @ W1.T + b1, "Z1")), "H1")
        Yhat = cr.name(H1 @ W2.T + b2, "Yhat")
        return np.sum((Yhat - Y) ** 2) / (2 * len(X))

    printed = lines_of_gradient(loss, PARAMETERS, RNG.normal(size=(5, 3)), RNG.normal(size=(5, 2)), *NET)
    by_hand = [
        "dYhat = 0.2 * v5",
        "dH1 = dYhat @ W2",
        "v6 = H1**2",
        "v7 = 1 - v6",
        "dZ1 = dH1 * v7",
        "dW1 = dZ1.T @ X",
        "db1 = np.sum(dZ1, axis=0)",
        "dW2 = dYhat.T @ H1",
        "db2 = np.sum(dYhat, axis=0)",
    ]
    assert sorted(printed) == sorted(by_hand)


@pytest.mark.parametrize(
    ("f", "lines"),
    [
        (lambda x: np.sum(x**2), ["dx = 2 * x", "return dx"]),
        (lambda x: x @ x / 2, ["return x"]),
        (lambda x: np.mean(x), ["return 0.333333"]),
        (lambda x: np.sum(np.exp(x)), ["dx = np.exp(x)", "return dx"]),
        (lambda x: np.sum(1 / x), ["v1 = 1 / x", "v2 = v1 / x", "dx = -v2", "return dx"]),
    ],
)
def test_simple_gradients_print_as_in_a_textbook(f: Callable[[Any], Any], lines: list[str]) -> None:
    graph = cr.grad(f).graph(np.ones(3))
    returned = [line.strip() for line in str(graph).splitlines() if line.startswith("  return")]
    assert assignments(graph) + returned == lines


def test_what_constants_determine_is_worked_out_where_that_is_asked_for(x: Node) -> None:
    units = constant(np.eye(6).reshape(6, 2, 3))
    doubled = op.add(units, units)
    graph = Graph((x,), (doubled, op.multiply(broadcast_to(x, (6, 2, 3)), doubled)))
    known, product = simplify(graph, work_out=True).outputs
    np.testing.assert_array_equal(known.params["value"].value, 2 * np.eye(6).reshape(6, 2, 3))
    assert product.op == "multiply"
    assert [node.op for node in simplify(graph).outputs] == ["add", "multiply"]


def test_no_constant_is_worked_out_that_is_larger_than_what_it_is_made_of(x: Node) -> None:
    column, row = constant(np.ones((50, 1))), constant(np.arange(50.0))
    outer = op.einsum(column, row, spec="ij,k->ik")
    assert simplify(Graph((x,), (outer,)), work_out=True).outputs[0].op == "einsum"
