"""A graph as text: what its machine code depends on, and nothing else.

Two graphs with the same text have the same code: names, source lines and the values of constant arrays are no
part of it, for code reads those arrays where they are. Single numbers are, being written into the code.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from ....errors import CompilationError
from ....graph import ArrayType, Graph, Node


def fingerprint(graph: Graph) -> str:
    """The operations that the outputs need, each with the numbers of its operands and its parameters.

    Raises:
        CompilationError: an operation has a parameter of a kind that cannot be written down.

    >>> from chainrule.graph import Graph, op, input_node, type_of
    >>> x = input_node(type_of(0.5), "x")
    >>> print(fingerprint(Graph((x,), (op.sin(x) * 2.0,))))
    input <f8()
    sin 0
    constant <f8() 2.0
    multiply 1 2
    outputs 3
    """
    numbers = {node: number for number, node in enumerate(graph.nodes)}
    lines = [_line(node, numbers) for node in graph.nodes]
    return "\n".join([*lines, f"outputs {' '.join(str(numbers[node]) for node in graph.outputs)}"])


def _line(node: Node, numbers: dict[Node, int]) -> str:
    op, params = node.op, node.params
    if op == "input":
        return f"input {_type(node.type)}"
    if op == "constant":
        return f"constant {_type(node.type)} {params['value']}"
    operands = [f" {numbers[operand]}" for operand in node.inputs]
    told = [f" {name}={_parameter(value, op)}" for name, value in params.items()] if params else ()
    return "".join([op, *operands, *told])


def _parameter(value: object, op: str) -> str:
    """A parameter in words that tell it from every other."""
    kind = type(value)
    if kind in (int, str, bool, float) or value is None:
        return repr(value)
    if kind is tuple:
        return f"({','.join([_parameter(part, op) for part in cast(tuple[object, ...], value)])})"
    if isinstance(value, np.dtype):
        return value.str
    raise CompilationError(
        f"{op} has a parameter {value!r}", expected="numbers, words, types and tuples of them"
    )


def _type(type: ArrayType) -> str:
    return f"{type.dtype.str}{type.shape}"
