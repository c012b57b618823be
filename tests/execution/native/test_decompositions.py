"""Linear algebra is LAPACK's, called by the machine code; what NumPy refuses is refused."""

import gc
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native import routines

RNG = np.random.default_rng(21)
POSITIVE = (lambda A: A @ A.swapaxes(-1, -2) + np.eye(4))(RNG.normal(size=(5, 4, 4)))
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "inv": np.linalg.inv,
    "solve": lambda A: np.linalg.solve(A, A[..., :2] ** 2),
    "solve of rows": lambda A: np.linalg.solve(A.swapaxes(-1, -2), A[..., ::2]),
    "cholesky": np.linalg.cholesky,
    "det": np.linalg.det,
    "slogdet": lambda A: np.stack(np.linalg.slogdet(-A)),
    "eigh": lambda A: np.linalg.eigh(A)[1] * np.linalg.eigh(A)[0][..., None, :],
    "eigvalsh": np.linalg.eigvalsh,
    "svd": lambda A: np.linalg.svd(A[..., :3], full_matrices=False)[0],
    "wide svd": lambda A: np.linalg.svd(A[..., :3, :], full_matrices=False)[2],
    "singular values": lambda A: np.linalg.svd(A[..., :3], compute_uv=False),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_stack_of_matrices_gives_what_numpy_gives(name: str, dtype: Any) -> None:
    f, A = FUNCTIONS[name], POSITIVE.astype(dtype)
    compiled = cr.compile(f)
    expected = f(A)
    found = compiled(A)
    assert found.dtype == expected.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=1e-5 if dtype == np.float32 else 1e-13, atol=1e-14)
    assert "LAPACK" in compiled.explain(A)
    assert "having no machine code: nothing" in compiled.explain(A)


def test_the_derivatives_of_a_gaussian_are_machine_code() -> None:
    def log_likelihood(S: Any, x: Any) -> Any:
        _, logdet = np.linalg.slogdet(S)
        return -0.5 * (x @ np.linalg.solve(S, x) + logdet + 4 * np.log(2 * np.pi))

    S, x = POSITIVE[0], RNG.normal(size=4)
    gradient = cr.compile(cr.grad(log_likelihood))
    y = np.linalg.inv(S) @ x
    np.testing.assert_allclose(gradient(S, x), 0.5 * (np.outer(y, y) - np.linalg.inv(S)), rtol=1e-12)
    assert "having no machine code: nothing" in gradient.explain(S, x)


@pytest.mark.parametrize(
    ("f", "bad", "error", "message"),
    [
        (np.linalg.inv, np.zeros((4, 4)), np.linalg.LinAlgError, "Singular"),
        (lambda A: np.linalg.solve(A, A), np.ones((4, 4)), np.linalg.LinAlgError, "Singular"),
        (np.linalg.cholesky, -np.eye(4), np.linalg.LinAlgError, "positive definite"),
        (np.linalg.cholesky, np.tri(4), cr.errors.ArgumentError, "not symmetric"),
        (np.linalg.eigh, np.tri(4), cr.errors.ArgumentError, "not symmetric"),
    ],
)
def test_one_bad_matrix_of_a_stack_is_refused_as_numpy_does(
    f: Any, bad: np.ndarray, error: type[Exception], message: str
) -> None:
    compiled = cr.compile(f)
    stack = np.concatenate([POSITIVE, bad[None]])
    for A in (bad, stack, stack[::-1]):  # called from C, and the last from Python: it lies in another order
        with pytest.raises(error, match=message):
            compiled(A)
    np.testing.assert_allclose(compiled(POSITIVE)[0], f(POSITIVE)[0], rtol=1e-13)


def test_what_is_no_number_goes_through() -> None:
    A = POSITIVE.copy()
    A[1, 0, 0] = np.nan
    found, expected = cr.compile(np.linalg.inv)(A), np.linalg.inv(A)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found[2:], expected[2:], rtol=1e-13)
    assert np.isnan(cr.compile(np.linalg.det)(A)[1])


def test_a_refused_call_leaves_nothing_behind() -> None:
    inverse, singular = cr.compile(np.linalg.inv), np.zeros((4, 4))

    def refused() -> None:
        with pytest.raises(np.linalg.LinAlgError):
            inverse(singular)

    def holders() -> int:
        gc.collect()  # errors hold what their calls held
        return sys.getrefcount(singular.dtype)

    refused()
    before = holders()
    for _ in range(20):
        refused()
    assert holders() - before < 20  # an array that is left would hold its type


def test_a_numpy_without_a_routine_computes_it_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routines, "addresses", dict)

    def f(A: Any) -> Any:
        return np.linalg.inv(A) + np.linalg.inv(A).sum() ** 3

    compiled = cr.compile(f)
    np.testing.assert_allclose(compiled(POSITIVE), f(POSITIVE), rtol=1e-13)
    assert "having no machine code: inv" in compiled.explain(POSITIVE)


@pytest.mark.parametrize("shape", [(4, 4), (1, 1), (3, 2, 2)])
def test_the_gradient_of_a_determinant_is_machine_code(shape: tuple[int, ...]) -> None:
    A = RNG.normal(size=shape)
    A[..., 0, :] = 0.0  # singular: the cofactors exist all the same
    gradient = cr.compile(cr.grad(lambda A: np.sum(np.linalg.det(A))))
    n = shape[-1]
    minors = np.empty(shape)
    for i, j in np.ndindex(n, n):
        rest = np.delete(np.delete(A, i, axis=-2), j, axis=-1)
        minors[..., i, j] = (-1.0) ** (i + j) * np.linalg.det(rest)
    np.testing.assert_allclose(gradient(A), minors, rtol=1e-12, atol=1e-13)
    assert "having no machine code: nothing" in gradient.explain(A)
