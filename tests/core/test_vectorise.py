"""vec of products and transposes, in both orders, against products that are written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import ArgumentError, ShapeError

SIZES = st.integers(0, 4)
RNG = np.random.default_rng(51)


@given(SIZES, SIZES, SIZES, SIZES, st.sampled_from("CF"))
def test_vec_of_a_product(m: int, n: int, p: int, q: int, order: str) -> None:
    A, X, B = (RNG.normal(size=shape) for shape in ((m, n), (n, p), (p, q)))
    M = cr.vec_of_product(A, B, order)
    assert M.shape == (m * q, n * p)
    np.testing.assert_allclose(M @ cr.vec(X, order), cr.vec(A @ X @ B, order), 1e-12, 1e-12)


@given(SIZES, SIZES, st.sampled_from("CF"))
def test_the_commutation_matrix_transposes(m: int, n: int, order: str) -> None:
    A = RNG.normal(size=(m, n))
    K = cr.commutation_matrix(m, n, order)
    np.testing.assert_array_equal(K @ cr.vec(A, order), cr.vec(A.T, order))
    np.testing.assert_array_equal(K @ K.T, np.eye(m * n))
    np.testing.assert_array_equal(K.T, cr.commutation_matrix(n, m, order))
    np.testing.assert_array_equal(K.T, cr.commutation_matrix(m, n, "F" if order == "C" else "C"))


def test_it_commutes_kronecker_products() -> None:
    """K (A ⊗ B) = (B ⊗ A) K, column-stacked: Magnus and Neudecker's theorem."""
    A, B = RNG.normal(size=(2, 3)), RNG.normal(size=(4, 5))
    left, right = cr.commutation_matrix(4, 2, "F"), cr.commutation_matrix(5, 3, "F")
    np.testing.assert_allclose(left @ np.kron(A, B), np.kron(B, A) @ right, 1e-14)


@pytest.mark.parametrize("order", ["C", "F"])
def test_they_are_the_jacobians_of_what_they_stand_for(order: str) -> None:
    A, X, B = (RNG.normal(size=shape) for shape in ((2, 3), (3, 4), (4, 5)))
    shape = X.shape
    of_product = cr.jacobian(lambda v: cr.vec(A @ cr.unvec(v, shape, order) @ B, order))(cr.vec(X, order))
    np.testing.assert_allclose(of_product.matrix(), cr.vec_of_product(A, B, order), 1e-13, 1e-14)
    of_transpose = cr.jacobian(lambda v: cr.vec(cr.unvec(v, shape, order).T, order))(cr.vec(X, order))
    np.testing.assert_array_equal(of_transpose.matrix(), cr.commutation_matrix(3, 4, order))


def test_traced_matrices_may_be_vectorised() -> None:
    B, x = RNG.normal(size=(3, 2)), RNG.normal(size=4)
    gradient = cr.grad(lambda A: np.sum(cr.vec_of_product(A, B) @ np.ones(9)))(np.ones((2, 3)))
    np.testing.assert_allclose(gradient, np.full((2, 3), B.sum()), 1e-13)
    np.testing.assert_array_equal(cr.vec_of_product(np.eye(3), x[:, None]), np.kron(np.eye(3), x))


def test_what_is_no_matrix_or_order_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"unvec to \(2, -1\)"):
        cr.unvec(np.ones(6), (2, -1))
    with pytest.raises(ShapeError, match="B of shape"):
        cr.vec_of_product(np.eye(2), np.ones(2))
    with pytest.raises(ArgumentError, match="order"):
        cr.vec_of_product(np.eye(2), np.eye(2), "A")
    for m, n, order in ((-1, 2, "C"), (2, 1.5, "C"), (2, 2, "K")):
        with pytest.raises(ArgumentError):
            cr.commutation_matrix(m, n, order)  # type: ignore[arg-type]
