"""From the graph to kernels."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from ....graph import Graph, Node
from ..expressions import Affine, Buffer
from ..kernels import Kernel, LoopKernel, ReferenceStep
from ..target import Target
from .access import (
    Lowering,
    along_memory,
    converted,
    dynamic_places,
    expression_at,
    identity,
    in_memory,
    load_at,
    lower_elementwise,
    place_in,
    sliced,
)
from .anew import is_number
from .bounds import require_places
from .contractions import lower_product
from .decompositions import lower_decomposition
from .fusion import has_machine_code, stored_nodes


@dataclass(frozen=True, slots=True)
class Lowered:
    """Kernels in order, and the buffers of the graph's inputs, constants and outputs."""

    kernels: tuple[Kernel, ...]
    inputs: tuple[Buffer, ...]
    constants: tuple[tuple[Buffer, Node], ...]
    outputs: tuple[Buffer, ...]


def lower(graph: Graph, target: Target, by_columns: Collection[Node] = ()) -> Lowered:
    """The kernels that compute a legalised graph on a processor, some of its matrices stored by columns."""
    state = Lowering(target, stored_nodes(graph), by_columns)
    inputs = tuple(state.buffer(node, "input") for node in graph.inputs)
    held = [node for node in graph.nodes if node.op == "constant" and not is_number(node)]
    constants = tuple((state.buffer(node, "constant"), node) for node in held)
    computed = [node for node in graph.nodes if node in state.stored and node not in state.buffers]
    for node in computed:
        state.buffer(node, "output" if node in graph.outputs else "workspace")
        _lower_node(state, node)
    outputs = tuple(_outputs(state, graph))  # adds kernels that copy
    return Lowered(tuple(state.kernels), inputs, constants, outputs)


def _outputs(state: Lowering, graph: Graph) -> list[Buffer]:
    """Each output has a buffer of its own: inputs, constants and repeated outputs are copied."""
    taken: set[Buffer] = set()
    result: list[Buffer] = []
    for node in graph.outputs:
        buffer = state.buffers[node]
        if buffer.kind != "output" or buffer in taken:
            copy = replace(buffer, kind="output", label=f"o{len(result)}")
            lengths, index = along_memory(copy)
            state.kernels.append(
                LoopKernel(node, lengths, load_at(buffer, index), copy, place_in(copy, index))
            )
            buffer = copy
        taken.add(buffer)
        result.append(buffer)
    return result


def _lower_node(state: Lowering, node: Node) -> None:
    target = state.buffers[node]
    if not has_machine_code(node):
        operands = tuple(in_memory(state, operand) for operand in node.inputs)
        state.kernels.append(ReferenceStep(node, operands, target))
        return
    kind = node.primitive.lower.kind
    lower_as = MOVEMENTS[node.op] if kind == "gather" else KINDS[kind]
    lower_as(state, node, target)


def _lower_reduction(state: Lowering, node: Node, target: Buffer) -> None:
    (x,) = node.inputs
    axes = node.params["axis"]
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    order = [*kept, *axes]
    variables = {axis: Affine(0, {position: 1}) for position, axis in enumerate(order)}
    expression = expression_at(state, x, tuple(variables[axis] for axis in range(x.ndim)))
    at = place_in(target, tuple(Affine(0, {position: 1}) for position in range(len(kept))))
    state.kernels.append(
        LoopKernel(
            node,
            tuple(x.shape[axis] for axis in order),
            converted(expression, target.dtype),
            target,
            at,
            combine=node.primitive.lower.instruction,
            reduced=len(axes),
        )
    )


def _lower_scan(state: Lowering, node: Node, target: Buffer) -> None:
    index = identity(node.shape)
    expression = converted(expression_at(state, node.inputs[0], index), target.dtype)
    state.kernels.append(
        LoopKernel(
            node,
            node.shape,
            expression,
            target,
            place_in(target, index),
            combine=node.primitive.lower.instruction,
            reduced=1,
            scan=True,
        )
    )


def _lower_gather(state: Lowering, node: Node, target: Buffer) -> None:
    array, *indices = node.inputs
    require_places(state, node, indices, array.shape)
    lower_elementwise(state, node, target)


def _lower_concatenation(state: Lowering, node: Node, target: Buffer) -> None:
    start = 0
    for operand in node.inputs:
        index = identity(operand.shape)
        shifted = list(index)
        shifted[node.params["axis"]] += Affine(start)
        expression = converted(expression_at(state, operand, index), target.dtype)
        state.kernels.append(
            LoopKernel(node, operand.shape, expression, target, place_in(target, tuple(shifted)))
        )
        start += operand.shape[node.params["axis"]]


def _lower_placing(state: Lowering, node: Node, target: Buffer) -> None:
    (x,) = node.inputs
    index = identity(x.shape)
    placed = sliced(index, node.params["index"], node.params["batch"])
    expression = expression_at(state, x, index)
    state.kernels.append(LoopKernel(node, x.shape, expression, target, place_in(target, placed), clear=True))


def _lower_scatter(state: Lowering, node: Node, target: Buffer) -> None:
    p, *indices = node.inputs
    require_places(state, node, indices, node.shape)
    batch = node.params["batch"]
    index = identity(p.shape)
    dynamic, rest = dynamic_places(state, indices, index, batch, target)
    fixed = sum((part.times(target.strides[axis]) for axis, part in rest), Affine())
    expression = expression_at(state, p, index)
    state.kernels.append(
        LoopKernel(node, p.shape, expression, target, fixed, dynamic=dynamic, scatter=True, clear=True)
    )


#: How nodes are lowered, by their kind, and those that move elements by their operation.
KINDS: dict[str, Callable[[Lowering, Node, Buffer], None]] = {
    "scalar": lower_elementwise,
    "view": lower_elementwise,
    "literal": lower_elementwise,
    "reduce": _lower_reduction,
    "scan": _lower_scan,
    "product": lower_product,
    "routine": lower_decomposition,
}
MOVEMENTS: dict[str, Callable[[Lowering, Node, Buffer], None]] = {
    "gather": _lower_gather,
    "concatenate": _lower_concatenation,
    "place": _lower_placing,
    "scatter_add": _lower_scatter,
}
