"""The cheapest bracketing of a product of Jacobians, by dynamic programming.

A chain of factors J = J_k ··· J_2 J_1 can be multiplied in any order. Each product is taken in one of three
ways: of two matrices; forward mode, a matrix's columns pushed through factors on its left, which need not be
formed; or reverse mode, its rows pulled through factors on its right. Factors are costed as what they are:
only the blocks of a block-diagonal matrix take part, and only the diagonal of a diagonal one.

The best order is that of fewest multiplications, and among equals of fewest elements written. To save a few
multiplications may take any number of elements, though: to select rows of a diagonal matrix takes none, and
its result may be large. So an order that writes many more elements than another one gives way to it.

Source: Griewank and Naumann, "Accumulating Jacobians as chained sparse matrix products" (2003); Naumann,
"Optimization of generalized Jacobian chain products without memory constraints" (2020).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from .counting import NOTHING, Work

How = Literal["columns", "rows", "given", "product", "push", "pull"]
Formed = Literal["columns", "rows", "given"]

FEW_ELEMENTS = 100_000  # that may be written to save multiplications, however few these are
MORE_ELEMENTS = 1.5  # times as many as in another order may be written for it


@dataclass(frozen=True, slots=True)
class Structure:
    """A matrix of equal blocks on the diagonal: one if it is dense, as many as rows if it is diagonal."""

    rows: int
    columns: int
    blocks: int = 1

    @property
    def block_rows(self) -> int:
        return self.rows // self.blocks

    @property
    def block_columns(self) -> int:
        return self.columns // self.blocks

    @property
    def entries(self) -> int:
        """How many elements the blocks have."""
        return self.rows * self.block_columns

    def coarser(self, blocks: int) -> Structure:
        """The same matrix seen as fewer, larger blocks."""
        return Structure(self.rows, self.columns, blocks)

    def __matmul__(self, right: Structure) -> Structure:
        """The structure of a product."""
        return Structure(self.rows, right.columns, math.gcd(self.blocks, right.blocks))


def product_work(left: Structure, right: Structure) -> Work:
    """The work of multiplying two such matrices: every column of one's blocks by a row of the other's.

    Where neither number of blocks divides the other, their products are added up in those of the result.
    """
    result = left @ right
    nested = result.blocks in (left.blocks, right.blocks)
    outer = left.block_rows * right.block_columns
    apart = 0 if nested else math.lcm(left.blocks, right.blocks) * outer
    return Work(left.columns * outer, result.entries + apart)


@dataclass(frozen=True, slots=True)
class Factor:
    """One Jacobian of a chain: its structure, the work of its product with a vector, and of forming it.

    It is ``formed`` by "columns", in forward mode, by "rows", in reverse mode, or is "given" by the graph.
    """

    structure: Structure
    push: Work
    pull: Work
    formed: Mapping[Formed, Work]


@dataclass(frozen=True, slots=True)
class Bracket:
    """The product of the factors from ``first`` to ``last``, how it is come by, from which products.

    A single factor as it is formed; the "product" of two parts, left one first; "push" the columns of the one
    part through the factors on its left; "pull" its rows through those on its right.
    """

    first: int
    last: int
    structure: Structure
    how: How
    parts: tuple[Bracket, ...]
    work: Work


def cheapest(factors: Sequence[Factor]) -> Bracket:
    """The bracketing of least work of a chain, its factors in the order of computation: J_1 first.

    That is of fewest multiplications, then elements; where these are many, and there is an order that writes
    far fewer, the sum of both is made least.

    >>> wide, narrow = Structure(1, 100), Structure(100, 1)
    >>> factors = [Factor(s, Work(100), Work(100), {"given": NOTHING}) for s in (wide, narrow, wide)]
    >>> best = cheapest(factors)
    >>> best.how, [(part.first, part.last) for part in best.parts], best.work.multiplications
    ('pull', [(1, 2)], 200)
    """
    fewest = _least(factors, lambda work: work)
    if fewest.work.elements <= FEW_ELEMENTS:
        return fewest
    other = _least(factors, lambda work: work.total)
    return fewest if fewest.work.elements <= MORE_ELEMENTS * other.work.elements else other


def _least(factors: Sequence[Factor], measure: Callable[[Work], Work | int]) -> Bracket:
    """The bracketing whose work measures least."""
    chain = _Chain(factors)
    best: dict[tuple[int, int], Bracket] = {}
    for length in range(1, len(factors) + 1):
        for first in range(len(factors) - length + 1):
            options = chain.options(first, first + length - 1, best)
            best[first, first + length - 1] = min(options, key=lambda option: measure(option.work))
    return best[0, len(factors) - 1]


class _Chain:
    def __init__(self, factors: Sequence[Factor]) -> None:
        self.factors = factors
        self.pushed = list(accumulate((factor.push for factor in factors), initial=NOTHING))
        self.pulled = list(accumulate((factor.pull for factor in factors), initial=NOTHING))

    def options(self, first: int, last: int, best: dict[tuple[int, int], Bracket]) -> Iterator[Bracket]:
        """Every way to come by the product of some factors, given the best ways to shorter products."""
        if first == last:
            factor = self.factors[first]
            for how, work in factor.formed.items():
                yield Bracket(first, last, factor.structure, how, (), work)
            return
        structure = best[first + 1, last].structure @ best[first, first].structure
        columns, rows = structure.block_columns, structure.block_rows
        for middle in range(first, last):
            right, left = best[first, middle], best[middle + 1, last]
            both = left.work + right.work + product_work(left.structure, right.structure)
            yield Bracket(first, last, structure, "product", (left, right), both)
            push = _between(self.pushed, middle + 1, last) * columns + _spread(right, structure)
            yield Bracket(first, last, structure, "push", (right,), right.work + push)
            pull = _between(self.pulled, first, middle) * rows + _spread(left, structure)
            yield Bracket(first, last, structure, "pull", (left,), left.work + pull)


def _between(sums: Sequence[Work], first: int, last: int) -> Work:
    """The sum of the terms from ``first`` to ``last``, given all partial sums."""
    before, after = sums[first], sums[last + 1]
    return Work(after.multiplications - before.multiplications, after.elements - before.elements)


def _spread(part: Bracket, whole: Structure) -> Work:
    """The work of writing a part's blocks into the larger ones of the whole."""
    if part.structure.blocks == whole.blocks:
        return NOTHING
    return Work(0, part.structure.coarser(whole.blocks).entries)
