"""Operations that have no loop of their own are written with ones that do."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ....graph import (
    Graph,
    Node,
    broadcast_to,
    build,
    cast,
    constant,
    op,
    reshape,
    scalar_value,
    topological_order,
)
from ....primitives.matrices import column, matmul, row
from ....primitives.spectra import svd
from .entropies import divergence, entropy, log_sigmoid, relative_entropy, xlog1py, xlogy
from .softmaxes import Exponentials, kept, log_sum_exp, softmax
from .thresholds import Thresholds


def legalise(graph: Graph) -> Graph:
    """The same computation, in operations that the next passes know."""
    done: dict[Node, Node] = {node: node for node in graph.inputs}
    thresholds, exponentials = Thresholds(), Exponentials()
    expansions = {**EXPANSIONS, "log_softmax": exponentials.log_softmax, "exp": exponentials.exp}
    for node in topological_order(graph.outputs, done):
        operands = thresholds.instead(node.op, tuple(done[operand] for operand in node.inputs))
        rebuilt = node if operands == node.inputs else node.with_inputs(operands)
        expand = expansions.get(node.op)
        done[node] = expand(rebuilt) if expand else rebuilt
        thresholds.note(done[node])
    return Graph(graph.inputs, tuple(done[node] for node in graph.outputs), {}, graph.title)


def _of_one_type(node: Node) -> Node:
    """A product, whose kernels read both operands in the type of the result."""
    operands = tuple(cast(x, node.dtype) for x in node.inputs)
    return node if operands == node.inputs else node.with_inputs(operands)


def _greater(node: Node) -> Node:
    """Whether a number of truths is more than 0 is whether one of them holds."""
    count, limit = node.inputs
    if count.op != "sum" or count.inputs[0].dtype.kind != "b" or scalar_value(limit) != 0:
        return node
    (truths,) = count.inputs
    return op.max(truths, axis=count.params["axis"]) if truths.type.size else node


def _invert(node: Node) -> Node:
    """The other truth value, or the other bits, those of −1 being all 1."""
    (x,) = node.inputs
    if x.dtype.kind == "b":
        return op.logical_not(x)
    return op.bitwise_xor(x, constant(-1, x.dtype)) if x.dtype.kind == "i" else node


def _log_add_exp(node: Node) -> Node:
    a, b = node.inputs
    greater, smaller = op.maximum(a, b), op.minimum(a, b)
    apart = op.where(op.isfinite(greater), smaller - greater, 0.0)
    rest = op.log1p(op.exp(apart))
    return op.where(op.isfinite(greater), greater + rest, greater)


def _log_add_exp2(node: Node) -> Node:
    a, b = node.inputs
    greater, smaller = op.maximum(a, b), op.minimum(a, b)
    apart = op.where(op.isfinite(greater), smaller - greater, 0.0)
    rest = op.log1p(op.exp2(apart)) * (1 / math.log(2))
    return op.where(op.isfinite(greater), greater + rest, greater)


def _logit(node: Node) -> Node:
    (x,) = node.inputs
    below = op.log(x / (1 - x))
    return op.where(op.less(x, 0.4), below, op.log1p((2 * x - 1) / (1 - x)))


def _sinc(node: Node) -> Node:
    (x,) = node.inputs
    angle = op.where(op.equal(x, 0.0), 1e-20, x) * math.pi  # as NumPy has it: sin(a)/a is 1 there
    return op.sin(angle) / angle


def _cofactor(node: Node) -> Node:
    """det(U) det(V) U cof(Σ) Vᵀ, as :func:`chainrule.primitives.determinants.cofactors` has it."""
    (a,) = node.inputs
    U, s, Vh = svd(a)
    places = _counted(a.shape[-1], np.dtype(np.int64))
    others = op.prod(op.where(op.equal(column(places), row(places)), 1.0, row(s)), axis=(s.ndim,))
    turned = op.sign(op.det(U) * op.det(Vh))
    return matmul(U * row(others) * reshape(turned, (*turned.shape, 1, 1)), Vh)


def _first_place(extremum: str) -> Callable[[Node], Node]:
    """Where the greatest or the least element stands, the first of several; NaN counts as both."""

    def expand(node: Node) -> Node:
        (x,) = node.inputs
        axis = node.params["axis"]
        if x.dtype.kind not in "fi" or not x.type.size:
            return node
        best = kept(build(extremum, x, axis=(axis,)), (axis,), x)
        found = op.equal(x, best)
        if x.type.is_float:
            found = op.logical_or(found, op.isnan(x))
        line = tuple(n if i == axis else 1 for i, n in enumerate(x.shape))
        places = broadcast_to(reshape(_counted(x.shape[axis], node.dtype), line), x.shape)
        return op.min(op.where(found, places, x.shape[axis]), axis=(axis,))

    return expand


def _cross(node: Node) -> Node:
    """By the components, each of which is computed where it stands."""
    n = len(node.shape) - 1

    def component(x: Node, i: int) -> Node:
        whole = tuple((0, 1, length) for length in x.shape[:-1])
        return op.slice(x, index=(*whole, (i, 1, 1)), batch=0)

    a, b = ([component(x, i) for i in range(3)] for x in node.inputs)
    return op.concatenate(*[a[i - 2] * b[i - 1] - a[i - 1] * b[i - 2] for i in range(3)], axis=n)


def _counted(n: int, dtype: np.dtype) -> Node:
    """0, 1, 2, …: computed, since a pass adds no arrays to those that the graph holds."""
    return op.cumsum(broadcast_to(constant(1, dtype), (n,))) - 1


EXPANSIONS: dict[str, Callable[[Node], Node]] = {
    "logaddexp": _log_add_exp,
    "logaddexp2": _log_add_exp2,
    "logit": _logit,
    "sinc": _sinc,
    "greater": _greater,
    "invert": _invert,
    "xlogy": xlogy,
    "xlog1py": xlog1py,
    "entr": entropy,
    "rel_entr": relative_entropy,
    "kl_div": divergence,
    "log_expit": log_sigmoid,
    "cofactor": _cofactor,
    "cross": _cross,
    "logsumexp": log_sum_exp,
    "softmax": softmax,
    "argmax": _first_place("max"),
    "argmin": _first_place("min"),
    "einsum": _of_one_type,
    "absorbing_einsum": _of_one_type,
}
