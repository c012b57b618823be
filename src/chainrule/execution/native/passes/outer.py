"""For products: sums of one term, and sums over what need not be stored.

An outer product takes one multiplication an element: it is computed where it is used. So is what follows from
it by few operations, unless it has to lie in memory as a factor of a product of matrices.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ....graph import Graph, Node, broadcast_to, op, reshape
from .anew import FAR, computed_anew, under_views


@dataclass(frozen=True, slots=True)
class Product:
    """An einsum of two operands, by the letters of their axes and the lengths of these."""

    operands: tuple[Node, ...]
    letters: tuple[str, ...]
    output: str
    lengths: dict[str, int]

    @property
    def summed(self) -> list[str]:
        """The axes that are summed over, without those of length 1."""
        found = dict.fromkeys("".join(self.letters))
        return [c for c in found if c not in self.output and self.lengths[c] != 1]

    @property
    def is_large(self) -> bool:
        """Whether too little of its results stays in the nearest cache."""
        size = math.prod(self.lengths[c] for c in self.output)
        return bool(size * self.operands[0].dtype.itemsize >= FAR)

    @property
    def bases(self) -> list[Node]:
        """What the operands are views of."""
        return list(map(under_views, self.operands))

    @property
    def computes_matrix(self) -> bool:
        """Whether it is one of a vector and a matrix that is computed anew."""
        for vector, matrix in ((0, 1), (1, 0)):
            own = {c for c in self.letters[vector] if self.lengths[c] != 1}
            if own == set(self.summed) and computed_anew(self.bases[matrix]):
                return True
        return False

    def in_elements(self) -> Node:
        """Products of elements, and their sum."""
        axes = [*self.output, *self.summed]
        products = op.multiply(
            *[self._along(axes, *own) for own in zip(self.operands, self.letters, strict=True)]
        )
        if self.summed:
            return op.sum(products, axis=tuple(range(len(self.output), len(axes))))
        of_one_term = set("".join(self.letters)) - set(self.output)
        return products + 0.0 if of_one_term else products  # a sum begins with 0: that of −0 is 0

    def _along(self, axes: Sequence[str], node: Node, letters: str) -> Node:
        """An operand that is repeated along the axes that it lacks."""
        kept = [c for c in letters if c in axes]
        node = reshape(node, tuple(self.lengths[c] for c in kept))
        order = sorted(range(len(kept)), key=lambda i: axes.index(kept[i]))
        if order != sorted(order):
            node = op.transpose(node, axes=tuple(order))
        node = reshape(node, tuple(self.lengths[c] if c in kept else 1 for c in axes))
        return broadcast_to(node, tuple(self.lengths[c] for c in axes))


def with_outer_products(graph: Graph) -> Graph:
    """The graph with products of elements for sums of one term, and with sums of such products where a vector
    is multiplied by a matrix that is computed anew."""
    graph = _with_products(graph, lambda product: not product.summed and product.is_large)
    products = [product for node in graph.nodes if (product := _product(node))]
    stored = {base for product in products if not product.computes_matrix for base in product.bases}
    stored.update(graph.outputs)
    return _with_products(graph, lambda p: p.computes_matrix and stored.isdisjoint(p.bases))


def _with_products(graph: Graph, chosen: Callable[[Product], bool]) -> Graph:
    """The graph with the chosen products in elements."""
    done: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in graph.nodes:
        operands = tuple([done[operand] for operand in node.inputs])
        rebuilt = node if operands == node.inputs else node.with_inputs(operands)
        product = _product(rebuilt)
        done[node] = product.in_elements() if product and chosen(product) else rebuilt
    return Graph(graph.inputs, tuple(map(done.__getitem__, graph.outputs)), {}, graph.title)


def _product(node: Node) -> Product | None:
    """An einsum of floats, unless it is of a diagonal or has no elements."""
    if node.op != "einsum" or not node.type.is_float or not all(x.type.size for x in (node, *node.inputs)):
        return None
    operands, output = node.params["spec"].split("->")
    letters = tuple(operands.split(","))
    if len(letters) != 2 or any(len(set(own)) < len(own) for own in letters):
        return None
    lengths = [n for x in node.inputs for n in x.shape]
    return Product(node.inputs, letters, output, dict(zip("".join(letters), lengths, strict=True)))
