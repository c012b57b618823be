"""From the graph of a function to the graph of its derivative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..errors import ShapeError
from ..graph import (
    Graph,
    Node,
    constant,
    input_node,
    pruned,
    scalar_value,
    topological_order,
    zeros,
)
from .forward import push
from .reverse import pull
from .simplify import simplify


def gradient_graph(graph: Graph, wrt: Sequence[Node]) -> Graph:
    """The gradient of a scalar function by each of ``wrt``, in the parameters' own shapes.

    Raises:
        ShapeError: the function does not return one scalar.
    """
    gradients, cotangents = _gradients(graph, wrt)
    return derivative(graph, graph.inputs, gradients, cotangents)


def value_and_gradient_graph(graph: Graph, wrt: Sequence[Node]) -> Graph:
    """The value of a scalar function, and its gradient as :func:`gradient_graph` has it."""
    gradients, cotangents = _gradients(graph, wrt)
    return derivative(graph, graph.inputs, (*graph.outputs, *gradients), cotangents)


def value_aux_and_gradient_graph(graph: Graph, wrt: Sequence[Node]) -> Graph:
    """All values of a function, and the gradient of the first of them."""
    first = graph if len(graph.outputs) == 1 else replace(graph, outputs=graph.outputs[:1])
    gradients, cotangents = _gradients(first, wrt)
    return derivative(graph, graph.inputs, (*graph.outputs, *gradients), cotangents)


def _gradients(graph: Graph, wrt: Sequence[Node]) -> tuple[tuple[Node, ...], dict[Node, Node]]:
    """The gradient by each of ``wrt``, and the cotangents of all nodes on the way."""
    if len(graph.outputs) != 1 or graph.outputs[0].type.size != 1 or not graph.outputs[0].type.is_float:
        returned = ", ".join(repr(node.type) for node in graph.outputs) or "nothing"
        whole = len(graph.outputs) == 1 and not graph.outputs[0].type.is_float
        raise ShapeError(
            f"{graph.title} returns {returned}",
            expected="one real number, to have a gradient",
            instead="return a float: whole numbers move in steps, whose derivative is 0"
            if whole
            else "reduce the output with np.sum or np.mean, or use cr.jacobian",
        )
    (output,) = graph.outputs
    cotangents = pull({output: constant(np.ones(output.shape), output.dtype)}, wrt)
    return tuple(cotangents.get(node) or zeros(node.type) for node in wrt), cotangents


def pull_graph(graph: Graph, wrt: Sequence[Node], batch: tuple[int, ...] = ()) -> Graph:
    """pᵀ·J by each of ``wrt``, a p for each output being a further input; all may have leading batch axes."""
    seeds = [_vector(node, f"p{i}", batch) for i, node in enumerate(graph.outputs)]
    cotangents = pull(_combined(graph.outputs, seeds), wrt)
    results = [cotangents.get(node) or zeros(node.type.with_shape(batch + node.shape)) for node in wrt]
    return derivative(graph, (*graph.inputs, *seeds), tuple(results), cotangents)


def push_graph(graph: Graph, wrt: Sequence[Node], batch: tuple[int, ...] = ()) -> Graph:
    """J·v for each output, a v for each of ``wrt`` being a further input; all may have leading batch axes."""
    seeds = [_vector(node, f"v{i}", batch) for i, node in enumerate(wrt)]
    tangents = push(graph.outputs, _combined(wrt, seeds))
    results = [
        tangents.get(node) or zeros(node.type.with_shape(batch + node.shape)) for node in graph.outputs
    ]
    return derivative(graph, (*graph.inputs, *seeds), tuple(results), tangents)


def jacobian_graph(graph: Graph, entries: Node, *, work_out: bool = True) -> Graph:
    """The graph of a Jacobian's entries, with what its constant vectors alone determine worked out.

    What the function itself computes from its inputs stays, so that it can be told from the derivative.
    """
    varying = set(graph.inputs)
    for node in graph.nodes:
        if not varying.isdisjoint(node.inputs):
            varying.add(node)
    kept = [node for node in graph.nodes if node in varying]
    return _simplified(graph, graph.inputs, (entries,), graph.names, work_out=work_out, kept=kept)


def _vector(node: Node, label: str, batch: tuple[int, ...]) -> Node:
    return input_node(node.type.with_shape(batch + node.shape), label)


def _combined(nodes: Sequence[Node], seeds: Sequence[Node]) -> dict[Node, Node]:
    """A function may return one value twice, or be differentiated by it twice; the seeds add up."""
    combined: dict[Node, Node] = {}
    for node, seed in zip(nodes, seeds, strict=True):
        combined[node] = combined[node] + seed if node in combined else seed
    return combined


def derivative(
    graph: Graph, inputs: tuple[Node, ...], outputs: tuple[Node, ...], differentials: Mapping[Node, Node]
) -> Graph:
    """The simplified graph of derivatives; the one that belongs to a value named z1 is named dz1."""
    names = dict(graph.names)
    for name, node in graph.names.items():
        if node in differentials and scalar_value(differentials[node]) is None:
            names.setdefault(f"d{name}", differentials[node])
    return _simplified(graph, inputs, outputs, names)


def _simplified(
    graph: Graph,
    inputs: tuple[Node, ...],
    outputs: tuple[Node, ...],
    names: Mapping[str, Node],
    *,
    work_out: bool = False,
    kept: Sequence[Node] = (),
) -> Graph:
    """The simplified graph of a derivative, with the names of those values that it still has."""
    needed = set(topological_order(outputs))
    left = {name: node for name, node in names.items() if node in needed}
    whole = Graph(inputs, outputs, left, f"derivative of {graph.title}")
    return pruned(simplify(whole, work_out=work_out, kept=kept))
