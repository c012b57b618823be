"""Graphs as text: what a reader sees."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.calls import CallSite
from chainrule.graph import ArrayType, Graph, constant, input_node, op, provenance, type_of
from chainrule.graph.printing import text_of

VECTOR = ArrayType((3,), np.dtype("float64"))
MATRIX = ArrayType((2, 3), np.dtype("float64"))


def lines(graph: object) -> list[str]:
    return [line.rstrip() for line in str(graph).splitlines()]


def test_one_line_a_node_with_name_expression_shape_and_dtype() -> None:
    x, W = input_node(VECTOR, "x"), input_node(MATRIX, "W")
    z = op.einsum(W, x, spec="ij,j->i")
    graph = Graph((x, W), (op.maximum(z, 0.0) * 2,), {"z": z}, title="layer")
    assert lines(graph) == [
        "layer(x, W)",
        "  x  = input             (3,)    float64",
        "  W  = input             (2, 3)  float64",
        "  z  = W @ x             (2,)    float64",
        "  v1 = np.maximum(z, 0)  (2,)    float64",
        "  v2 = v1 * 2            (2,)    float64",
        "  return v2",
    ]


def test_the_users_line_stands_beside_each_value() -> None:
    def model(x, W):
        z = cr.name(W @ x, "z")
        return np.sum(np.tanh(z) ** 2)

    printed = lines(cr.trace(model, np.ones(3), np.ones((2, 3))))
    assert printed[0] == "model(x, W)"
    assert printed[3].split("#")[0].split() == ["z", "=", "W", "@", "x", "(2,)", "float64"]
    assert printed[3].endswith('z = cr.name(W @ x, "z")')
    assert printed[4].endswith("return np.sum(np.tanh(z) ** 2)")
    assert printed[-1] == "  return v3"


def test_every_expression_is_the_numpy_call_it_stands_for() -> None:
    def f(x, A, B):
        y = np.stack([x[1:], x[::-1][:2]])
        return {
            "product": A @ B.T,
            "outer": np.outer(x, x),
            "batch": np.einsum("ij,kj->ikj", A, B),
            "mean": np.mean(y, axis=0),
            "max": y.max(axis=(0, 1)),
            "chosen": np.where(x > 0, x, -x),
            "softmax": cr.special.softmax(A),
            "scan": np.cumsum(x),
            "power": x**3 - 1 / x,
            "gathered": x[np.array([0, 2])],
        }

    text = str(cr.trace(f, np.ones(3), np.ones((2, 3)), np.ones((2, 3))))
    for expression in (
        "A @ B.T",
        "np.outer(x, x)",
        "np.einsum('ij,kj->ikj', A, B)",
        "np.sum(v",
        "/ 2",
        "axis=(0, 1))",
        "np.where(v",
        "x > 0",
        "softmax(A, axis=1)",
        "np.cumsum(x, axis=-1)",
        "x**3",
        "1 / x",
        "x[1:3]",
        "x[array(2,)]",
    ):
        assert expression in text


@pytest.mark.parametrize(
    "spec",
    ["ij,jk->ik", "ij,kj->ik", "ji,jk->ik", "ji,kj->ik", "ij,jk->ki", "ij,kj->ki", "ji,jk->ki", "ji,kj->ki",
     "ij,j->i", "ji,j->i", "j,ij->i", "j,ji->i", "i,i->", "i,j->ij", "i,j->ji", "bij,bjk->bik", "ij,ij->ij",
     "ij,ij->"],
)  # fmt: skip
def test_a_printed_product_computes_what_it_stands_for(spec: str) -> None:
    sizes, rng = {"b": 2, "i": 3, "j": 4, "k": 5}, np.random.default_rng(2)
    operands = [[sizes[letter] for letter in part] for part in spec.split("->")[0].split(",")]
    a, b = (rng.normal(size=shape) for shape in operands)
    node = op.einsum(input_node(type_of(a), "a"), input_node(type_of(b), "b"), spec=spec)
    text = text_of(node, {node.inputs[0]: "a", node.inputs[1]: "b"})
    computed = eval(text, {"np": np, "a": a, "b": b})
    np.testing.assert_allclose(computed, np.einsum(spec, a, b), rtol=1e-13)


def test_numbers_are_written_where_they_are_used_and_arrays_by_their_shape() -> None:
    x = input_node(VECTOR, "x")
    graph = Graph((x,), (x * 0.1 + constant(np.arange(3.0)),))
    assert lines(graph)[2:] == [
        "  v1 = x * 0.1         (3,)  float64",
        "  v2 = v1 + array(3,)  (3,)  float64",
        "  return v2",
    ]
    assert lines(Graph((), (constant(2.5),), title="two and a half")) == [
        "two and a half()",
        "  return 2.5",
    ]


def test_a_second_name_is_told_and_none_is_taken_twice() -> None:
    x = input_node(VECTOR, "v1")
    h = op.exp(x)
    graph = Graph((x,), (op.sin(h),), {"h": h, "again": h, "v1": x})
    printed = lines(graph)
    assert [line.split()[0] for line in printed[1:4]] == ["v1", "h", "v2"]
    assert printed[-1] == "  where again = h"


def test_a_derivative_names_what_it_differentiates() -> None:
    def f(x):
        h = cr.name(np.exp(x), "h")
        return np.sum(np.sin(h))

    printed = lines(cr.grad(f).graph(np.ones(3)))
    assert printed[0] == "derivative of f(x)"
    assert [line.partition("  (")[0].strip() for line in printed[1:-1]] == [
        "x  = input",
        "h  = np.exp(x)",
        "dh = np.cos(h)",
        "dx = dh * h",
    ]
    assert printed[-1] == "  return dx"


def test_source_lines_that_cannot_be_read_are_left_out() -> None:
    x = input_node(VECTOR, "x")
    with provenance(CallSite("no such file.py", 3)):
        y = op.exp(x)
    assert lines(Graph((x,), (y,)))[2] == "  v1 = np.exp(x)  (3,)  float64"


def test_an_empty_graph_prints() -> None:
    assert lines(Graph((), (), title="nothing")) == ["nothing()", "  return"]
