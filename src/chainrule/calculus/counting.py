"""What a computation costs: its multiplications, and the elements that it writes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ..graph import Node

#: One multiplication, or division, an element.
PER_ELEMENT = {
    *("multiply", "absorb", "divide", "reciprocal", "square", "power", "hypot", "remainder", "fmod"),
    *("expit", "softmax", "tan", "deg2rad", "rad2deg"),
}
#: One multiplication for each element of the operand.
PER_OPERAND = {"prod", "cumprod"}
#: To leading order, without its constant, m n min(m, n) for each matrix.
DECOMPOSITIONS = {
    *("inv", "pinv", "det", "cofactor", "det_sign", "logabsdet"),
    *("cholesky", "qr", "eigh", "eigvalsh", "svd", "svdvals"),
}


@dataclass(frozen=True, slots=True, order=True)
class Work:
    """Multiplications, and elements of arrays written; more of the former is more, whatever the latter."""

    multiplications: int = 0
    elements: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(self.multiplications + other.multiplications, self.elements + other.elements)

    def __mul__(self, times: int) -> Work:
        return Work(self.multiplications * times, self.elements * times)

    @property
    def total(self) -> int:
        """The sum of both: a multiplication and an element written count the same."""
        return self.multiplications + self.elements


NOTHING = Work()


def work(nodes: Iterable[Node]) -> Work:
    """The work of computing nodes, each once."""
    return sum((Work(multiplications(node), _elements(node)) for node in nodes), NOTHING)


def multiplications(node: Node) -> int:
    """How many multiplications and divisions of numbers one node's operation does.

    >>> from chainrule.graph import constant, op
    >>> import numpy as np
    >>> multiplications(op.einsum(constant(np.ones((2, 3))), constant(np.ones((3, 4))), spec="ij,jk->ik"))
    24
    """
    if node.op in ("einsum", "absorbing_einsum"):
        letters = node.params["spec"].partition("->")[0].replace(",", "")
        lengths = zip(letters, node.inputs[0].shape + node.inputs[1].shape, strict=True)
        return math.prod(dict(lengths).values())
    if node.op in PER_ELEMENT:
        return node.type.size
    if node.op == "cross":
        return 2 * node.type.size
    if node.op in PER_OPERAND:
        return node.inputs[0].type.size
    return _of_linear_algebra(node)


def _of_linear_algebra(node: Node) -> int:
    if node.op == "solve":
        n = node.inputs[0].shape[-1]
        return node.inputs[0].type.size * n // 3 + node.type.size * n
    if node.op in DECOMPOSITIONS:
        return node.inputs[0].type.size * min(node.inputs[0].shape[-2:])
    return 0


def _elements(node: Node) -> int:
    return 0 if node.primitive.lower.kind in ("view", "literal") else node.type.size
