"""Colourings find every entry, in few passes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.calculus.colouring import NONE, Colouring, entries, fewest_passes, greedy
from chainrule.calculus.star_colouring import star_colourings


def csr(matrix: object) -> sp.csr_array:
    pattern = sp.csr_array(matrix, dtype=bool)
    pattern.sort_indices()
    return pattern


def band(n: int, *offsets: int) -> sp.csr_array:
    return csr(sp.diags_array([np.ones(n)] * len(offsets), offsets=list(offsets), shape=(n, n)))


def arrow(n: int) -> np.ndarray:
    matrix = np.eye(n)
    matrix[0] = matrix[:, 0] = 1
    return matrix


def grid(*shape: int) -> sp.csr_array:
    """Each point of a grid and its neighbours."""
    total = sp.csr_array(np.zeros((1, 1)))
    for n in shape:
        line, size = sp.diags_array([np.ones(n)] * 2, offsets=[-1, 1], shape=(n, n)), total.shape[0]
        total = sp.kron(total, sp.eye_array(n)) + sp.kron(sp.eye_array(size), line)
    return csr(total + sp.eye_array(total.shape[0]))


def read(matrix: np.ndarray, pattern: sp.csr_array, colouring: Colouring) -> np.ndarray:
    """The entries of a matrix, from its products with the sums of unit vectors of each colour."""
    columns = (np.arange(colouring.pushes)[:, None] == colouring.columns).astype(float)
    rows = (np.arange(colouring.pulls)[:, None] == colouring.rows).astype(float)
    results = np.concatenate([(matrix @ columns.T).T.ravel(), (rows @ matrix).ravel()])
    return results[colouring.places(pattern)]


def values(pattern: sp.csr_array, symmetric: bool = False) -> np.ndarray:
    found = np.random.default_rng(0).uniform(1, 2, pattern.shape)
    return (found + found.T if symmetric else found) * pattern.toarray()


def random_pattern(shape: tuple[int, int], seed: int) -> sp.csr_array:
    rng = np.random.default_rng(seed)
    matrix = rng.random(shape) < rng.random()
    for axis, dense in enumerate(rng.random(2) < 0.3):
        if dense:
            matrix[(slice(None),) * axis + (rng.integers(shape[axis]),)] = True
    return csr(matrix)


@settings(max_examples=150)
@given(st.tuples(st.integers(1, 12), st.integers(1, 12)), st.integers(0, 10_000))
def test_every_entry_is_found(shape: tuple[int, int], seed: int) -> None:
    pattern = random_pattern(shape, seed)
    best = fewest_passes(pattern)
    assert best is not None
    assert best.passes <= min(shape)
    matrix = values(pattern)
    np.testing.assert_allclose(read(matrix, pattern, best), matrix[entries(pattern)], rtol=1e-15)


@settings(max_examples=150)
@given(st.integers(1, 14), st.integers(0, 10_000))
def test_every_entry_of_a_symmetric_matrix_is_found_by_pushes(n: int, seed: int) -> None:
    half = random_pattern((n, n), seed)
    pattern = csr(half + half.T)
    matrix = values(pattern, symmetric=True)
    for colouring in star_colourings(pattern):
        assert colouring.pulls == 0
        assert colouring.pushes <= n
        np.testing.assert_allclose(read(matrix, pattern, colouring), matrix[entries(pattern)], rtol=1e-15)


@pytest.mark.parametrize(
    ("pattern", "pushes", "pulls"),
    [
        (band(1000, 0), 1, 0),
        (band(1000, -1, 0, 1), 3, 0),
        (band(1000, -2, -1, 0, 1, 2), 5, 0),
        (csr(np.kron(np.eye(50), np.ones((9, 4)))), 4, 0),
        (csr(np.kron(np.eye(50), np.ones((3, 8)))), 0, 3),
        (csr(arrow(200)), 2, 1),
        (csr(arrow(200)[::-1]), 2, 1),
        (csr(np.kron(np.eye(20), arrow(30))), 2, 1),
        (csr(np.zeros((5, 4))), 0, 0),
        (csr(np.ones((7, 3))), 3, 0),
    ],
    ids=["diagonal", "tridiagonal", "band", "tall blocks", "wide blocks", "arrow", "turned arrow",
         "blocks of arrows", "zero", "dense"],
)  # fmt: skip
def test_known_patterns_need_as_few_passes_as_they_can(
    pattern: sp.csr_array, pushes: int, pulls: int
) -> None:
    best = fewest_passes(pattern)
    assert best is not None
    assert (best.pushes, best.pulls) == (pushes, pulls)


def test_symmetric_patterns_need_fewer() -> None:
    """An arrow's hub and its points; a path in threes; a grid, of which columns alone need five at least."""
    assert min(c.passes for c in star_colourings(csr(arrow(200)))) == 2
    assert min(c.passes for c in star_colourings(band(500, -1, 0, 1))) == 3
    assert min(c.passes for c in star_colourings(grid(12, 12))) <= 5


@pytest.mark.parametrize("shape", [(7, 12), (10, 10), (4, 5, 6)])
def test_stencils_on_a_grid_need_as_many_passes_as_they_have_points(shape: tuple[int, ...]) -> None:
    pattern = csr(grid(*shape))
    points = 2 * len(shape) + 1
    plain, regular = fewest_passes(pattern), fewest_passes(pattern, columns=shape)
    assert plain is not None
    assert regular is not None
    assert points == regular.passes <= plain.passes
    matrix = values(pattern)
    np.testing.assert_allclose(read(matrix, pattern, regular), matrix[entries(pattern)], rtol=1e-15)


def test_what_needs_too_many_passes_or_steps_is_left() -> None:
    assert fewest_passes(csr(np.ones((30, 30))), most=20) is None
    assert fewest_passes(band(100, -1, 0, 1), most=3) is not None
    assert list(star_colourings(csr(np.ones((300, 300))))) == []


def test_no_star_colouring_is_looked_for_where_none_is_known_to_be_better() -> None:
    for pattern, passes in ((band(500, -1, 0, 1), 3), (grid(12, 12), 5)):
        assert list(star_colourings(pattern, passes)) == []
    assert min(c.passes for c in star_colourings(csr(arrow(200)), 200)) == 2


def test_empty_columns_take_part_in_no_pass() -> None:
    assert greedy(csr([[0, 1, 0, 1]])).tolist() == [NONE, 0, NONE, 1]


@pytest.mark.parametrize(("n", "offsets"), [(8, (-1, 0, 1)), (98, (-1, 0, 1)), (103, (-2, -1, 0, 1, 2))])
def test_a_band_closed_to_a_ring_takes_one_pass_more_than_it_is_wide(
    n: int, offsets: tuple[int, ...]
) -> None:
    """Where its width does not divide its length, n = a w + b (w + 1) with b ≤ a."""
    ring = csr(sum(np.roll(np.eye(n), offset, axis=1) for offset in offsets))
    colouring = fewest_passes(ring)
    assert colouring is not None
    assert colouring.passes == len(offsets) + 1
    matrix = values(ring)
    np.testing.assert_array_equal(read(matrix, ring, colouring), matrix[entries(ring)])


def test_colours_given_anew_are_fewer() -> None:
    """A five-point stencil on a torus of 12 × 7: first fit takes 9 colours."""
    places = np.arange(84).reshape(12, 7)
    shifts = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]
    torus = csr(sum(np.eye(84)[np.roll(places, shift, (0, 1)).reshape(-1)] for shift in shifts))
    colouring = fewest_passes(torus, rows=(12, 7), columns=(12, 7))
    assert colouring is not None
    assert colouring.passes == 8
    matrix = values(torus)
    np.testing.assert_array_equal(read(matrix, torus, colouring), matrix[entries(torus)])
