"""What maps tell of their structure: diagonal blocks, bounds of their entries, zeros that are known."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.graph import ArrayType, constant, input_node, op
from chainrule.linear_maps import (
    Add,
    Broadcast,
    Compose,
    Contract,
    Gather,
    LinearMap,
    Mask,
    Reshape,
    Scale,
    Sum,
)
from chainrule.linear_maps.base import known_value

from .test_maps import MAPS, every_map, value

RNG = np.random.default_rng(9)


def blocks_of(matrix: np.ndarray, blocks: int) -> np.ndarray:
    rows, columns = matrix.shape[0] // blocks, matrix.shape[1] // blocks
    return np.stack(
        [matrix[b * rows : (b + 1) * rows, b * columns : (b + 1) * columns] for b in range(blocks)]
    )


@every_map
def test_all_that_is_not_zero_lies_in_the_blocks(jacobian: LinearMap, expected: np.ndarray) -> None:
    blocks = jacobian.blocks
    assert jacobian.T.blocks == blocks
    if not expected.size:
        return
    assert expected.shape[0] % blocks == expected.shape[1] % blocks == 0
    inside = blocks_of(expected, blocks)
    assert np.count_nonzero(inside) == np.count_nonzero(expected)
    array = jacobian.block_array()
    if array is not None:
        np.testing.assert_array_equal(value(array), inside)


@every_map
def test_no_pattern_has_more_entries_than_foretold(jacobian: LinearMap, expected: np.ndarray) -> None:
    assert jacobian.pattern().nnz <= jacobian.entries


@pytest.mark.parametrize(
    ("name", "blocks"),
    {
        "identity": 6, "scale": 6, "sum over rows": 1, "sum over columns": 2, "repeat columns": 2,
        "transpose": 1, "W x": 4, "V A": 2, "A v": 1, "A V": 1, "given in blocks": 2, "product": 1, "sum": 3,
    }.items(),
)  # fmt: skip
def test_as_many_blocks_are_found_as_there_are(name: str, blocks: int) -> None:
    assert MAPS[name][0].blocks == blocks


def test_matrices_that_maps_hold_need_no_multiplication() -> None:
    held = {name for name, (jacobian, _) in MAPS.items() if jacobian.block_array() is not None}
    assert {"scale", "A v", "v A", "W x", "V A", "v x", "outer v x"} <= held
    assert not {"A V", "x W", "sum over rows"} & held


def test_blocks_of_slices_that_take_leading_axes_whole() -> None:
    rows = Gather((4, 5), (4, 2), "slice", "place", (("index", ((0, 1, 4), (1, 2, 2))),))
    assert rows.blocks == 4
    assert rows.T.blocks == 4
    assert Gather((4, 5), (2, 5), "slice", "place", (("index", ((1, 1, 2), (0, 1, 5))),)).blocks == 1


def gathered(source: tuple[int, ...], *places: np.ndarray) -> Gather:
    indices = tuple(map(constant, places))
    target = np.broadcast_shapes(*[index.shape for index in indices]) + source[len(indices) :]
    return Gather(source, target, "gather", "scatter_add", (), 0, indices)


def test_blocks_of_places_that_count_through_leading_axes() -> None:
    rows, last = np.arange(3)[:, None], np.array([[2, 0], [1, 1], [3, 0]])
    assert gathered((3, 4), rows, last).blocks == 3
    assert gathered((3, 4), rows, last).T.blocks == 3
    assert gathered((3, 4), rows, np.arange(4)).blocks == 12
    assert gathered((3, 4), rows[::-1], last).blocks == 1
    assert gathered((3, 4), np.arange(3), np.array([2, 0, 3])).blocks == 3
    assert gathered((4, 3), last, rows).blocks == 1


def test_an_axis_of_one_that_is_repeated_is_not_counted_through() -> None:
    repeated = gathered((1, 3, 4), np.zeros((1, 1), int), np.arange(3)[None], np.array([[1], [2]]))
    assert repeated.target == (2, 3)
    assert repeated.blocks == 1


def test_sums_and_products_have_the_common_blocks() -> None:
    six, four = Scale(constant(np.ones(12))), Sum((4, 3), (1,))
    assert Compose((four, Reshape((12,), (4, 3)), six)).blocks == 4
    assert Add((Reshape((12,), (12,)), Broadcast((12,), ()))).blocks == 12


SPARSE = np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0]])


def test_zeros_of_constants_are_no_entries() -> None:
    by_matrix = Contract((3,), (2,), "j", "i", constant(SPARSE), "ij")
    np.testing.assert_array_equal(by_matrix.pattern().toarray(), SPARSE != 0)
    np.testing.assert_array_equal(by_matrix.T.pattern().toarray(), SPARSE.T != 0)
    factors = op.broadcast_to(constant(np.array([0.0, 3.0])), shape=(2, 2))
    np.testing.assert_array_equal(Scale(factors).pattern().toarray(), np.diag([0, 1, 0, 1]).astype(bool))
    np.testing.assert_array_equal(
        Mask(constant(np.array([True, False]))).pattern().toarray(), np.diag([True, False])
    )


def test_values_that_are_not_constant_may_be_anything() -> None:
    x = input_node(ArrayType((2, 3), np.dtype("float64")), "x")
    assert known_value(x) is None
    assert known_value(op.sin(x)) is None
    assert Contract((3,), (2,), "j", "i", x, "ij").pattern().toarray().all()
    np.testing.assert_allclose(known_value(op.sin(constant(SPARSE)) * 2), 2 * np.sin(SPARSE), rtol=1e-15)


def test_places_that_are_not_constant_may_be_any() -> None:
    places = input_node(ArrayType((4,), np.dtype(int)), "places")
    rows = Gather((5, 2), (4, 2), "gather", "scatter_add", (), 0, (places,))
    expected = np.kron(np.ones((4, 5)), np.eye(2)).astype(bool)
    np.testing.assert_array_equal(rows.pattern().toarray(), expected)
    np.testing.assert_array_equal(rows.T.pattern().toarray(), expected.T)
    assert rows.entries == rows.pattern().nnz
    batch = Gather((3, 5), (3, 4), "gather", "scatter_add", (), 1, (places,))
    np.testing.assert_array_equal(batch.pattern().toarray(), np.kron(np.eye(3), np.ones((4, 5))).astype(bool))
    assert batch.blocks == 3
