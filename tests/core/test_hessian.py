"""Hessians, dense, sparse and as products; Gauss-Newton matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ShapeError

RNG = np.random.default_rng(31)
X = RNG.normal(size=25)


def energy(x: Any) -> Any:
    return np.sum((x[1:] - x[:-1] ** 2) ** 2) + np.sum(np.cos(x))


def by_differences(x: np.ndarray) -> np.ndarray:
    gradient = cr.grad(energy)
    return np.stack([(gradient(x + h) - gradient(x - h)) / 2e-5 for h in 1e-5 * np.eye(len(x))])


@pytest.mark.parametrize("compile", ["reference", "native"])
def test_products_and_matrices_are_of_one_hessian(compile: str) -> None:
    function = cr.hessian(energy, compile=compile)
    H, matrix = function.at(X), function(X)
    np.testing.assert_allclose(matrix, by_differences(X), 1e-6, 1e-6)
    np.testing.assert_allclose(H.sparse().toarray(), matrix, 1e-12, 1e-12)
    v = RNG.normal(size=25)
    np.testing.assert_allclose(H @ v, matrix @ v, 1e-11)
    np.testing.assert_allclose(v @ H, matrix @ v, 1e-11)


def test_a_chain_takes_three_pushes_and_an_arrow_two() -> None:
    assert cr.hessian(energy).at(X).plan.passes == (3, 0)
    arrow = cr.hessian(lambda x: np.sum(x[1:] ** 3 * np.sin(x[0]))).at(RNG.normal(size=80))
    assert arrow.plan.passes == (2, 0)
    dense = np.asarray(arrow)
    np.testing.assert_allclose(dense, dense.T, 1e-13)
    np.testing.assert_allclose(dense, np.stack([arrow @ unit for unit in np.eye(80)]), 1e-12, 1e-13)


def test_a_sum_over_a_grid_takes_few_pushes() -> None:
    def roughness(u: Any) -> Any:
        return np.sum(np.cosh(u[1:] - u[:-1])) + np.sum(np.cosh(u[:, 1:] - u[:, :-1]))

    u = RNG.normal(size=(9, 11))
    H = cr.hessian(roughness).at(u)
    assert sum(H.plan.passes) <= 5
    np.testing.assert_allclose(H.sparse().toarray(), H @ np.eye(99), 1e-12, 1e-12)


def test_several_arguments_keep_their_names_and_structure() -> None:
    p = {"a": X[:3], "b": X[3:5]}
    H = cr.hessian(lambda p, y: np.sum(p["a"]) ** 2 * np.sum(p["b"] * y), wrt=("p", "y")).at(p, X[5:7])
    assert list(H.columns) == ["a", "b", "y"]
    assert H.shape == (7, 7)
    pushed = H.push(({"a": np.ones(3), "b": np.zeros(2)}, np.zeros(2)))
    assert list(pushed[0]) == ["a", "b"]
    np.testing.assert_allclose(pushed[1], 2 * 3 * np.sum(X[:3]) * X[3:5], 1e-13)


def test_a_hessian_is_of_one_real_number() -> None:
    with pytest.raises(ShapeError, match="one real number"):
        cr.hessian(lambda x: x).at(X)


def model(W: Any, x: Any) -> Any:
    return np.tanh(x @ W)


W, DATA, LABELS = RNG.normal(size=(3, 4)), RNG.normal(size=(6, 3)), np.eye(4)[RNG.integers(4, size=6)]


def cross_entropy(z: Any) -> Any:
    return -np.sum(LABELS * cr.special.log_softmax(z, axis=1))


@pytest.mark.parametrize("loss", [None, cross_entropy], ids=["squares", "cross-entropy"])
def test_a_gauss_newton_matrix_is_the_product_of_three(loss: Any) -> None:
    G = cr.gauss_newton(model, "W", loss)(W, DATA)
    J = cr.jacobian(model, "W")(W, DATA).matrix()
    H = np.eye(24) if loss is None else cr.hessian(loss)(model(W, DATA))
    expected = J.T @ H @ J
    np.testing.assert_allclose(G.matrix(), expected, 1e-11, 1e-12)
    np.testing.assert_allclose(G.sparse().toarray(), expected, 1e-11, 1e-12)
    v, V = RNG.normal(size=12), RNG.normal(size=(12, 2))
    np.testing.assert_allclose(G @ v, expected @ v, 1e-11)
    np.testing.assert_allclose(G @ V, expected @ V, 1e-11)
    np.testing.assert_allclose(v @ G, expected @ v, 1e-11)
    assert np.linalg.eigvalsh(G.matrix()).min() > -1e-12
    assert G.T is G


def test_for_a_linear_model_it_is_the_hessian() -> None:
    A, b = RNG.normal(size=(7, 4)), RNG.normal(size=7)
    residuals = lambda x: A @ x - b  # noqa: E731
    G = cr.gauss_newton(residuals)(X[:4]).matrix()
    np.testing.assert_allclose(G, cr.hessian(lambda x: 0.5 * np.sum(residuals(x) ** 2))(X[:4]), 1e-12)
