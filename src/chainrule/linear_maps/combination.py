"""Products and sums of maps, and the map given by two functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from ..graph import Node, Shape, broadcast_to, op, reshape
from .base import Label, LinearMap, size

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class Compose(LinearMap):
    """The chain rule's product of Jacobians, outermost first: Compose(A, B)·v = A·(B·v)."""

    factors: tuple[LinearMap, ...]

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return self.factors[-1].source

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.factors[0].target

    def push(self, v: Node) -> Node:
        return reduce(lambda value, factor: factor.push(value), reversed(self.factors), v)

    @property
    def T(self) -> LinearMap:
        return Compose(tuple(factor.T for factor in reversed(self.factors)))

    @property
    def guards(self) -> bool:
        return any(factor.guards for factor in self.factors)

    @property
    def mixes(self) -> bool:
        return any(factor.mixes for factor in self.factors)

    def absorbing(self) -> LinearMap:
        return Compose(tuple(factor.absorbing() for factor in self.factors))

    def pattern(self) -> csr_array:
        return reduce(lambda a, b: (a @ b).astype(bool), (factor.pattern() for factor in self.factors))

    @property
    def entries(self) -> int:
        return sum(factor.entries for factor in self.factors)

    @property
    def blocks(self) -> int:
        return math.gcd(*[factor.blocks for factor in self.factors])

    def show(self, label: Label) -> str:
        return " · ".join(_parenthesised(factor.show(label)) for factor in self.factors)


def _parenthesised(factor: str) -> str:
    """A factor of a product as it is written there: a sum or a Kronecker product in parentheses."""
    closed = factor.endswith(")") and "(" in factor and " " not in factor[: factor.index("(")]
    loose = any(sign in factor for sign in (" ⊗ ", " + ", " − "))
    return f"({factor})" if loose and not closed else factor


@dataclass(frozen=True, slots=True)
class Add(LinearMap):
    """The sum of maps: a value that is used twice."""

    terms: tuple[LinearMap, ...]

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return self.terms[0].source

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.terms[0].target

    def push(self, v: Node) -> Node:
        return reduce(lambda a, b: a + b, (term.push(v) for term in self.terms))

    @property
    def T(self) -> LinearMap:
        return Add(tuple(term.T for term in self.terms))

    @property
    def guards(self) -> bool:
        return any(term.guards for term in self.terms)

    @property
    def mixes(self) -> bool:
        return any(term.mixes for term in self.terms)

    def absorbing(self) -> LinearMap:
        return Add(tuple(term.absorbing() for term in self.terms))

    def pattern(self) -> csr_array:
        return reduce(lambda a, b: (a + b).astype(bool), (term.pattern() for term in self.terms))

    @property
    def entries(self) -> int:
        return sum(term.entries for term in self.terms)

    @property
    def blocks(self) -> int:
        return math.gcd(*[term.blocks for term in self.terms])

    def show(self, label: Label) -> str:
        return " + ".join(term.show(label) for term in self.terms)


@dataclass(frozen=True, slots=True)
class General(LinearMap):
    """A map given by its two products, for operations whose Jacobian has no shorter form (eigh, svd, ...).

    ``dense_axes`` are the trailing axes within which every output may depend on every input; over the axes
    before them the map is block-diagonal. ``block``: where in each block they may depend, an array or a
    sparse one; everywhere if None. ``most``: how many entries that leaves in the whole map, if known.
    ``idle``: for the outputs and for the inputs, which take no part in the map, being masked out.
    ``absorbs``: a block of zeros stays zero, even beside ∞ or NaN.
    """

    source: Shape
    target: Shape
    forward: Callable[[Node], Node]
    backward: Callable[[Node], Node]
    formula: str
    dense_axes: int
    singular: bool = False
    absorbs: bool = False
    block: Callable[[], np.ndarray | csr_array] | None = None
    most: int | None = None
    idle: Callable[[], tuple[np.ndarray | None, np.ndarray | None]] | None = None

    @property
    def mixes(self) -> bool:
        return True

    def push(self, v: Node) -> Node:
        product = self.forward(v)
        return op.where(self._blocks_not_zero(v, product), product, 0.0) if self.absorbs else product

    def _blocks_not_zero(self, v: Node, product: Node) -> Node:
        """For every element of the product, whether its block of v has one that is not zero."""
        dense = range(v.ndim - self.dense_axes, v.ndim)
        count = op.sum(op.not_equal(v, 0.0), axis=tuple(dense))
        spread = reshape(op.greater(count, 0), count.shape + (1,) * (product.ndim - count.ndim))
        return broadcast_to(spread, product.shape)

    @property
    def T(self) -> LinearMap:
        block, idle = self.block, self.idle
        return replace(
            self, source=self.target, target=self.source, forward=self.backward, backward=self.forward,
            formula=f"({self.formula})ᵀ", dense_axes=self.dense_axes + len(self.target) - len(self.source),
            block=None if block is None else lambda: block().T,
            idle=None if idle is None else lambda: idle()[::-1],
        )  # fmt: skip

    @property
    def guards(self) -> bool:
        return self.singular or self.absorbs

    def absorbing(self) -> LinearMap:
        return replace(self, absorbs=True)

    def pattern(self) -> csr_array:
        from scipy.sparse import csr_array, eye_array, kron

        rows, columns = size(self.target) // max(self.blocks, 1), size(self.source) // max(self.blocks, 1)
        block = np.ones((rows, columns)) if self.block is None else self.block()
        whole = csr_array(kron(eye_array(self.blocks), block, format="csr"), dtype=bool)
        return whole if self.idle is None else _without(whole, *self.idle())

    @property
    def entries(self) -> int:
        return (
            size(self.target) * size(self.source) // max(self.blocks, 1) if self.most is None else self.most
        )

    @property
    def blocks(self) -> int:
        return size(self.source[: len(self.source) - self.dense_axes])

    def show(self, label: Label) -> str:
        return self.formula


def _without(pattern: csr_array, rows: np.ndarray | None, columns: np.ndarray | None) -> csr_array:
    """A pattern without the entries of some rows and columns."""
    from scipy.sparse import csr_array, diags_array

    for idle, left in ((rows, True), (columns, False)):
        if idle is not None:
            kept = csr_array(diags_array(~idle.reshape(-1), dtype=bool))
            pattern = csr_array(kept @ pattern if left else pattern @ kept, dtype=bool)
            pattern.eliminate_zeros()
    return pattern
