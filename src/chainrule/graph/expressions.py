"""Nodes as Python expressions: syntax trees, so that operands go in with the parentheses they need."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ArgumentError
from .building import is_literal, scalar_value
from .node import Node

MOST_ELEMENTS = 1_000_000  # of a constant array whose numbers are written out

_OPERAND = "operand{}_"


def operands(node: Node) -> tuple[Node, ...]:
    """What a node's expression needs: NumPy's element-wise functions broadcast by themselves."""
    diagonal = _of_diagonal(node)
    if diagonal:
        return (diagonal[1],)
    if not node.primitive.elementwise:
        return node.inputs
    bare = tuple(operand.inputs[0] if operand.op == "broadcast_to" else operand for operand in node.inputs)
    return bare if np.broadcast_shapes(*[operand.shape for operand in bare]) == node.shape else node.inputs


def template(node: Node) -> ast.expr:
    """A node's expression, in which names stand for its operands."""
    diagonal = _of_diagonal(node)
    if diagonal:
        return parse(f"{diagonal[0]}({_OPERAND.format(0)})")
    names = [_OPERAND.format(i) for i in range(len(node.inputs))]
    return parse(node.primitive.expression(names, node.params))


def _of_diagonal(node: Node) -> tuple[str, Node] | None:
    """NumPy's function that picks a square matrix's diagonal, or puts a vector there, and its operand."""
    inner = node.inputs[0] if node.op in ("slice", "reshape") else node
    matrix, flat = (inner.inputs[0], node) if node.op == "slice" and inner.op == "reshape" else (node, inner)
    n = len(matrix.shape) == 2 and matrix.shape[0]
    if not n or matrix.shape != (n, n) or flat.op not in ("slice", "place"):
        return None
    if flat.params["index"] != ((0, n + 1, n),) or flat.params["batch"]:
        return None
    return ("np.diagonal", matrix) if node.op == "slice" else ("np.diag", flat.inputs[0])


def uses(pattern: ast.expr, given: Sequence[Node]) -> list[Node]:
    """The operands in the order and as often as a template names them."""
    places = {_OPERAND.format(i): operand for i, operand in enumerate(given)}
    return [places[part.id] for part in ast.walk(pattern) if isinstance(part, ast.Name) and part.id in places]


def filled(pattern: ast.expr, parts: Iterable[ast.expr]) -> ast.expr:
    """A template with expressions in place of its operands."""
    places = {_OPERAND.format(i): part for i, part in enumerate(parts)}
    result: ast.expr = _Filling(places).visit(pattern)
    return result


class _Filling(ast.NodeTransformer):
    def __init__(self, places: Mapping[str, ast.expr]) -> None:
        self._places = places

    def visit_Name(self, name: ast.Name) -> ast.expr:
        return self._places.get(name.id, name)


def literal(node: Node, beside: Sequence[Node] = ()) -> ast.expr:
    """A constant where it is used: a bare number, where an array beside it gives that number its dtype."""
    value = scalar_value(node)
    dtype = f"'{node.dtype}'"
    if value is None:
        return parse(_array_text(node.params["value"].value, dtype))
    number = _number_text(node.dtype.type(value))
    if any(other.dtype == node.dtype and not is_literal(other) for other in beside):
        return parse(re.sub(r"^(0|-?[1-9]\d*)\.0$", r"\1", number))
    if node.dtype == np.float64 and not all(map(is_literal, beside)):
        return parse(number)  # Python's own floats are of that dtype
    if not node.shape:
        return parse(f"np.{node.dtype.type.__name__}({number})")
    filler = {"0.0": f"np.zeros({node.shape}", "1.0": f"np.ones({node.shape}"}
    return parse(f"{filler.get(number, f'np.full({node.shape}, {number}')}, {dtype})")


def _array_text(array: np.ndarray, dtype: str) -> str:
    if array.size > MOST_ELEMENTS:
        raise ArgumentError(
            f"a constant array of {array.size} numbers is too large to be written out",
            instead="make it an argument of the function",
        )
    if array.ndim == 2 and array.size > 1 and _is_multiple_of_identity(array):
        front = "" if array[0, 0] == 1 else f"{_number_text(array[0, 0])} * "
        size = f"{len(array)}" if len(array) == array.shape[1] else f"{len(array)}, {array.shape[1]}"
        eye = f"np.eye({size})" if array.dtype == np.float64 else f"np.eye({size}, dtype={dtype})"
        return front + eye
    if array.size == 0:
        return f"np.zeros({array.shape}, {dtype})"
    return f"np.array({_nested_text(array)}, {dtype})"


def _is_multiple_of_identity(array: np.ndarray) -> bool:
    """Whether it is k I; of other numbers than floats only I itself is written so."""
    k = array[0, 0] if array.dtype.kind == "f" else 1
    return bool(k) and np.array_equal(array, k * np.eye(*array.shape, dtype=array.dtype))


def _nested_text(array: Any) -> str:
    return f"[{', '.join(map(_nested_text, array))}]" if np.ndim(array) else _number_text(array)


def _number_text(number: Any) -> str:
    """The shortest text that is this number in its own dtype."""
    text = str(number)
    return re.sub("inf|nan", r"np.\g<0>", text)


def parse(text: str) -> ast.expr:
    """The syntax tree of an expression."""
    return ast.parse(text, mode="eval").body
