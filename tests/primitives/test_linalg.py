"""What the records of linear algebra are made of: products, packed results, cofactors; and how they print."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import ArgumentError, ShapeError
from chainrule.execution import evaluate
from chainrule.graph import Node, build, constant, topological_order, type_of
from chainrule.primitives.determinants import cofactors
from chainrule.primitives.factorisations import nearly_symmetric, symmetric_part
from chainrule.primitives.matrices import (
    antisymmetric,
    diagonal,
    diagonal_matrix,
    left,
    matmul,
    right,
    symmetric,
    transposed,
)
from chainrule.primitives.packing import Packing

RNG = np.random.default_rng(2)
axis = st.integers(0, 3)


def value(node: Node) -> np.ndarray:
    return np.asarray(evaluate([node], {})[0])


@given(st.lists(axis, max_size=2), st.lists(axis, max_size=2), axis, axis, axis, st.booleans())
def test_products_pair_the_last_batch_axes(
    extra: list[int], batch: list[int], m: int, n: int, k: int, first_leads: bool
) -> None:
    before = (extra, []) if first_leads else ([], extra)
    a = RNG.normal(size=(*before[0], *batch, m, n))
    b = RNG.normal(size=(*before[1], *batch, n, k))
    np.testing.assert_allclose(value(matmul(constant(a), constant(b))), a @ b, 1e-14, 1e-14)
    if first_leads:
        np.testing.assert_allclose(
            value(right(constant(b), (*batch, m, n)).push(constant(a))), a @ b, 1e-14, 1e-14
        )
    else:
        np.testing.assert_allclose(
            value(left(constant(a), (*batch, n, k)).push(constant(b))), a @ b, 1e-14, 1e-14
        )


def test_a_product_of_several_factors() -> None:
    a, b, c = RNG.normal(size=(2, 2, 3)), RNG.normal(size=(2, 3, 4)), RNG.normal(size=(5, 2, 4, 1))
    np.testing.assert_allclose(value(matmul(constant(a), constant(b), constant(c))), a @ b @ c, 1e-14)


@pytest.mark.parametrize("shape", [(3, 3), (2, 1, 4, 4), (0, 0), (2, 1, 1)], ids=str)
def test_parts_of_square_matrices(shape: tuple[int, ...]) -> None:
    x = RNG.normal(size=shape)
    swapped, node = np.swapaxes(x, -1, -2), constant(x)
    np.testing.assert_array_equal(value(transposed(node)), swapped)
    np.testing.assert_array_equal(value(diagonal(node)), np.linalg.diagonal(x))
    np.testing.assert_array_equal(value(diagonal_matrix(diagonal(node))), x * np.eye(shape[-1]))
    np.testing.assert_array_equal(
        value(symmetric(node) + antisymmetric(node)), value(symmetric(node)) + (x - swapped) / 2
    )
    np.testing.assert_array_equal(value(antisymmetric(transposed(node))), value(-antisymmetric(node)))


@given(st.lists(axis, max_size=2), st.lists(st.lists(axis, max_size=3).map(tuple), min_size=1, max_size=3))
def test_what_is_packed_comes_out_as_it_was(batch: list[int], shapes: list[tuple[int, ...]]) -> None:
    packing, parts = Packing(tuple(shapes)), [RNG.normal(size=(*batch, *shape)) for shape in shapes]
    packed = packing.pack(parts)
    assert type_of(packed) == packing.type_of(type_of(np.empty((*batch, 2, 2))))
    np.testing.assert_array_equal(packed, value(packing.join(*map(constant, parts))))
    for part, back in zip(parts, packing.parts(constant(packed)), strict=True):
        np.testing.assert_array_equal(value(back), part)


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 4, 4), (1, 1), (0, 0), (0, 2, 2)], ids=str)
def test_cofactors_are_the_determinant_times_the_transposed_inverse(shape: tuple[int, ...]) -> None:
    a = RNG.normal(size=shape)
    expected = np.linalg.det(a)[..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)
    np.testing.assert_allclose(cofactors(a), expected, 1e-12, 1e-12)


def test_cofactors_of_singular_matrices() -> None:
    """For rank n − 1 they are a matrix of rank 1 that A annihilates; for a lower rank they are 0."""
    u, v = np.array([1.0, 2.0, 2.0]) / 3, np.array([0.0, 0.6, 0.8])
    reflections = [np.eye(3) - 2 * np.outer(w, w) for w in (u, v)]
    a = reflections[0] @ np.diag([2.0, 5.0, 0.0]) @ reflections[1]
    expected = reflections[0] @ np.diag([0.0, 0.0, 10.0]) @ reflections[1]
    np.testing.assert_allclose(cofactors(a), expected, 1e-13, 1e-13)
    np.testing.assert_allclose(cofactors(a).T @ a, 0, atol=1e-13)
    assert np.all(cofactors(np.diag([4.0, 0.0, 0.0])) == 0)


def test_the_symmetric_part_of_a_symmetric_matrix_is_itself() -> None:
    a = RNG.normal(size=(3, 3))
    a = np.stack([a + a.T, 1e300 * (a @ a.T), 1e-300 * (a @ a.T)])
    np.testing.assert_array_equal(symmetric_part(a), a)
    assert nearly_symmetric(np.empty((2, 0, 0))).shape == (2, 0, 0)
    assert np.isnan(nearly_symmetric(np.full((2, 2), np.nan))).all()


def test_one_matrix_of_a_batch_that_is_not_symmetric_is_noticed() -> None:
    a = np.stack([1e6 * np.eye(2), np.array([[1.0, 0.5], [0.0, 1.0]])])
    with pytest.raises(ArgumentError, match="not symmetric"):
        nearly_symmetric(a)


def test_a_linear_system_is_solved_once_for_all_tangents() -> None:
    """Batch axes of a tangent become columns, so that the matrix is not repeated for each."""
    a, b, v = RNG.normal(size=(2, 3, 3)), RNG.normal(size=(2, 3, 1)), RNG.normal(size=(5, 4, 2, 3, 1))
    matrix = constant(a)
    x = build("solve", matrix, constant(b))
    pushed = x.primitive.jacobian(1, x).push(constant(v))
    solved = [node for node in topological_order([pushed]) if node.op == "solve"]
    assert [(node.inputs[0], node.inputs[1].shape) for node in solved] == [(matrix, (2, 3, 20))]
    np.testing.assert_allclose(value(pushed), np.linalg.solve(a, v), 1e-12, 1e-12)


@pytest.mark.parametrize(
    ("name", "shapes", "message"),
    [
        ("inv", [(2, 3)], "inv"),
        ("det", [(3,)], "det"),
        ("solve", [(2, 2), (3, 1)], "as many rows"),
        ("solve", [(2, 2), (5, 2, 1)], "as many rows"),
        ("qr", [(2, 3)], "at least as many rows"),
        ("pinv", [(2, 3)], "at least as many rows"),
        ("svd", [(3,)], "two axes"),
        ("eigh", [(2, 3)], "square"),
    ],
)
def test_shapes_that_do_not_fit_are_named(name: str, shapes: list[tuple[int, ...]], message: str) -> None:
    params = {"rcond": 1e-15} if name == "pinv" else {}
    with pytest.raises(ShapeError, match=message):
        build(name, *[constant(np.ones(shape)) for shape in shapes], **params)


PRINTED = {
    "inverse transposed": (lambda x: np.linalg.slogdet(x)[1], ["np.linalg.inv(x)", ".T"]),
    "cofactors": (lambda x: np.linalg.det(x), ["cofactors(x)"]),
    "eigenvectors": (lambda x: np.sum(np.linalg.eigvalsh(x)), ["np.linalg.eigh(symmetric_part(x))", "@"]),
}


@pytest.mark.parametrize(("function", "pieces"), PRINTED.values(), ids=PRINTED.keys())
def test_short_derivatives_print_short(function: Callable[..., Any], pieces: list[str]) -> None:
    text = str(cr.grad(function).graph(np.eye(2)))
    assert all(piece in text for piece in pieces)
    assert len(text.splitlines()) <= 7
