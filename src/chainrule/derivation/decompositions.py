"""The arrays that a decomposition of a matrix gives, such as eigenvalues and eigenvectors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from ..graph import Node, Shape
from ..primitives.indexing import Index
from .arithmetic import apply
from .calls import Call, call_of
from .formula import Formula
from .shaping import reshaped

#: The arrays that a decomposition of an m×n matrix gives, k the lesser of both, and their shapes.
DECOMPOSITIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "eigh": (("eigenvalues", "n"), ("eigenvectors", "nn")),
    "svd": (("U of svd", "mk"), ("singular values", "k"), ("Vᵀ of svd", "kn")),
    "qr": (("Q of qr", "mn"), ("R of qr", "nn")),
}


def part_of_decomposition(node: Node, a: Formula, index: Index) -> Formula | None:
    """The array that an index picks from a decomposition's value, if it is one of them."""
    for part, start in parts_of_decomposition(node, a):
        length = math.prod(part.shape)
        if index == ((start, 1, length),):
            return reshaped(part, (length,))
    return None


def parts_of_decomposition(node: Node, a: Formula) -> Iterator[tuple[Formula, int]]:
    """The arrays that a decomposition of a matrix gives, and where each begins in its value."""
    m, n = a.shape
    sizes, start = {"n": n, "k": min(m, n), "m": m}, 0
    for name, letters in DECOMPOSITIONS[node.op]:
        shape = tuple(sizes[letter] for letter in letters)
        call = Call(_part, (("of", call_of(node)), ("start", start), ("shape", shape)))
        yield apply(name, (a,), shape, call), start
        start += math.prod(shape)


def is_decomposed(formula: Formula) -> bool:
    """Whether it is one of these arrays."""
    call = formula.data[1] if formula.kind == "apply" else None
    return isinstance(call, Call) and call.evaluate is _part


def _part(a: Any, of: Callable[..., Any], start: int, shape: Shape) -> Any:
    return of(a)[start : start + math.prod(shape)].reshape(shape)
