"""A graph as its source is printed: products that need no care for 0·∞ are plain, ``a * b``.

A derivative's masked zeros stay zero beside infinity, by ``absorb``. Where both factors are computed from
finite arguments by operations that have no poles, the plain product is the same, but for overflow. Small
arrays that nothing but numbers determines, as multiples of the identity, are these numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..execution import evaluate
from ..graph import Graph, Node, build, constant, is_literal, provenance, scalar_value
from ..primitives.signs import is_nonnegative, is_positive
from .simplify import simplify

MOST_NUMBERS = 64
PLAIN = {"absorb": "multiply", "absorbing_einsum": "einsum"}
VIEWS = {"broadcast_to", "reshape", "transpose", "slice", "astype"}
WITHOUT_POLES = VIEWS | {
    "input", "add", "subtract", "multiply", "absorb", "negative", "positive", "square", "absolute", "hypot",
    "sign", "sin", "cos", "tanh", "arctan", "expit", "erf", "softmax", "floor", "ceil", "rint", "trunc",
    "maximum", "minimum", "max", "min", "where", "sort", "sum", "cumsum", "deg2rad", "rad2deg",
    "einsum", "absorbing_einsum", "convolve", "cross", "gather", "scatter_add", "place", "concatenate",
}  # fmt: skip


def readable(graph: Graph) -> Graph:
    """An equal graph whose source is as short to read as it can be."""
    finite: dict[Node, bool] = {}
    plain: dict[Node, Node] = {}
    for node in graph.nodes:
        finite[node] = _is_finite(node, finite)
        operands = tuple(plain[operand] for operand in node.inputs)
        made = node if operands == node.inputs else node.with_inputs(operands)
        if node.op in PLAIN and all(finite[operand] for operand in node.inputs):
            with provenance(node.source, node.of):
                made = build(PLAIN[node.op], *operands, **node.params)
        plain[node] = _worked_out(made)
    names = {label: plain[node] for label, node in graph.names.items()}
    return simplify(Graph(graph.inputs, tuple(plain[node] for node in graph.outputs), names, graph.title))


def _worked_out(node: Node) -> Node:
    """A small array of numbers that are put at places, or are arranged, as these numbers."""
    arranges = node.op in ("place", "reshape", "transpose") and node.type.size <= MOST_NUMBERS
    if not arranges or not all(map(is_literal, node.inputs)) or is_literal(node):
        return node
    (value,) = evaluate([node], {})
    with provenance(node.source, node.of):
        return constant(value)


def _is_finite(node: Node, finite: Mapping[Node, bool]) -> bool:
    """Whether a value is never infinite or NaN where the arguments are finite."""
    if node.op == "constant":
        return bool(np.all(np.isfinite(np.asarray(node.params["value"].value))))
    if not node.type.is_float:
        return True
    if node.op == "exp":
        return _is_at_most_zero(node.inputs[0], finite)
    if node.op in RULES and not RULES[node.op](node):
        return False
    moving = node.inputs[1:] if node.op == "where" else node.inputs
    return (node.op in RULES or node.op in WITHOUT_POLES) and all(finite[x] for x in moving)


def _is_at_most_zero(x: Node, finite: Mapping[Node, bool]) -> bool:
    """Whether it is x − max(x), or −|x| or −x², of finite values or of −∞ among them."""
    if x.op == "negative":
        return finite[x] and is_nonnegative(x.inputs[0])
    return _is_shifted(x) and _is_below_infinity(x.inputs[0], finite)


def _is_below_infinity(x: Node, finite: Mapping[Node, bool]) -> bool:
    choices = x.inputs[1:] if x.op == "where" else (x,)
    return all(finite[choice] or scalar_value(choice) == -np.inf for choice in choices)


def _is_shifted(x: Node) -> bool:
    return x.op == "subtract" and _is_greatest(x.inputs[0], x.inputs[1])


def _is_whole_power(node: Node) -> bool:
    exponent = scalar_value(node.inputs[1])
    return exponent is not None and exponent >= 0 and exponent.is_integer()


def _is_no_zero(x: Node) -> bool:
    """Whether it is positive, a sum in which exp(0) = 1 is, or how many entries are the greatest."""
    x = _below_views(x)
    if x.op != "sum":
        return is_positive(x) or bool(scalar_value(x))
    added = x.inputs[0]
    if added.op == "exp":
        return _is_shifted(added.inputs[0])
    return added.op == "astype" and added.inputs[0].op == "equal" and _is_greatest(*added.inputs[0].inputs)


def _is_greatest(x: Node, greatest: Node) -> bool:
    most = _below_views(greatest)
    return most.op in ("max", "min") and most.inputs[0] is x


def _below_views(x: Node) -> Node:
    while x.op in VIEWS:
        x = x.inputs[0]
    return x


#: What each of these takes besides finite operands.
RULES: dict[str, Callable[[Node], bool]] = {
    "divide": lambda node: _is_no_zero(node.inputs[1]),
    "reciprocal": lambda node: _is_no_zero(node.inputs[0]),
    "power": _is_whole_power,
    "sqrt": lambda node: is_nonnegative(node.inputs[0]),
    "log": lambda node: is_positive(node.inputs[0]),
    "log1p": lambda node: is_nonnegative(node.inputs[0]),
}
