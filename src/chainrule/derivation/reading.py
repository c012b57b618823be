"""From nodes of a graph to formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..graph import Literal, Node, Shape, primitive, scalar_value, topological_order
from ..primitives.indexing import Index
from .arithmetic import (
    add,
    apply,
    filled,
    is_zero,
    negative,
    power,
    product,
    quotient,
    repeats_scalar,
    scaled,
    spread,
)
from .calls import Call, call_of
from .conditions import comparison, condition_of, indicator, joined, negated
from .contractions import contraction, transposed
from .convolutions import read_convolution
from .cross import crossed
from .decompositions import DECOMPOSITIONS, part_of_decomposition
from .formula import ONE, Formula, is_number, number, ones
from .gamma import read_polygamma
from .gaps import is_guarded_gap, read_gaps
from .indices import Fixed, Given
from .masks import is_mask, masked
from .matrices import diagonal, identity, inverse, matmul
from .numbers import triangle
from .places import picked, put
from .shaping import reshaped
from .stacking import stacked
from .totals import total

LINEAR = {"cumsum"}
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


def called(node: Node, parts: Sequence[Formula], note: str = "") -> Formula:
    """An operation by its name; what it does to a multiple of its only operand, it does to the operand."""
    name = NAMES.get(node.op, node.op) + note
    scalars, first = scaled(parts[0]) if node.op in LINEAR else ([], None)
    operands = tuple(parts) if first is None else (first,)
    return product(*scalars, apply(name, operands, node.shape, call_of(node)))


def speaks_for_itself(node: Node) -> bool:
    """Whether a constant is written as what it is, such as 𝟏 or i ≥ j; or holds infinities."""
    value = node.params["value"].value
    return _constant(node).kind != "literal" or is_mask(value) or not np.all(np.isfinite(value))


def _constant(node: Node) -> Formula:
    value = node.params["value"].value
    if value.size and value.dtype.kind == "f" and np.all(value == value.flat[0]):
        return ones(value.shape) if np.all(value == 1) else filled(number(value.flat[0]), value.shape)
    if value.ndim == 2 and len(value) == len(value.T) and _is_multiple_of_identity(value):
        return product(number(value[0, 0]), identity(len(value)))
    return Formula("literal", (), value.shape, Literal(value))


def _is_multiple_of_identity(value: np.ndarray) -> bool:
    return value.size > 1 and np.array_equal(value, value[0, 0] * np.eye(len(value)))


def _broadcast(node: Node, x: Formula) -> Formula:
    shape, extra = node.shape, node.ndim - x.ndim
    stretched = [extra + axis for axis, n in enumerate(x.shape) if n == 1 and shape[extra + axis] != 1]
    kept = tuple(n for axis, n in enumerate(x.shape) if extra + axis not in stretched)
    return spread(reshaped(x, kept), shape, (*range(extra), *stretched))


def _reshape(node: Node, x: Formula) -> Formula:
    """Other shapes; A ⊗ B of the products of all entries of two matrices."""
    scalars, rest = scaled(x)
    if rest.kind == "contract" and rest.data == "ab,cd->acbd" and node.ndim == 2:
        a, b = rest.parts
        if node.shape == (a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]):
            return product(*scalars, Formula("kron", (a, b), node.shape))
    return reshaped(x, node.shape)


def _exp(node: Node, x: Formula) -> Formula:
    """exp of the logarithm of a softmax is the softmax."""
    if x.kind == "apply" and x.data[0].startswith("log softmax"):
        name, call = x.data
        return apply(
            name.removeprefix("log "), x.parts, x.shape, Call(primitive("softmax").evaluate, call.params)
        )
    return called(node, [x])


def _transpose(node: Node, x: Formula) -> Formula:
    return transposed(x, node.params["axes"])


def _multiply(node: Node, a: Formula, b: Formula) -> Formula:
    for matrix, other in ((a, b), (b, a)):
        if matrix.kind == "identity" and repeats_scalar(other):
            return product(other.parts[0], matrix)
        if matrix.kind == "literal" and is_mask(matrix.data.value):
            return masked(matrix, other)
    return product(a, b)


def _concatenate(node: Node, *parts: Formula) -> Formula:
    """Numbers are a vector, rows one below the other a matrix; else blocks."""
    if all(part.shape == (1,) and repeats_scalar(part) for part in parts):
        return Formula("vector", tuple(part.parts[0] for part in parts), node.shape)
    if node.params["axis"] == 0 and all(part.shape[:-1] == (1,) for part in parts):
        return Formula("rows", tuple(reshaped(part, part.shape[1:]) for part in parts), node.shape)
    if node.ndim <= 2:
        return stacked(parts, node.params["axis"])
    return called(node, parts, f"[axis {node.params['axis']}]")


def _along_axes(node: Node, x: Formula) -> Formula:
    """Of each row or column, in each matrix of a stack; of all entries; or else of axes by number."""
    axes, n = node.params["axis"], x.ndim
    if n >= 2 and axes in ((n - 1,), (n - 2,)):
        return called(node, [x], " of each row" if axes == (n - 1,) else " of each column")
    if len(axes) == n:
        return called(node, [x])
    return called(node, [x], f" over axis {', '.join(map(str, axes))}")


def _logaddexp(node: Node, a: Formula, b: Formula) -> Formula:
    """log(1 + exp x) is the softplus of x."""
    for zero, x in ((a, b), (b, a)):
        if is_zero(zero):
            return apply("softplus", (x,), node.shape, softplus)
    return called(node, [a, b])


def softplus(x: Any) -> Any:
    """log(1 + exp x), for large x too."""
    return np.logaddexp(0.0, x)


def _comparison(symbol: str) -> Reader:
    return lambda node, a, b: comparison(a, symbol, b, node.shape, node.primitive.evaluate)


def _joining(name: str) -> Reader:
    """Of truth values; of the bits of whole numbers it is a function like others."""
    return lambda node, *parts: joined(name, *parts) if node.dtype.kind == "b" else None


def _as_type(node: Node, x: Formula) -> Formula:
    return indicator(x) if node.inputs[0].dtype.kind == "b" else x


def _where(node: Node, truth: Formula, a: Formula, b: Formula) -> Formula:
    """A choice; where one branch is zero, a product with the condition's indicator."""
    found = read_gaps(b) if is_guarded_gap(node) else None
    if found is not None:
        return found
    condition = condition_of(truth)
    if is_zero(b) and condition.kind == "literal" and triangle(condition.data.value):
        return condition if repeats_scalar(a) and is_number(a.parts[0], 1) else masked(condition, a)
    if is_zero(b):
        return product(a, indicator(condition))
    if is_zero(a):
        return product(b, indicator(negated(condition)))
    return Formula("cases", (condition, a, b), node.shape)


def _solve(node: Node, a: Formula, b: Formula) -> Formula | None:
    return matmul(inverse(a), b) if a.ndim == b.ndim == 2 else None


def _inverse(node: Node, a: Formula) -> Formula | None:
    return inverse(a) if a.ndim == 2 else None


def _slice(node: Node, x: Formula) -> Formula:
    """x[0:3], as in Python: counted from 0; or one of the arrays that a decomposition gives."""
    index: Index = node.params["index"]
    if node.inputs[0].op in DECOMPOSITIONS and x.ndim == 1 and x.kind == "apply":
        found = part_of_decomposition(node.inputs[0], x.parts[0], index)
        if found is not None:
            return found
    batch = x.shape[: node.params["batch"]]
    return picked(x, (*[(0, 1, n) for n in batch], *index))


def _gather(node: Node, x: Formula, *places: Formula) -> Formula:
    if _is_diagonal(x.shape, places):
        return Formula("diagonal of", (x,), node.shape)
    return Formula("index", (x, *places), node.shape, Given(node.params["batch"]))


def _scatter(node: Node, x: Formula, *places: Formula) -> Formula:
    if _is_diagonal(node.shape, places):
        return diagonal(x)
    return put(x, Given(node.params["batch"]), places, node.shape)


def _is_diagonal(shape: Shape, places: Sequence[Formula]) -> bool:
    """Whether places are those of a square matrix's diagonal."""
    rows = np.arange(shape[0])
    square = len(places) == len(shape) == 2 and shape[0] == shape[1]
    return square and all(x.kind == "literal" and np.array_equal(x.data.value, rows) for x in places)


def _place(node: Node, x: Formula) -> Formula:
    """Zeros with x at an index; a vector on the diagonal of a flat square matrix is that matrix."""
    n = math.isqrt(math.prod(node.shape))
    on_diagonal = node.params["index"] == ((0, n + 1, n),) and node.ndim == 1 and n * n == node.shape[0]
    if on_diagonal:
        return reshaped_vec(diagonal(x))
    batch = node.shape[: node.params["batch"]]
    return put(x, Fixed((*[(0, 1, n) for n in batch], *node.params["index"])), (), node.shape)


def reshaped_vec(x: Formula) -> Formula:
    """vec[X]."""
    return Formula("reshape", (x,), (math.prod(x.shape),))


NAMES = {
    "expit": "σ", "maximum": "max", "minimum": "min", "logabsdet": "log|det|", "absorb": "absorb",
    "arcsin": "arcsin", "arctan": "arctan", "gammaln": "log Γ", "log_softmax": "log softmax",
    "digamma": "ψ",
}  # fmt: skip

READERS: dict[str, Reader] = {
    "constant": _constant,
    "add": lambda node, a, b: add(a, b),
    "subtract": lambda node, a, b: add(a, negative(b)),
    "negative": lambda node, x: negative(x),
    "positive": lambda node, x: x,
    "multiply": _multiply,
    "convolve": read_convolution,
    "cross": lambda node, a, b: crossed(a, b, node.shape),
    "absorb": _multiply,
    "divide": lambda node, a, b: quotient(a, b),
    "reciprocal": lambda node, x: quotient(filled(ONE, x.shape) if x.shape else ONE, x),
    "square": lambda node, x: power(x, number(2)),
    "sqrt": lambda node, x: power(x, number(0.5)),
    "power": lambda node, a, b: power(a, b),
    "einsum": lambda node, a, b: contraction(node.params["spec"], a, b, node.shape),
    "absorbing_einsum": lambda node, a, b: contraction(node.params["spec"], a, b, node.shape),
    "sum": lambda node, x: total(x, node.params["axis"]),
    "broadcast_to": _broadcast,
    "reshape": _reshape,
    "exp": _exp,
    "transpose": _transpose,
    "astype": _as_type,
    "where": _where,
    "solve": _solve,
    "inv": _inverse,
    "place": _place,
    "concatenate": _concatenate,
    "slice": _slice,
    "gather": _gather,
    "scatter_add": _scatter,
    "logaddexp": _logaddexp,
    "polygamma": read_polygamma,
    "logical_and": _joining("and"),
    "logical_or": _joining("or"),
    "logical_xor": _joining("xor"),
    "logical_not": _joining("not"),
    "bitwise_and": _joining("and"),
    "bitwise_or": _joining("or"),
    "bitwise_xor": _joining("xor"),
    "invert": _joining("not"),
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
