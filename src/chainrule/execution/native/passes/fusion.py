"""Which values get a buffer, and which are computed where they are used."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ....graph import Graph, Node
from ..costs import CHEAP
from ..emission.scalars import INSTRUCTIONS, ON_WHOLE_NUMBERS
from ..routines import routine_of
from .anew import computed_anew, is_number

LARGEST_EXPRESSION = 48  # instructions; larger ones are cut
DEEPEST = 100  # values that are not stored, each seen through the last: passes go there by recursion
AS_QUICK_AS_A_LOAD = frozenset((
    "astype", "equal", "greater", "greater_equal", "less", "less_equal", "logical_not", "negative",
    "not_equal",
))  # fmt: skip


def stored_nodes(graph: Graph) -> set[Node]:
    """The nodes whose values are stored: the others are inlined into the loops that use them."""
    stored = {node for node in graph.nodes if _must_store(node)} | set(graph.outputs)
    uses = Counter(operand for node in graph.nodes for operand in set(node.inputs))
    for node in graph.nodes:
        stored |= _stored_operands(node) | _finished_in_products(node)
    for node in graph.nodes:
        again = node.primitive.lower.kind == "scalar" and uses[node] > 1
        if again and not (_is_as_quick_as_a_load(node, stored) or computed_anew(node)):
            stored.add(node)
    length, depth = dict.fromkeys(stored, 0), dict.fromkeys(stored, 0)
    for node in graph.nodes:
        if node in stored:
            continue
        length[node] = (node.primitive.lower.kind == "scalar") + sum(length[x] for x in node.inputs)
        depth[node] = 1 + max((depth[x] for x in node.inputs), default=0)
        if length[node] > LARGEST_EXPRESSION or depth[node] > DEEPEST:
            stored.add(node)
            length[node] = depth[node] = 0
    return {node for node in stored if not is_number(node)} | set(graph.outputs)


def reshape_is_free(node: Node) -> bool:
    """Whether a reshape only adds or drops axes of length 1, so that indices carry over."""
    return _without_ones(node.shape) == _without_ones(node.inputs[0].shape)


def has_machine_code(node: Node) -> bool:
    """Whether a node can be lowered at all."""
    return not lacking(node)


def lacking(node: Node) -> str:
    """Why there is no machine code for a node; "" where there is."""
    kind = node.primitive.lower.kind
    types = dict.fromkeys(x.dtype for x in (node, *node.inputs) if not _fits_a_register(x.dtype))
    if types:
        return "" if kind == "literal" else f"{', '.join(map(str, types))} fits no register"
    if kind == "scalar":
        on_floats = all(x.type.is_float for x in node.inputs)
        known = node.op == "astype" or node.op in (INSTRUCTIONS if on_floats else ON_WHOLE_NUMBERS)
        return "" if known else f"no instruction for {node.inputs[0].dtype}"
    if kind == "reduce":
        return "" if node.op in ("sum", "prod", "max", "min") else "of an empty array"
    if kind == "product":
        return "" if node.type.is_float else f"a product of {node.dtype}"
    if kind == "routine" and routine_of(node):
        return "" if all(x.type.size for x in (node, *node.inputs)) else "of an empty array"
    return "" if kind in ("literal", "view", "scan", "gather") else "NumPy's own algorithm"


def _fits_a_register(dtype: np.dtype) -> bool:
    """Floats of 32 and 64 bits, whole numbers with a sign, booleans, their bytes in the processor's order."""
    return dtype.isnative and (dtype.kind in "ib" or (dtype.kind == "f" and dtype.itemsize in (4, 8)))


def _must_store(node: Node) -> bool:
    kind = node.primitive.lower.kind
    if kind == "literal":
        return not is_number(node)
    return kind in ("reduce", "scan", "gather", "product", "routine") or not has_machine_code(node)


def _stored_operands(node: Node) -> set[Node]:
    """The operands that must lie in memory for this node to be computed."""
    kind = node.primitive.lower.kind
    if kind == "routine" or not has_machine_code(node):
        return set(node.inputs)
    if kind == "product":
        return {_base(operand) for operand in node.inputs}
    if node.op == "gather":
        return {node.inputs[0]}
    if node.op == "reshape" and not reshape_is_free(node):
        return {node.inputs[0]}
    if node.op == "broadcast_to":
        computed = _under_views(node.inputs[0])
        if computed.primitive.lower.kind == "scalar" and computed.type.size < node.type.size:
            return {computed}
    return set()


def _finished_in_products(node: Node) -> set[Node]:
    """The operands of a costly function that a product's results become in one more operation, such as the
    addition of a bias: while they are in registers that is free, and loops over what is stored then need not
    keep to rows, whose last registers may be nearly empty."""
    if node.primitive.lower.kind != "scalar" or node.op in CHEAP:
        return set()
    return {
        x for x in node.inputs if x.primitive.lower.kind == "scalar" and x.op in CHEAP and _is_of_product(x)
    }


def _is_of_product(node: Node) -> bool:
    return any(
        x.primitive.lower.kind == "product" and x.shape == node.shape and node.ndim for x in node.inputs
    )


def _under_views(node: Node) -> Node:
    """What a value is computed as, under changes of its axes."""
    while node.op in ("transpose", "reshape") and (node.op == "transpose" or reshape_is_free(node)):
        node = node.inputs[0]
    return node


def _base(node: Node) -> Node:
    """What lies in memory under views: products read through strides. Of what is computed for a slice, no
    more is stored than that."""
    base = node
    while base.primitive.lower.kind == "view":
        base = base.inputs[0]
    computed = base.primitive.lower.kind == "scalar"
    return _under_views(node) if computed and base.type.size > node.type.size else base


def _is_as_quick_as_a_load(node: Node, stored: set[Node]) -> bool:
    """Whether to compute it anew from stored values takes no longer than to read it."""
    multiple = node.op in ("multiply", "add", "subtract") and any(map(is_number, node.inputs))
    known = all(operand in stored or is_number(operand) for operand in node.inputs)
    return known and (multiple or node.op in AS_QUICK_AS_A_LOAD)


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)
