"""Functions that are written out are recognised: exp(z)/Σ exp(z) is the softmax, 1/(1 + exp(−z)) is σ(z).

So is z − log Σ exp(z), the logarithm of the softmax, whether or not max z is taken off first.

Each form is equal to what it replaces in exact arithmetic, so no derivative changes. Values that the user
named stay: only what has no name of its own is looked through.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from functools import reduce
from itertools import permutations

from ..graph import Graph, Node, build, op, provenance, pruned, scalar_value
from .convolutions import convolution

Pattern = Callable[[Node, frozenset[Node]], Node | None]


def recognised(graph: Graph, looked_through: Collection[str] = ()) -> Graph:
    """The graph with the softmax, the logistic function and log Σ exp as operations of their own.

    Args:
        graph: any graph.
        looked_through: names of values that a form may hold; others hold it off.
    """
    named = {node for label, node in graph.names.items() if label not in looked_through}
    called = set(graph.names.values())
    rebuilt: dict[Node, Node] = {}
    kept: set[Node] = set()
    all_kept: set[Node] = set()
    for node in graph.nodes:
        operands = tuple(rebuilt[operand] for operand in node.inputs)
        same = operands == node.inputs
        new = node if same else node.with_inputs(operands)
        with provenance(node.source):
            found = next((f for p in PATTERNS.get(node.op, ()) if (f := p(new, frozenset(kept)))), None)
            found = found or _scaled_view(new, all_kept)
        rebuilt[node] = found or new
        if node in called:
            all_kept.add(rebuilt[node])
        if node in named:
            kept.add(rebuilt[node])
    names = {label: rebuilt[node] for label, node in graph.names.items()}
    outputs = tuple(rebuilt[node] for node in graph.outputs)
    return pruned(Graph(graph.inputs, outputs, names, graph.title))


def _repeated(node: Node) -> Node:
    """What is repeated to a shape."""
    while node.op in ("broadcast_to", "reshape"):
        node = node.inputs[0]
    return node


def _kept(node: Node) -> Node:
    """What is only given axes of length 1, as a reduction with keepdims does."""
    return node.inputs[0] if node.op == "reshape" and node.type.size == node.inputs[0].type.size else node


def _softmax(node: Node, named: frozenset[Node]) -> Node | None:
    """e / Σ e, where e = exp(x) or exp(x − max x)."""
    e, below = node.inputs
    total = _repeated(below)
    if e.op != "exp" or total.op != "sum" or total.inputs[0] is not e or not {e, total}.isdisjoint(named):
        return None
    axes = total.params["axis"]
    return op.softmax(_unshifted(e.inputs[0], axes, named), axis=axes) if _keeps(node, axes) else None


def _keeps(node: Node, axes: Sequence[int]) -> bool:
    """Whether the sum is repeated along the axes that it was taken over, and not along others."""
    e, below = node.inputs
    return all(n == 1 or axis not in axes for axis, n in enumerate(_unit_shape(below, e.ndim)))


def _unit_shape(node: Node, ndim: int) -> tuple[int, ...]:
    """The shape, of as many axes, from which a value is repeated."""
    inner = node.inputs[0] if node.op == "broadcast_to" else node
    return (1,) * (ndim - inner.ndim) + inner.shape


def _unshifted(x: Node, axes: Sequence[int], named: frozenset[Node]) -> Node:
    """x of x − max x, and x / T of (x − max x) / T: the softmax does not feel the shift."""
    if x in named:
        return x
    if x.op in ("multiply", "divide"):
        return _unshifted_multiple(x, axes, named)
    if x.op != "subtract":
        return x
    greatest = _repeated(x.inputs[1])
    same = greatest.op == "max" and greatest.inputs[0] is x.inputs[0] and greatest.params["axis"] == axes
    return x.inputs[0] if same else x


def _unshifted_multiple(x: Node, axes: Sequence[int], named: frozenset[Node]) -> Node:
    a, b = x.inputs
    for shifted, by in ((a, b), (b, a))[: 1 if x.op == "divide" else 2]:
        inner = _unshifted(shifted, axes, named)
        constant = all(n == 1 for axis, n in enumerate(_unit_shape(by, x.ndim)) if axis in axes)
        if constant and inner is not shifted and inner.shape == x.shape:
            return build(x.op, *((inner, by) if shifted is a else (by, inner)))
    return x


def _logistic(node: Node, named: frozenset[Node]) -> Node | None:
    """a / (1 + exp(−x)), also to another base, and exp(x) / (1 + exp(x))."""
    below = node.inputs[-1]
    if below.op != "add" or below in named:
        return None
    for one, e in (below.inputs, below.inputs[::-1]):
        x = _exponent(e) if scalar_value(one) == 1 and e not in named else None
        if x is not None:
            if node.op == "divide" and node.inputs[0] is e:
                return op.expit(x)
            logistic = op.expit(_opposite(x, named) or -x)
            alone = node.op == "reciprocal" or scalar_value(node.inputs[0]) == 1
            return logistic if alone else node.inputs[0] * logistic
    return None


def _exponent(e: Node) -> Node | None:
    """x of exp(x), and x log 10 of 10**x."""
    if e.op == "exp":
        return e.inputs[0]
    base = scalar_value(e.inputs[0]) if e.op == "power" else None
    return e.inputs[1] * math.log(base) if base is not None and base > 0 else None


def _opposite(x: Node, named: frozenset[Node]) -> Node | None:
    """−x, where x is written with minus signs that this takes off, or turns around."""
    value = scalar_value(x)
    if value is not None:
        return -x if value < 0 else None
    if x in named:
        return None
    if x.op == "negative":
        return x.inputs[0]
    if x.op not in ("add", "subtract", "multiply", "divide", "einsum", "broadcast_to", "reshape"):
        return None
    turned = [_opposite(operand, named) for operand in x.inputs]
    if x.op in ("add", "subtract"):
        (a, b), (without_a, without_b) = x.inputs, turned
        if x.op == "subtract":
            return without_a + b if without_a else b - a
        return without_a + without_b if without_a and without_b else None
    for i, operand in enumerate(turned):
        if operand is not None:
            return build(x.op, *x.inputs[:i], operand, *x.inputs[i + 1 :], **x.params)
    return None


def _softplus(node: Node, named: frozenset[Node]) -> Node | None:
    """log(1 + exp(x))."""
    (total,) = node.inputs
    if total.op == "exp" and node.op == "log1p" and total not in named:
        return op.logaddexp(0.0, total.inputs[0])
    if node.op == "log1p" or total.op != "add" or total in named:
        return None
    for one, e in (total.inputs, total.inputs[::-1]):
        if scalar_value(one) == 1 and e.op == "exp" and e not in named:
            return op.logaddexp(0.0, e.inputs[0])
    return None


def _stable_softplus(node: Node, named: frozenset[Node]) -> Node | None:
    """max(x, 0) + log(1 + exp(−|x|)), also with other terms beside them."""
    terms = _terms(node, 1, named)
    added = [term for term, sign in terms if sign > 0 and term not in named]
    for large, small in permutations(added, 2):
        x = _of_positive_part(large)
        if x is None or not _is_of_size(small, x):
            continue
        whole = op.logaddexp(0.0, x)
        (first, _), *others = sorted(
            ((whole if term is large else term, sign) for term, sign in terms if term is not small),
            key=lambda pair: -pair[1],
        )
        return reduce(lambda a, b: a + b[0] if b[1] > 0 else a - b[0], others, first)
    return None


def _terms(node: Node, sign: int, named: frozenset[Node]) -> list[tuple[Node, int]]:
    """The terms of a sum, each with its sign."""
    if node.op not in ("add", "subtract") or node in named:
        return [(node, sign)]
    a, b = node.inputs
    return _terms(a, sign, named) + _terms(b, sign if node.op == "add" else -sign, named)


def _of_positive_part(node: Node) -> Node | None:
    """x of max(x, 0)."""
    a, b = node.inputs if node.op == "maximum" else (node, node)
    return a if scalar_value(b) == 0 else b if scalar_value(a) == 0 else None


def _is_of_size(node: Node, x: Node) -> bool:
    """Whether it is log(1 + exp(−|x|))."""
    if node.op != "logaddexp" or scalar_value(node.inputs[0]) != 0 or node.inputs[1].op != "negative":
        return False
    size = node.inputs[1].inputs[0]
    return size.op == "absolute" and size.inputs[0] in (x, *x.inputs * (x.op == "negative"))


def _square_of_root(node: Node, named: frozenset[Node]) -> Node | None:
    """x of (√x)², as of ‖x‖²."""
    x, *exponent = node.inputs
    squared = not exponent or scalar_value(exponent[0]) == 2
    return x.inputs[0] if squared and x.op == "sqrt" and x not in named else None


def _scaled_view(node: Node, named: Collection[Node]) -> Node | None:
    """A multiple of a reshaped array as the multiple, reshaped: where that has a name, it is used."""
    if node.op not in ("divide", "multiply"):
        return None
    for x, number in (node.inputs, node.inputs[::-1]):
        value = scalar_value(number)
        if x.op == "reshape" and x not in named and value is not None and x.dtype == node.dtype:
            first = x is node.inputs[0]
            operands = (x.inputs[0], value) if first else (value, x.inputs[0])
            return op.reshape(build(node.op, *operands), shape=node.shape)
    return None


def _log_sum_exp(node: Node, named: frozenset[Node]) -> Node | None:
    """log Σ exp(x)."""
    (written,) = node.inputs
    total = _kept(written)
    if total.op != "sum" or total.inputs[0].op != "exp":
        return None
    if not {written, total, total.inputs[0]}.isdisjoint(named):
        return None
    x = total.inputs[0].inputs[0]
    return _shaped(op.logsumexp(x, axis=total.params["axis"]), node)


def _log_det(node: Node, named: frozenset[Node]) -> Node | None:
    """log det X, and log |det X|."""
    (x,) = node.inputs
    inner = x.inputs[0] if x.op == "absolute" else x
    return op.logabsdet(inner.inputs[0]) if inner.op == "det" and {x, inner}.isdisjoint(named) else None


def _shifted_log_sum_exp(node: Node, named: frozenset[Node]) -> Node | None:
    """max x + log Σ exp(x − max x)."""
    for shift, rest in (node.inputs, node.inputs[::-1]):
        greatest, found = _repeated(shift), _kept(rest)
        if greatest.op != "max" or found.op != "logsumexp" or not {rest, found}.isdisjoint(named):
            continue
        axes = found.params["axis"]
        x = _unshifted(found.inputs[0], axes, named)
        if x is greatest.inputs[0] and greatest.params["axis"] == axes and rest.shape == shift.shape:
            return _shaped(op.logsumexp(x, axis=axes), node)
    return None


def _log_softmax(node: Node, named: frozenset[Node]) -> Node | None:
    """x − log Σ exp(x)."""
    x, below = node.inputs
    total = _repeated(below)
    if total.op != "logsumexp" or total.inputs[0] is not x or not {below, total}.isdisjoint(named):
        return None
    axes = total.params["axis"]
    return op.log_softmax(_unshifted(x, axes, named), axis=axes) if _keeps(node, axes) else None


def _exp_of_log_softmax(node: Node, named: frozenset[Node]) -> Node | None:
    """exp(log softmax(x))."""
    (y,) = node.inputs
    return op.softmax(y.inputs[0], **y.params) if y.op == "log_softmax" and y not in named else None


def _shaped(found: Node, node: Node) -> Node:
    """The value in the shape of what it replaces."""
    return found if found.shape == node.shape else op.reshape(found, shape=node.shape)


PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "einsum": (convolution,),
    "divide": (_softmax, _logistic),
    "reciprocal": (_logistic,),
    "log": (_softplus, _log_sum_exp, _log_det),
    "log1p": (_softplus,),
    "add": (_shifted_log_sum_exp, _stable_softplus),
    "subtract": (_log_softmax, _stable_softplus),
    "square": (_square_of_root,),
    "power": (_square_of_root,),
    "exp": (_exp_of_log_softmax,),
}
