"""The computational graph: types, nodes, primitives' records, building, validation, printing."""

from .building import (
    Literal,
    as_node,
    broadcast_shape,
    broadcast_to,
    build,
    cast,
    constant,
    content,
    input_node,
    is_literal,
    op,
    provenance,
    reshape,
    scalar_value,
    zeros,
)
from .graph import Graph, dependents, pruned, rebuild, topological_order
from .node import Node
from .primitive import Lowering, Primitive, Sample, all_primitives, is_registered, primitive, register
from .types import ArrayType, Shape, type_of, with_unit_axes, without_axes

__all__ = [
    "ArrayType",
    "Graph",
    "Literal",
    "Lowering",
    "Node",
    "Primitive",
    "Sample",
    "Shape",
    "all_primitives",
    "as_node",
    "broadcast_shape",
    "broadcast_to",
    "build",
    "cast",
    "constant",
    "content",
    "dependents",
    "input_node",
    "is_literal",
    "is_registered",
    "op",
    "primitive",
    "provenance",
    "pruned",
    "rebuild",
    "register",
    "reshape",
    "scalar_value",
    "topological_order",
    "type_of",
    "with_unit_axes",
    "without_axes",
    "zeros",
]
