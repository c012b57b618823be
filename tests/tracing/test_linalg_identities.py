"""Derivatives of linear algebra against closed forms and SciPy; singular matrices and repeated values."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import chainrule as cr
from chainrule.errors import ArgumentError

from ..numerics import numerical_jacobian

L = np.linalg
RNG = np.random.default_rng(11)
A = RNG.normal(size=(4, 4)) + 4 * np.eye(4)
P = A @ A.T
D = RNG.normal(size=(4, 4))
TURN = L.qr(RNG.normal(size=(4, 4)))[0]


def close(actual: Any, expected: Any, tolerance: float = 1e-12) -> None:
    np.testing.assert_allclose(actual, expected, tolerance, tolerance * np.max(np.abs(expected), initial=1))


def minors(a: np.ndarray) -> np.ndarray:
    """The cofactor matrix by its definition: signed determinants, each without one row and column."""
    n = len(a)
    rest = [[np.delete(np.delete(a, i, 0), j, 1) for j in range(n)] for i in range(n)]
    return np.array([[(-1) ** (i + j) * L.det(rest[i][j]) for j in range(n)] for i in range(n)])


# Closed forms.

GRADIENTS: dict[str, tuple[Callable[..., Any], np.ndarray, np.ndarray]] = {
    "log |det A|: A⁻ᵀ": (lambda a: L.slogdet(a)[1], A, L.inv(A).T),
    "det A: det(A) A⁻ᵀ": (L.det, A, L.det(A) * L.inv(A).T),
    "tr A⁻¹: −A⁻²ᵀ": (lambda a: np.trace(L.inv(a)), A, -L.inv(A @ A).T),
    "tr A³: 3A²ᵀ": (lambda a: np.trace(L.matrix_power(a, 3)), A, 3 * (A @ A).T),
    "dᵀA⁻¹d: −A⁻ᵀ d dᵀ A⁻ᵀ": (
        lambda a: D[0] @ L.solve(a, D[0]),
        A,
        -np.outer(L.solve(A.T, D[0]), L.solve(A, D[0])),
    ),
    "2 Σ log diag L: A⁻¹": (lambda a: 2 * np.sum(np.log(L.diagonal(L.cholesky(a)))), P, L.inv(P)),
    "Σ log w: A⁻¹": (lambda a: np.sum(np.log(L.eigvalsh(a))), P, L.inv(P)),
    "Σ log s: A⁻ᵀ": (lambda a: np.sum(np.log(L.svdvals(a))), A, L.inv(A).T),
    "log |det R|: A⁻ᵀ": (lambda a: np.sum(np.log(np.abs(L.diagonal(L.qr(a).R)))), A, L.inv(A).T),
    "Σ exp w: exp A": (lambda a: np.sum(np.exp(L.eigvalsh(a))), P / 9, scipy.linalg.expm(P / 9)),
    "the greatest eigenvalue: v vᵀ": (
        lambda a: L.eigvalsh(a)[-1],
        P,
        np.outer(L.eigh(P)[1][:, -1], L.eigh(P)[1][:, -1]),
    ),
    "nuclear norm: the polar factor": (lambda a: L.norm(a, "nuc"), A, scipy.linalg.polar(A)[0]),
    "tr A⁺A⁺ᵀ: −2 A⁺ᵀA⁺A⁺ᵀ": (
        lambda a: np.sum(L.pinv(a) ** 2),
        A[:, :3],
        -2 * L.pinv(A[:, :3]).T @ L.pinv(A[:, :3]) @ L.pinv(A[:, :3]).T,
    ),
}


@pytest.mark.parametrize(("function", "a", "expected"), GRADIENTS.values(), ids=GRADIENTS.keys())
def test_gradients_in_closed_form(function: Callable[..., Any], a: np.ndarray, expected: np.ndarray) -> None:
    close(cr.grad(function)(a), expected)
    close(cr.jacobian(function)(a).matrix(), expected.reshape(1, -1))


IDENTITIES: dict[str, tuple[Callable[..., Any], np.ndarray]] = {
    "L Lᵀ": (lambda a: L.cholesky((a + a.T) / 2) @ L.cholesky((a + a.T) / 2).T - (a + a.T) / 2, P),
    "V W Vᵀ": (lambda a: np.einsum("ik,k,jk", L.eigh(a)[1], L.eigh(a)[0], L.eigh(a)[1]) - (a + a.T) / 2, P),
    "VᵀV": (lambda a: L.eigh(a)[1].T @ L.eigh(a)[1], P),
    "U S Vᵀ": (lambda a: (L.svd(a).U * L.svd(a).S) @ L.svd(a).Vh - a, A),
    "U S Vᵀ of tall matrices": (
        lambda a: np.einsum("ik,k,kj", *L.svd(a, full_matrices=False)) - a,
        A[:, :2],
    ),
    "UᵀU": (lambda a: L.svd(a, full_matrices=False).U.T @ L.svd(a, full_matrices=False).U, A[:, :2]),
    "Q R": (lambda a: np.matmul(*L.qr(a)) - a, A[:, :3]),
    "Q R of wide matrices": (lambda a: np.matmul(*L.qr(a)) - a, A[:3]),
    "QᵀQ": (lambda a: L.qr(a).Q.T @ L.qr(a).Q, A[:, :3]),
    "below the diagonal of R": (lambda a: np.tril(L.qr(a).R, -1), A),
    "A A⁻¹": (lambda a: a @ L.inv(a), A),
    "A (A⁻¹ D)": (lambda a: a @ L.solve(a, D), A),
    "A A⁺ A": (lambda a: a @ L.pinv(a) @ a - a, A[:3]),
    "det A · det A⁻¹": (lambda a: L.det(a) * L.det(L.inv(a)), A),
    "A³ A⁻³": (lambda a: L.matrix_power(a, 3) @ L.matrix_power(a, -3), A),
}


@pytest.mark.parametrize(("constant", "a"), IDENTITIES.values(), ids=IDENTITIES.keys())
def test_what_is_constant_has_no_derivative(constant: Callable[..., Any], a: np.ndarray) -> None:
    close(cr.jacobian(constant)(a).matrix(), 0, 1e-10)


def test_a_matrix_square_root_has_the_derivative_that_solves_sylvesters_equation() -> None:
    """X² = A gives X dX + dX X = dA."""

    def root(a: Any) -> Any:
        w, V = L.eigh(a)
        return (V * np.sqrt(w)) @ V.T

    direction = D + D.T
    expected = scipy.linalg.solve_sylvester(root(P), root(P), direction)
    close(cr.push(root)(P)(direction), expected, 1e-10)


def test_second_derivatives_of_an_eigenvalue_are_those_of_perturbation_theory() -> None:
    """d²wᵢ = 2 Σ (vᵢᵀ dA vⱼ)²/(wᵢ − wⱼ) over j ≠ i."""
    w, V = L.eigh(P)
    M = V.T @ (D + D.T) @ V
    hessian = cr.hessian(lambda a: L.eigvalsh(a)[1])(P)
    direction = (D + D.T).ravel()
    expected = sum(2 * M[1, j] ** 2 / (w[1] - w[j]) for j in (0, 2, 3))
    close(direction @ hessian @ direction, expected, 1e-10)


# Singular matrices.

SINGULAR = {
    "rank 3": TURN @ np.diag([3.0, 2.0, 1.0, 0.0]) @ TURN.T,
    "rank 2": np.diag([0.0, 2.0, 0.0, 3.0]),
    "rank 1": np.outer(D[0], D[1]),
    "zero": np.zeros((4, 4)),
    "identity": np.eye(4),
}


@pytest.mark.parametrize("a", SINGULAR.values(), ids=SINGULAR.keys())
def test_det_has_finite_first_and_second_derivatives_everywhere(a: np.ndarray) -> None:
    close(cr.grad(L.det)(a), minors(a), 1e-12)
    close(cr.hessian(L.det)(a), numerical_jacobian(minors, a), 1e-10)


@given(arrays(np.int64, (3, 3), elements=st.integers(-3, 3)))
def test_the_gradient_of_det_is_the_matrix_of_cofactors(a: np.ndarray) -> None:
    np.testing.assert_allclose(cr.grad(L.det)(a), np.rint(minors(a)), atol=1e-12)


def test_det_of_matrices_of_size_0_and_1() -> None:
    assert cr.grad(L.det)(np.zeros((1, 1))) == [[1.0]]
    assert cr.hessian(L.det)(np.zeros((1, 1))) == [[0.0]]
    value, gradient = cr.value_and_grad(L.det)(np.zeros((0, 0)))
    assert (value, gradient.shape) == (1.0, (0, 0))


def test_an_inverse_that_does_not_exist_is_numpys_error() -> None:
    for function in (lambda a: np.sum(L.inv(a)), lambda a: np.sum(L.solve(a, D)), lambda a: L.slogdet(a)[1]):
        with pytest.raises(L.LinAlgError, match="Singular"):
            cr.grad(function)(np.zeros((4, 4)))
    with pytest.raises(L.LinAlgError, match="positive definite"):
        cr.grad(lambda a: np.sum(L.cholesky(a)))(-np.eye(2))


def test_the_pseudo_inverse_of_a_matrix_of_low_rank_along_a_curve_of_that_rank() -> None:
    start, speed = RNG.normal(size=(2, 5)), RNG.normal(size=(2, 5))

    def curve(t: Any) -> Any:
        u, v = start + t * speed
        return L.pinv(np.outer(u, v[:3]), rtol=1e-10)

    expected = numerical_jacobian(curve, 0.0)
    close(cr.jacobian(curve)(0.0).matrix(), expected, 1e-9)


# Repeated values.

REPEATED = {
    "identity": np.eye(4),
    "zero": np.zeros((4, 4)),
    "two pairs": np.diag([1.0, 1.0, 2.0, 2.0]),
    "turned, equal up to rounding": TURN @ np.diag([3.0, 1.0, 1.0, 1.0]) @ TURN.T,
}
every_repeated = pytest.mark.parametrize("a", REPEATED.values(), ids=REPEATED.keys())


@every_repeated
def test_functions_of_all_eigenvalues_alike_are_smooth(a: np.ndarray) -> None:
    close(cr.grad(lambda x: np.sum(L.eigvalsh(x)))(a), np.eye(4))
    close(cr.grad(lambda x: np.sum(L.eigh(x)[0] ** 3))(a), 3 * a @ a)
    close(cr.push(lambda x: np.sum(np.exp(L.eigvalsh(x))))(a)(D), np.vdot(scipy.linalg.expm(a), D))
    close(cr.hessian(lambda x: np.sum(L.eigvalsh(x)))(a), 0)


@every_repeated
def test_vectors_of_repeated_values_have_finite_derivatives(a: np.ndarray) -> None:
    for function in (lambda x: L.eigh(x)[1], lambda x: L.svd(x).U, lambda x: L.svd(x[:, :3], False).Vh):
        assert np.all(np.isfinite(cr.jacobian(function)(a).matrix()))
        assert np.all(np.isfinite(cr.hessian(lambda x, f=function: np.sum(D[0, 0] * f(x)))(a)))


def test_a_projection_on_the_space_of_a_repeated_eigenvalue_is_smooth() -> None:
    a = TURN @ np.diag([5.0, 5.0, 5.0, 1.0]) @ TURN.T

    def projection(x: Any) -> Any:
        V = L.eigh((x + x.T) / 2)[1][:, 1:]
        return V @ V.T

    close(cr.jacobian(projection)(a).matrix(), numerical_jacobian(projection, a), 1e-9)


@pytest.mark.parametrize("a", [np.eye(4), 2 * TURN, TURN @ np.diag([1.0, 1.0, 2.0, 2.0])], ids=str)
def test_the_polar_factor_is_smooth_where_singular_values_are_equal(a: np.ndarray) -> None:
    def polar(x: Any) -> Any:
        return L.svd(x).U @ L.svd(x).Vh

    close(cr.jacobian(polar)(a).matrix(), numerical_jacobian(lambda x: scipy.linalg.polar(x)[0], a), 1e-9)
    close(cr.hessian(lambda x: L.norm(x, "nuc"))(a), cr.jacobian(polar)(a).matrix(), 1e-12)


def test_what_is_spread_over_the_space_of_a_repeated_eigenvalue_loses_its_part_off_the_diagonal() -> None:
    """The limit of the convention: at the identity, V W Vᵀ = A gets the derivative of its diagonal alone."""

    def again(x: Any) -> Any:
        w, V = L.eigh(x)
        return (V * w) @ V.T

    close(cr.push(again)(np.eye(4))(D), np.diag(np.diag(D)))


# What is taken for symmetric.


def test_functions_of_symmetric_matrices_are_functions_of_the_symmetric_part() -> None:
    skew = 1e-3 * (D - D.T)
    for function in (L.cholesky, L.eigvalsh, lambda a: L.eigh(a)[1]):
        close(cr.trace(function, P).run(P + skew).output, function(P))
        close(cr.push(function)(P)(D - D.T), 0)
        pulled = cr.pull(function)(P)(np.ones(function(P).shape))
        close(pulled, pulled.T)


@pytest.mark.parametrize("name", ["cholesky", "eigh", "eigvalsh"])
def test_a_matrix_that_is_not_symmetric_is_refused(name: str) -> None:
    """NumPy would read its lower triangle."""
    with pytest.raises(ArgumentError, match=r"not symmetric(.|\n)*np.tril"):
        cr.trace(getattr(L, name), P).run(np.tril(P))
