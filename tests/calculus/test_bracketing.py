"""The bracketing that dynamic programming finds is the best of all, of which every one is tried."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from chainrule.calculus.bracketing import Factor, Structure, cheapest
from chainrule.calculus.counting import Work

RNG = np.random.default_rng(0)


def chain(length: int, rng: np.random.Generator) -> list[Factor]:
    """Factors of random sizes: dense, of blocks, diagonal; with random costs of their products."""
    sizes = [int(2 ** rng.integers(0, 5)) for _ in range(length + 1)]
    for i in range(1, length + 1):
        if rng.random() < 0.3:
            sizes[i] = sizes[i - 1]
    factors = []
    for columns, rows in pairwise(sizes):
        blocks = int(2 ** rng.integers(0, 1 + int(np.log2(min(rows, columns)))))
        blocks = rows if rows == columns and rng.random() < 0.4 else blocks
        entries = rows * columns // blocks
        push = Work(int(rng.integers(0, 2 * entries + 1)), rows)
        pull = Work(int(rng.integers(0, 2 * entries + 1)), columns)
        form = Work(int(rng.integers(0, 3 * entries + 1)), entries)
        factors.append(Factor(Structure(rows, columns, blocks), form, push, pull))
    return factors


class Brackets:
    """Every way to multiply a chain, its costs counted on matrices of zeros and ones."""

    def __init__(self, factors: Sequence[Factor]) -> None:
        self.factors = factors
        self.patterns = {(i, i): _pattern(factor.structure) for i, factor in enumerate(factors)}
        for length in range(2, len(factors) + 1):
            for first in range(len(factors) - length + 1):
                last = first + length - 1
                product = self.patterns[last, last] @ self.patterns[first, last - 1]
                self.patterns[first, last] = (product > 0).astype(int)

    @cache  # noqa: B019 - lives as long as one test
    def product(self, first: int, middle: int, last: int) -> int:
        left, right = self.patterns[middle + 1, last], self.patterns[first, middle]
        return int(left.sum(axis=0) @ right.sum(axis=1)) + int(self.patterns[first, last].sum())

    @cache  # noqa: B019
    def push(self, first: int, middle: int, last: int) -> int:
        passes = int(self.patterns[first, last].sum(axis=1).max())
        work = sum(factor.push.total for factor in self.factors[middle + 1 : last + 1])
        return work * passes + self.spread(first, middle, first, last)

    @cache  # noqa: B019
    def pull(self, first: int, middle: int, last: int) -> int:
        passes = int(self.patterns[first, last].sum(axis=0).max())
        work = sum(factor.pull.total for factor in self.factors[first : middle + 1])
        return work * passes + self.spread(middle + 1, last, first, last)

    def spread(self, part_first: int, part_last: int, first: int, last: int) -> int:
        """What writing a part's blocks into those of the whole costs, where these are larger."""
        blocks = math.gcd(*[factor.structure.blocks for factor in self.factors[first : last + 1]])
        part = self.patterns[part_first, part_last]
        larger = part.size // blocks
        return larger if larger > part.sum() else 0

    def costs(self, first: int, last: int) -> Iterator[int]:
        """The costs of all ways, one by one."""
        if first == last:
            yield self.factors[first].form.total
        for middle in range(first, last):
            for right in self.costs(first, middle):
                yield right + self.push(first, middle, last)
                for left in self.costs(middle + 1, last):
                    yield left + right + self.product(first, middle, last)
            for left in self.costs(middle + 1, last):
                yield left + self.pull(first, middle, last)


def _pattern(structure: Structure) -> np.ndarray:
    return np.kron(np.eye(structure.blocks), np.ones((structure.block_rows, structure.block_columns))).astype(
        int
    )


@pytest.mark.parametrize("length", range(1, 9))
def test_no_way_to_multiply_a_chain_is_cheaper(length: int) -> None:
    chains = {7: 15, 8: 4}.get(length, 30)
    for seed in range(chains):
        factors = chain(length, np.random.default_rng([length, seed]))
        best = cheapest(factors)
        assert best.work.total == min(Brackets(factors).costs(0, length - 1))
        assert (best.first, best.last) == (0, length - 1)


def test_the_oracle_tries_every_way() -> None:
    """W(n) = Σ W(k) + W(n − k) + W(k) W(n − k) is 73 for four factors and 98,000 for eight."""
    assert sum(1 for _ in Brackets(chain(4, RNG)).costs(0, 3)) == 73


def dense(rows: int, columns: int) -> Factor:
    entries = Work(rows * columns, rows)
    return Factor(Structure(rows, columns), Work(), entries, Work(rows * columns, columns))


def test_the_textbooks_chain_of_matrices() -> None:
    """Cormen et al., Introduction to Algorithms: these sizes take 15,125 multiplications."""
    sizes = [30, 35, 15, 5, 10, 20, 25]
    factors = [dense(rows, columns) for rows, columns in reversed(list(pairwise(sizes)))]
    assert cheapest(factors).work.multiplications == 15_125


def test_a_narrow_waist_is_where_the_product_is_split() -> None:
    best = cheapest([dense(5, 2000), dense(5, 5), dense(2000, 5)])
    assert best.work.multiplications == 2000 * 5 * 2000 + 2000 * 5 * 5


def test_a_scalar_output_is_pulled_and_a_scalar_input_pushed() -> None:
    column = [
        Factor(f.structure, f.push, f.push, f.pull) for f in (dense(50, 1), dense(50, 50), dense(50, 50))
    ]
    assert cheapest(column).work.multiplications == 50 + 2 * 50 * 50
    row = [Factor(f.structure, f.push, f.push, f.pull) for f in (dense(50, 50), dense(50, 50), dense(1, 50))]
    assert cheapest(row).work.multiplications == 50 + 2 * 50 * 50


def test_a_diagonal_costs_its_diagonal() -> None:
    diagonal = Factor(Structure(100, 100, 100), Work(), Work(100, 100), Work(100, 100))
    best = cheapest([dense(100, 3), diagonal, dense(7, 100)])
    assert best.work.multiplications == 100 * 3 + 7 * 100 * 3
    assert cheapest([diagonal] * 5).work.multiplications == 4 * 100
