"""The bracketing that dynamic programming finds is the best of all, of which every one is tried."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from chainrule.calculus.bracketing import Factor, Formed, Structure, cheapest
from chainrule.calculus.counting import Work

RNG = np.random.default_rng(0)


def chain(length: int, rng: np.random.Generator) -> list[Factor]:
    """Factors of random sizes and kinds, with the costs of their products with vectors, and of themselves."""
    sizes = [int(rng.choice([1, 2, 3, 4, 6, 8, 12])) for _ in range(length + 1)]
    for i in range(1, length + 1):
        if rng.random() < 0.4:
            sizes[i] = sizes[i - 1]
    return [factor(rows, columns, rng) for columns, rows in pairwise(sizes)]


def factor(rows: int, columns: int, rng: np.random.Generator) -> Factor:
    kinds = ["dense", "blocks", "selection", "sparse", "Kronecker", "any"]
    kind = rng.choice(kinds if rows != columns else [*kinds, "diagonal", "permutation"])
    common = math.gcd(rows, columns)
    blocks = int(rng.choice([n for n in range(1, common + 1) if common % n == 0]))
    structure = Structure(rows, columns, {"diagonal": rows, "blocks": blocks, "any": blocks}.get(kind, 1))
    take = {
        "dense": rows * columns,
        "blocks": structure.entries,
        "diagonal": rows,
        "selection": 0,
        "permutation": 0,
        "sparse": 2 * rows,
        "Kronecker": rows * columns // blocks,  # B ⊗ I, whose blocks are not one after the other
        "any": int(rng.integers(0, 2 * structure.entries + 1)),
    }[kind]
    push, pull = Work(take, rows), Work(take, columns)
    by_columns = push * structure.block_columns + Work(0, structure.entries)
    by_rows = pull * structure.block_rows + Work(0, structure.entries)
    given = kind in ("dense", "blocks", "diagonal") and rng.random() < 0.7
    return Factor(
        structure, push, pull, {"given": Work()} if given else {"columns": by_columns, "rows": by_rows}
    )


def measure(multiplications: int, elements: int) -> int:
    """Both as one number, of which the multiplications decide: costs of chains are sums of these."""
    assert elements < 10**6
    return multiplications * 10**9 + elements


def measured(work: Work) -> int:
    return measure(work.multiplications, work.elements)


class Brackets:
    """Every way to multiply a chain, its costs counted on matrices of zeros and ones."""

    def __init__(self, factors: Sequence[Factor]) -> None:
        self.factors = factors
        self.patterns: dict[tuple[int, int], np.ndarray] = {}
        for first in range(len(factors)):
            for last in range(first, len(factors)):
                part = [factor.structure for factor in factors[first : last + 1]]
                blocks = math.gcd(*[structure.blocks for structure in part])
                self.patterns[first, last] = _pattern(part[-1].rows, part[0].columns, blocks)

    @cache  # noqa: B019 - lives as long as one test
    def product(self, first: int, middle: int, last: int) -> int:
        left, right = self.patterns[middle + 1, last], self.patterns[first, middle]
        written = int(self.patterns[first, last].sum()) + _overlapping(left, right)
        return measure(int(left.sum(axis=0) @ right.sum(axis=1)), written)

    @cache  # noqa: B019
    def push(self, first: int, middle: int, last: int) -> int:
        passes = int(self.patterns[first, last].sum(axis=1).max())
        work = sum(measured(factor.push) for factor in self.factors[middle + 1 : last + 1])
        return work * passes + self.spread(first, middle, first, last)

    @cache  # noqa: B019
    def pull(self, first: int, middle: int, last: int) -> int:
        passes = int(self.patterns[first, last].sum(axis=0).max())
        work = sum(measured(factor.pull) for factor in self.factors[first : middle + 1])
        return work * passes + self.spread(middle + 1, last, first, last)

    def spread(self, part_first: int, part_last: int, first: int, last: int) -> int:
        """What writing a part's blocks into those of the whole costs, where these are larger."""
        blocks = math.gcd(*[factor.structure.blocks for factor in self.factors[first : last + 1]])
        part = self.patterns[part_first, part_last]
        larger = part.size // blocks
        return measure(0, larger if larger > part.sum() else 0)

    @cache  # noqa: B019
    def costs(self, first: int, last: int) -> np.ndarray:
        """The costs of all ways, one by one."""
        if first == last:
            return np.array([min(measured(work) for work in self.factors[first].formed.values())])
        found = []
        for middle in range(first, last):
            right, left = self.costs(first, middle), self.costs(middle + 1, last)
            found += [right + self.push(first, middle, last), left + self.pull(first, middle, last)]
            found.append(np.add.outer(left, right).reshape(-1) + self.product(first, middle, last))
        return np.concatenate(found)


def _pattern(rows: int, columns: int, blocks: int) -> np.ndarray:
    return np.kron(np.eye(blocks), np.ones((rows // blocks, columns // blocks))).astype(int)


def _overlapping(left: np.ndarray, right: np.ndarray) -> int:
    """The elements of the products of equal pieces, where blocks of neither lie inside those of the other."""
    height, width = int(left.sum(axis=0).max()), int(right.sum(axis=1).max())
    blocks = left.shape[0] // height, right.shape[1] // width
    return math.lcm(*blocks) * height * width if math.gcd(*blocks) not in blocks else 0


@pytest.mark.parametrize("length", range(1, 9))
def test_no_way_to_multiply_a_chain_takes_fewer_multiplications(length: int) -> None:
    """And of those that take as few, none writes fewer elements."""
    for seed in range(20):
        factors = chain(length, np.random.default_rng([length, seed]))
        best = cheapest(factors)
        assert measured(best.work) == Brackets(factors).costs(0, length - 1).min()
        assert (best.first, best.last) == (0, length - 1)


GIVEN: dict[Formed, Work] = {"given": Work()}


def dense(rows: int, columns: int) -> Factor:
    return Factor(Structure(rows, columns), Work(rows * columns, rows), Work(rows * columns, columns), GIVEN)


def test_the_textbooks_chain_of_matrices() -> None:
    """Cormen et al., Introduction to Algorithms: these sizes take 15,125 multiplications."""
    sizes = [30, 35, 15, 5, 10, 20, 25]
    factors = [dense(rows, columns) for rows, columns in reversed(list(pairwise(sizes)))]
    assert cheapest(factors).work.multiplications == 15_125


def test_a_narrow_waist_is_where_the_product_is_split() -> None:
    best = cheapest([dense(5, 2000), dense(5, 5), dense(2000, 5)])
    assert best.work.multiplications == 2000 * 5 * 2000 + 2000 * 5 * 5


def test_a_scalar_output_is_pulled_and_a_scalar_input_pushed() -> None:
    column = [dense(50, 1), dense(50, 50), dense(50, 50)]
    assert cheapest(column).work.multiplications == 2 * 50 * 50
    row = [dense(50, 50), dense(50, 50), dense(1, 50)]
    assert cheapest(row).work.multiplications == 2 * 50 * 50


def test_a_diagonal_costs_its_diagonal() -> None:
    diagonal = Factor(Structure(100, 100, 100), Work(100, 100), Work(100, 100), GIVEN)
    best = cheapest([dense(100, 3), diagonal, dense(7, 100)])
    assert best.work.multiplications == 100 * 3 + 7 * 100 * 3
    assert cheapest([diagonal] * 5).work.multiplications == 4 * 100


def selection(rows: int, columns: int) -> Factor:
    """Rows of the identity, which products copy: rows are pulled as columns are pushed."""
    entries = Work(0, rows * columns)
    return Factor(Structure(rows, columns), Work(0, rows), Work(0, columns), {"columns": entries})


@pytest.mark.parametrize(("n", "multiplications"), [(200, 0), (3000, 3 * 3000)])
def test_multiplications_are_not_saved_by_writing_ever_larger_matrices(n: int, multiplications: int) -> None:
    """To select rows of the whole diagonal matrix takes no multiplication, and writes n² elements."""
    diagonal = Factor(Structure(n, n, n), Work(n, n), Work(n, n), GIVEN)
    best = cheapest([selection(n, 3), diagonal, selection(3, n)]).work
    assert best.multiplications == multiplications
    assert best.elements < 100_000
