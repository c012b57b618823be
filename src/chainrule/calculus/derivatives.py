"""From the graph of a function to the graph of its derivative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import ShapeError
from ..graph import (
    ArrayType,
    Graph,
    Node,
    constant,
    input_node,
    op,
    pruned,
    reshape,
    scalar_value,
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
    return _derivative(graph, graph.inputs, gradients, cotangents)


def value_and_gradient_graph(graph: Graph, wrt: Sequence[Node]) -> Graph:
    """The value of a scalar function, and its gradient as :func:`gradient_graph` has it."""
    gradients, cotangents = _gradients(graph, wrt)
    return _derivative(graph, graph.inputs, (*graph.outputs, *gradients), cotangents)


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
    return _derivative(graph, (*graph.inputs, *seeds), tuple(results), cotangents)


def push_graph(graph: Graph, wrt: Sequence[Node], batch: tuple[int, ...] = ()) -> Graph:
    """J·v for each output, a v for each of ``wrt`` being a further input; all may have leading batch axes."""
    seeds = [_vector(node, f"v{i}", batch) for i, node in enumerate(wrt)]
    tangents = push(graph.outputs, _combined(wrt, seeds))
    results = [
        tangents.get(node) or zeros(node.type.with_shape(batch + node.shape)) for node in graph.outputs
    ]
    return _derivative(graph, (*graph.inputs, *seeds), tuple(results), tangents)


def jacobian_graph(graph: Graph, wrt: Sequence[Node]) -> Graph:
    """The whole Jacobian as one matrix: rows are outputs, columns inputs, each in C order and side by side.

    The identity is pushed through in one batch where there are no more inputs than outputs, else pulled.
    """
    rows = sum(node.type.size for node in graph.outputs)
    columns = sum(node.type.size for node in wrt)
    if not rows or not columns:
        matrix = zeros(ArrayType((rows, columns), np.result_type(float, *[node.dtype for node in wrt])))
    else:
        matrix = _by_columns(graph, wrt) if columns <= rows else _by_rows(graph, wrt)
    return _derivative(graph, graph.inputs, (matrix,), {})


def _by_columns(graph: Graph, wrt: Sequence[Node]) -> Node:
    blocks = []
    for node in wrt:
        tangents = push(graph.outputs, {node: _basis(node.type)})
        columns = [_flat(tangents.get(output), node, output) for output in graph.outputs]
        blocks.append(op.transpose(_joined(columns, axis=1), axes=(1, 0)))
    return _joined(blocks, axis=1)


def _by_rows(graph: Graph, wrt: Sequence[Node]) -> Node:
    blocks = []
    for output in graph.outputs:
        cotangents = pull({output: _basis(output.type)}, wrt)
        blocks.append(_joined([_flat(cotangents.get(node), output, node) for node in wrt], axis=1))
    return _joined(blocks, axis=0)


def _basis(type: ArrayType) -> Node:
    """The identity matrix, one array of the type in each row."""
    return constant(np.eye(type.size, dtype=type.dtype).reshape(type.size, *type.shape))


def _flat(batch: Node | None, seeded: Node, node: Node) -> Node:
    """One row for each array of a batch of arrays like ``node``; zeros where there is no dependence."""
    shape = (seeded.type.size, node.type.size)
    return zeros(node.type.with_shape(shape)) if batch is None else reshape(batch, shape)


def _joined(blocks: Sequence[Node], axis: int) -> Node:
    return blocks[0] if len(blocks) == 1 else op.concatenate(*blocks, axis=axis)


def _vector(node: Node, label: str, batch: tuple[int, ...]) -> Node:
    return input_node(node.type.with_shape(batch + node.shape), label)


def _combined(nodes: Sequence[Node], seeds: Sequence[Node]) -> dict[Node, Node]:
    """A function may return one value twice, or be differentiated by it twice; the seeds add up."""
    combined: dict[Node, Node] = {}
    for node, seed in zip(nodes, seeds, strict=True):
        combined[node] = combined[node] + seed if node in combined else seed
    return combined


def _derivative(
    graph: Graph, inputs: tuple[Node, ...], outputs: tuple[Node, ...], differentials: Mapping[Node, Node]
) -> Graph:
    """The simplified graph; the derivative that belongs to a value named z1 is named dz1."""
    names = dict(graph.names)
    for name, node in graph.names.items():
        if node in differentials and scalar_value(differentials[node]) is None:
            names.setdefault(f"d{name}", differentials[node])
    return pruned(simplify(pruned(Graph(inputs, outputs, names, f"derivative of {graph.title}"))))
