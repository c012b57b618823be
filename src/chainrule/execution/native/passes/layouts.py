"""Before lowering: which matrices lie in memory column after column, so that loops run along memory.

Everything else follows from a buffer's strides: loops, products and sums read and write such a matrix as they
do any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ....graph import Graph, Node, Shape
from ..kernels import FAR_AWAY
from ..target import Target
from .arranging import adds_up_along
from .fusion import has_machine_code
from .meetings import reached, with_their_next

#: Of a column, from which on a narrow matrix is better read by columns: registers, and bytes of wider ones.
FEWEST_REGISTERS, FEWEST_BYTES = 2, 64
WIDEST = 2  # registers, below which a row leaves too much of them empty


def narrow_by_columns(graph: Graph, target: Target, others: Collection[Node] = ()) -> set[Node]:
    """Matrices of many short rows that are reduced row by row, as the outputs of a classifier are; ``others``
    lie by columns as well.

    Rows, of which there are many, then stand side by side in registers, and no lane waits for another.
    """
    reduced = {
        (node.inputs[0].shape, node.inputs[0].dtype.itemsize)
        for node in graph.nodes
        if node.primitive.lower.kind == "reduce" and node.inputs[0].ndim == 2 and node.params["axis"] == (1,)
    }
    shapes = {shape for shape, itemsize in reduced if _is_narrow(shape, itemsize, target)}
    wanted = [node for node in graph.nodes if node.shape in shapes]
    candidates = {node for node in wanted if _is_elementwise(node)}
    candidates |= {node for node in wanted if _is_sums_along(node, {*candidates, *others}, target)}
    return candidates.difference(graph.outputs, _in_order(candidates, graph.nodes))


def states_by_columns(graph: Graph, carried: int) -> set[Node]:
    """Carried matrices that products would copy with their columns as rows, in every step; and with them what
    is computed from them element by element, up to their next values.

    Such is the first W of a network, whose rows no product reads one after the other.
    """
    by_columns, by_rows = _read_by_products(graph)
    states = graph.inputs[:carried]
    wanted = [state for state in states if state in by_columns - by_rows and _is_near(state)]
    found: set[Node] = set()
    following = dict(zip(states, graph.outputs[1:], strict=True))
    for state in wanted:
        together = set(reached(state, _meetings(graph, state.shape)))
        ordered = by_rows | _in_order(together, graph.nodes)
        if with_their_next(together, following) and together.isdisjoint(ordered):
            found |= together
    return found


def _read_by_products(graph: Graph) -> tuple[set[Node], set[Node]]:
    """The matrices that products read by columns, and those that they read by rows; the left operand of a
    product may lie in either way."""
    read: tuple[set[Node], set[Node]] = set(), set()
    for node in graph.nodes:
        if node.primitive.lower.kind == "product" and node.ndim:
            operands, output = node.params["spec"].split("->")
            for operand, letters in zip(node.inputs, operands.split(","), strict=True):
                if output[-1] in letters:
                    read[letters[-1] == output[-1]].add(operand)
    return read


def _meetings(graph: Graph, shape: Shape) -> list[list[Node]]:
    """The matrices of a shape that meet in each node of the graph, which is one of them."""
    computed = [node for node in graph.nodes if node.shape == shape and _is_elementwise(node)]
    return [
        [node, *[operand for operand in node.inputs if operand.shape == shape and _is_laid_out(operand)]]
        for node in computed
    ]


def _is_laid_out(node: Node) -> bool:
    """Whether its elements can lie in memory in either order."""
    return node.op == "input" or node.primitive.lower.kind == "product" or _is_elementwise(node)


def _is_near(state: Node) -> bool:
    """Whether it is a matrix that is turned in little time, where the loop begins and ends."""
    small = state.type.size * state.dtype.itemsize < FAR_AWAY
    return bool(state.ndim == 2 and 1 not in state.shape and small)


def _is_sums_along(node: Node, by_columns: Collection[Node], target: Target) -> bool:
    """Whether it is a product that is computed in sums along memory, some rows side by side."""
    if node.op != "einsum" or any(x in by_columns or not _is_laid_out(x) for x in node.inputs):
        return False
    operands, output = node.params["spec"].split("->")
    first, second = operands.split(",")
    if (output, first[1:]) != (first[:1] + second[:1], second[1:]) or len(first) != 2:
        return False
    (rows, columns), (_, terms) = node.shape, node.inputs[0].shape
    return adds_up_along(rows, terms, columns, node.dtype, target, by_columns=True)


def _is_narrow(shape: Shape, itemsize: int, target: Target) -> bool:
    rows, columns = shape
    lanes = target.vector_bytes // itemsize
    enough = rows * itemsize >= min(FEWEST_REGISTERS * target.vector_bytes, FEWEST_BYTES)
    return 1 < columns < WIDEST * lanes and columns % lanes != 0 and enough


def _is_elementwise(node: Node) -> bool:
    return node.primitive.lower.kind == "scalar" and has_machine_code(node)


def _in_order(matrices: set[Node], nodes: Iterable[Node]) -> set[Node]:
    """Those matrices that some node reads as they lie in memory, row after row, or by its places."""
    follow = ("scalar", "reduce", "product")
    return {
        operand
        for node in nodes
        for operand in matrices.intersection(node.inputs)
        if node.primitive.lower.kind not in follow or not has_machine_code(node)
    }
