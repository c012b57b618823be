"""Graphs: order, immutability, validation, rebuilding, names."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from chainrule.errors import GraphError
from chainrule.execution import compile_reference
from chainrule.graph import (
    ArrayType,
    Graph,
    Node,
    constant,
    dependents,
    input_node,
    op,
    pruned,
    rebuild,
    topological_order,
)

VECTOR = ArrayType((3,), np.dtype("float64"))


@pytest.fixture
def x() -> Node:
    return input_node(VECTOR, "x")


def test_every_node_stands_after_its_inputs(x: Node) -> None:
    h = op.exp(x)
    graph = Graph((x,), (h * h + x, h), {"h": h})
    places = {node: i for i, node in enumerate(graph.nodes)}
    assert all(places[child] < places[node] for node in graph.nodes for child in node.inputs)
    assert len(places) == len(graph.nodes) == 4


def test_a_graph_cannot_be_changed(x: Node) -> None:
    graph = Graph((x,), (op.exp(x),), {"x": x})
    for field in dataclasses.fields(Graph):
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
            setattr(graph, field.name, None)
    with pytest.raises(TypeError):
        graph.names["y"] = x  # type: ignore[index]


def test_a_graph_copies_the_names_it_is_given(x: Node) -> None:
    names = {"x": x}
    graph = Graph((x,), (x,), names)
    names["y"] = x
    assert list(graph.names) == ["x"]


def test_an_unused_input_and_a_named_value_are_part_of_the_graph(x: Node) -> None:
    unused, named = input_node(VECTOR, "unused"), op.sin(x)
    graph = Graph((x, unused), (op.exp(x),), {"s": named})
    assert {unused, named} <= set(graph.nodes)
    assert set(pruned(graph).nodes) == {x, unused, graph.outputs[0]}
    assert pruned(pruned(graph)).names == {}


def test_pruning_keeps_what_an_output_needs(x: Node) -> None:
    h = op.exp(x)
    graph = Graph((x,), (h * 2,), {"h": h})
    assert pruned(graph) is graph


def test_an_unknown_input_is_refused(x: Node) -> None:
    other = input_node(VECTOR, "other")
    with pytest.raises(GraphError, match="'other'"):
        Graph((x,), (x + other,))


def test_an_input_given_twice_is_refused(x: Node) -> None:
    with pytest.raises(GraphError, match="twice"):
        Graph((x, x), (x,))


@pytest.mark.parametrize("wrong", [ArrayType((2,), VECTOR.dtype), ArrayType((3,), np.dtype("float32"))])
def test_a_wrong_type_is_refused(x: Node, wrong: ArrayType) -> None:
    node = dataclasses.replace(op.exp(x), type=wrong)
    with pytest.raises(GraphError, match=r"expected: float64\(3,\)"):
        Graph((x,), (node,))


def test_a_wrong_type_anywhere_is_refused(x: Node) -> None:
    node = dataclasses.replace(op.exp(x), type=ArrayType((5,), VECTOR.dtype))
    with pytest.raises(GraphError):
        Graph((x,), (x,), {"aside": node})


def test_a_cycle_is_refused(x: Node) -> None:
    """Immutable nodes cannot form one; a forged one must not be taken, nor hang."""
    y = op.exp(x)
    z = op.sin(y)
    object.__setattr__(y, "inputs", (z,))
    with pytest.raises(GraphError, match="cycle"):
        Graph((x,), (z,))


def test_the_order_stops_at_known_nodes(x: Node) -> None:
    h = op.exp(x)
    y = op.sin(h)
    assert topological_order([y]) == [x, h, y]
    assert topological_order([y], {h}) == [y]
    assert topological_order([y, h, y]) == [x, h, y]
    assert topological_order([h], {h}) == []


def test_dependents_are_the_nodes_behind_a_source(x: Node) -> None:
    other = input_node(VECTOR, "other")
    h, aside = op.exp(x), op.exp(other)
    order = topological_order([h + aside])
    assert dependents(order, [x]) == {x, h, order[-1]}
    assert dependents(order, []) == set()


def test_rebuilding_writes_a_computation_on_other_inputs(x: Node) -> None:
    held = op.exp(constant(np.ones(3)))
    graph = Graph((x,), (op.sin(x) * held,))
    other = input_node(VECTOR, "other")
    copies = rebuild(graph, [op.square(other)])
    (result,) = compile_reference(Graph((other,), (copies[graph.outputs[0]],)))(np.full(3, 2.0))
    np.testing.assert_allclose(result, np.sin(4.0) * np.e * np.ones(3), 1e-15)
    assert copies[held] is held, "what does not depend on the inputs is shared"


def test_representation_counts_inputs_and_nodes(x: Node) -> None:
    assert repr(Graph((x,), (op.exp(x),), title="g")) == "<Graph g: 1 inputs, 2 nodes>"
