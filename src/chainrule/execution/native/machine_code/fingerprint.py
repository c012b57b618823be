"""A graph as text: what its machine code depends on, and nothing else.

Two graphs with the same text have the same code: names, source lines and the values of constant arrays are no
part of it, for code reads those arrays where they are. Single numbers are, being written into the code. So is
which arrays are the same, of which code reads one, and which operations belong to a derivative, which are
simplified by more rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from ....errors import CompilationError
from ....graph import ArrayType, Graph, Node, content


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
    numbers: dict[Node, int] = {}
    arrays: dict[Any, int] = {}
    lines = []
    for number, node in enumerate(graph.nodes):
        lines.append(_line(node, numbers, arrays))
        numbers[node] = number
    return "\n".join([*lines, f"outputs {' '.join([str(numbers[node]) for node in graph.outputs])}"])


def _line(node: Node, numbers: Mapping[Node, int], arrays: dict[Any, int]) -> str:
    """A node in words; ``arrays`` gets the number of each that was not there before."""
    op, params = node.primitive.name, node.params
    if op == "input":
        return f"input {_type(node.type)}"
    if op == "constant":
        same = arrays.setdefault(content(node), len(numbers)) if node.type.shape else len(numbers)
        told = params["value"] if same == len(numbers) else f"array {same}"
        return f"constant {_type(node.type)} {told}"
    line = op if node.of is None else f"{op} of a derivative"
    for operand in node.inputs:
        line += f" {numbers[operand]}"
    for name, value in params.items():
        line += f" {name}={_parameter(value, op)}"
    return line


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
