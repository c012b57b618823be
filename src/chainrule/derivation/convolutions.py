"""Products with windows that slide over a vector: convolutions x ∗ k, and correlations x ⋆ k."""

from __future__ import annotations

import numpy as np

from ..graph import Node, op
from ..primitives.contraction import parse
from ..primitives.convolution import flipped
from .arithmetic import product, scaled
from .formula import REBUILT, Formula
from .places import picked


def convolution(node: Node, named: frozenset[Node]) -> Node | None:
    """x[windows] k, which is how np.convolve and np.correlate are traced."""
    *letters, output = parse(node.params["spec"])
    for i in (0, 1):
        windows, k = node.inputs[i], node.inputs[1 - i]
        products = letters[i][1:] == letters[1 - i] and letters[i][:1] == output and len(letters[i]) == 2
        if products and windows.op == "gather" and not windows.params["batch"] and windows not in named:
            return _of_windows(windows, k, named)
    return None


def _of_windows(windows: Node, k: Node, named: frozenset[Node]) -> Node | None:
    x, where = windows.inputs
    m, padding = k.shape[0], 0
    if x.ndim != 1 or where.op != "constant":
        return None
    if x.op == "place" and x.params["index"] == ((m - 1, 1, x.inputs[0].type.size),) and x not in named:
        (x,), padding = x.inputs, m - 1
    n, first = x.shape[0], int(where.params["value"].value[0, 0])
    count = windows.shape[0]
    expected = first + np.arange(count)[:, None] + np.arange(m)
    if not np.array_equal(where.params["value"].value, expected) or x.shape[0] + 2 * padding < first + count:
        return None
    if (first, count) == (padding, n - m + 1):
        return op.convolve(x, _turned(k), whole=False)
    if padding != m - 1:
        return None
    whole = op.convolve(x, _turned(k), whole=True)
    return op.slice(whole, index=((first, 1, count),), batch=0)


def _turned(k: Node) -> Node:
    """k from its end; the vector itself of one that is turned."""
    n = k.shape[0]
    if k.op == "slice" and k.params["index"] == ((n - 1, -1, n),) and k.inputs[0].shape == k.shape:
        return k.inputs[0]
    return flipped(k)


def read_convolution(node: Node, a: Formula, b: Formula) -> Formula:
    """Where all overlaps are taken x ∗ k, and where k lies within x the correlation with k from its end."""
    if node.params["whole"]:
        return convolved("convolution", a, b, node.shape)
    scalars, rest = scaled(a)
    if rest.kind == "index" and rest == _from_its_end(rest.parts[0]):  # both from their ends
        correlated = convolved("correlation", product(*scalars, rest.parts[0]), b, node.shape)
        return _from_its_end(correlated)
    return convolved("correlation", a, _from_its_end(b), node.shape)


def _from_its_end(x: Formula) -> Formula:
    return picked(x, ((x.shape[0] - 1, -1, x.shape[0]),))


def convolved(kind: str, a: Formula, b: Formula, shape: tuple[int, ...]) -> Formula:
    """A convolution or correlation, scalar factors in front."""
    (front, a), (behind, b) = scaled(a), scaled(b)
    return product(*front, *behind, Formula(kind, (a, b), shape))


for _kind in ("convolution", "correlation"):
    REBUILT[_kind] = lambda f, parts: convolved(f.kind, parts[0], parts[1], f.shape)
