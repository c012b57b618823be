"""From nodes of a graph to formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..execution.reference import bound
from ..graph import Literal, Node, Shape, primitive, scalar_value, topological_order
from .contractions import contraction
from .formula import (
    ONE,
    Formula,
    add,
    apply,
    diagonal,
    filled,
    identity,
    matmul,
    negative,
    number,
    ones,
    power,
    product,
    quotient,
    repeats_scalar,
    spread,
    total,
    transpose,
)

Reader = Callable[..., Formula | None]


def read(nodes: Sequence[Node], known: Mapping[Node, Formula]) -> list[Formula]:
    """The formulas of nodes, in the symbols of the nodes that have one."""
    found = dict(known)
    for node in topological_order(nodes, found):
        found[node] = _formula(node, [found[operand] for operand in node.inputs])
    return [found[node] for node in nodes]


def _formula(node: Node, parts: list[Formula]) -> Formula:
    value = scalar_value(node)
    if value is not None:
        return filled(number(value), node.shape) if node.shape else number(value)
    reader = READERS.get(node.op)
    formula = reader(node, *parts) if reader else None
    return formula if formula is not None else called(node, parts)


def called(node: Node, parts: Sequence[Formula]) -> Formula:
    """An operation by its name."""
    return apply(NAMES.get(node.op, node.op), tuple(parts), node.shape, bound(node))


def _constant(node: Node) -> Formula | None:
    value = node.params["value"].value
    if value.ndim == 2 and value.shape[0] == value.shape[1] and np.array_equal(value, np.eye(len(value))):
        return identity(len(value))
    if value.size and np.all(value == 1):
        return ones(value.shape)
    return Formula("literal", (), value.shape, Literal(value))


def _broadcast(node: Node, x: Formula) -> Formula:
    shape, extra = node.shape, node.ndim - x.ndim
    stretched = [extra + axis for axis, n in enumerate(x.shape) if n == 1 and shape[extra + axis] != 1]
    kept = tuple(n for axis, n in enumerate(x.shape) if extra + axis not in stretched)
    return spread(reshaped(x, kept), shape, (*range(extra), *stretched))


def reshaped(x: Formula, shape: Shape) -> Formula:
    """x's elements in another shape; a reshape of a reshape is one."""
    if x.kind in ("reshape", "column"):
        x = x.parts[0]
    if x.shape == shape:
        return x
    if repeats_scalar(x):
        return filled(x.parts[0], shape)
    if not shape:
        return Formula("sum", (x,), (), tuple(range(x.ndim)))
    if math.prod(shape) == 1 and not x.shape:
        return filled(x, shape)
    if shape in ((*x.shape, 1), x.shape[:1]) and math.prod(shape) == math.prod(x.shape):
        return Formula("column", (x,), shape)
    return Formula("reshape", (x,), shape)


def _transpose(node: Node, x: Formula) -> Formula | None:
    return transpose(x) if x.ndim == 2 else None


def _multiply(node: Node, a: Formula, b: Formula) -> Formula:
    for matrix, other in ((a, b), (b, a)):
        if matrix.kind == "identity" and repeats_scalar(other):
            return product(other.parts[0], matrix)
    return product(a, b)


def _along_axes(node: Node, x: Formula) -> Formula:
    axes = node.params["axis"]
    per_row = x.ndim == 2 and axes == (1,)
    suffix = " of each row" if per_row else " of each column" if x.ndim == 2 and axes == (0,) else ""
    return apply(NAMES.get(node.op, node.op) + suffix, (x,), node.shape, bound(node))


def _comparison(symbol: str) -> Reader:
    def read_comparison(node: Node, a: Formula, b: Formula) -> Formula:
        return Formula("compare", (a, b), node.shape, (symbol, node.primitive.evaluate))

    return read_comparison


def _as_type(node: Node, x: Formula) -> Formula:
    if node.inputs[0].dtype.kind == "b":
        return Formula("indicator", (x,), node.shape)
    return x


def _where(node: Node, condition: Formula, a: Formula, b: Formula) -> Formula:
    """A choice; where one branch is zero, a product with the condition's indicator."""
    if _is_zero(b):
        return product(a, Formula("indicator", (condition,), node.shape))
    if _is_zero(a):
        return product(b, Formula("indicator", (negated(condition),), node.shape))
    return Formula("cases", (condition, a, b), node.shape)


OPPOSITE: dict[str, tuple[str, Any]] = {
    ">": ("≤", np.less_equal), "≤": (">", np.greater), "<": ("≥", np.greater_equal), "≥": ("<", np.less),
    "=": ("≠", np.not_equal), "≠": ("=", np.equal),
}  # fmt: skip


def negated(condition: Formula) -> Formula:
    """The opposite condition."""
    if condition.kind == "compare":
        return Formula("compare", condition.parts, condition.shape, OPPOSITE[condition.data[0]])
    return apply("not", (condition,), condition.shape, np.logical_not)


def _is_zero(formula: Formula) -> bool:
    return formula == number(0) or (repeats_scalar(formula) and formula.parts[0] == number(0))


def _solve(node: Node, a: Formula, b: Formula) -> Formula | None:
    return matmul(inverse(a), b) if a.ndim == b.ndim == 2 else None


def inverse(a: Formula) -> Formula:
    """A⁻¹."""
    return Formula("inverse", (a,), a.shape)


def _inverse(node: Node, a: Formula) -> Formula | None:
    return inverse(a) if a.ndim == 2 else None


def _slice(node: Node, x: Formula) -> Formula:
    """x[0:3], as in Python: counted from 0."""
    return Formula("index", (x,), node.shape, (_index_text(node), bound(node)))


def _gather(node: Node, x: Formula, *places: Formula) -> Formula:
    return Formula("index", (x, *places), node.shape, (":, " * node.params["batch"], bound(node)))


def _index_text(node: Node) -> str:
    """The index of a slice or a place, without brackets."""
    picked = primitive("slice")
    params = {name: value for name, value in node.params.items() if name != "shape"}
    return picked.expression(["x"], params)[2:-1]


def _place(node: Node, x: Formula) -> Formula:
    """Zeros with x at an index; a vector on the diagonal of a flat square matrix is that matrix."""
    n = math.isqrt(math.prod(node.shape))
    on_diagonal = node.params["index"] == ((0, n + 1, n),) and node.ndim == 1 and n * n == node.shape[0]
    if on_diagonal:
        return reshaped_vec(diagonal(x))
    return apply(f"put[{_index_text(node)}]", (x,), node.shape, bound(node))


def reshaped_vec(x: Formula) -> Formula:
    """vec[X]."""
    return Formula("reshape", (x,), (math.prod(x.shape),))


NAMES = {
    "expit": "σ", "maximum": "max", "minimum": "min", "logabsdet": "log|det|", "absorb": "absorb",
    "arcsin": "arcsin", "arctan": "arctan", "gammaln": "log Γ", "log_softmax": "log softmax",
    "logsumexp": "log Σ exp", "logical_and": "and", "logical_or": "or", "logical_not": "not",
}  # fmt: skip

READERS: dict[str, Reader] = {
    "constant": _constant,
    "add": lambda node, a, b: add(a, b),
    "subtract": lambda node, a, b: add(a, negative(b)),
    "negative": lambda node, x: negative(x),
    "positive": lambda node, x: x,
    "multiply": _multiply,
    "absorb": _multiply,
    "divide": lambda node, a, b: quotient(a, b),
    "reciprocal": lambda node, x: quotient(filled(ONE, x.shape) if x.shape else ONE, x),
    "square": lambda node, x: power(x, number(2)),
    "sqrt": lambda node, x: power(x, number(0.5)),
    "power": lambda node, a, b: power(a, b.parts[0] if repeats_scalar(b) else b),
    "einsum": lambda node, a, b: contraction(node.params["spec"], a, b, node.shape),
    "absorbing_einsum": lambda node, a, b: contraction(node.params["spec"], a, b, node.shape),
    "sum": lambda node, x: total(x, node.params["axis"]),
    "broadcast_to": _broadcast,
    "reshape": lambda node, x: reshaped(x, node.shape),
    "transpose": _transpose,
    "astype": _as_type,
    "where": _where,
    "solve": _solve,
    "inv": _inverse,
    "place": _place,
    "slice": _slice,
    "gather": _gather,
    "logical_not": lambda node, condition: negated(condition),
    "softmax": _along_axes,
    "log_softmax": _along_axes,
    "logsumexp": _along_axes,
    "max": _along_axes,
    "min": _along_axes,
    "prod": _along_axes,
    "greater": _comparison(">"),
    "greater_equal": _comparison("≥"),
    "less": _comparison("<"),
    "less_equal": _comparison("≤"),
    "equal": _comparison("="),
    "not_equal": _comparison("≠"),
}
