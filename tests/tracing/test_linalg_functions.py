"""Every covered call of numpy.linalg: traced, it returns what NumPy does; its derivatives are right."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

from ..numerics import numerical_jacobian

L = np.linalg
RNG = np.random.default_rng(5)


def spread(*shape: int) -> np.ndarray:
    """Matrices whose singular values are apart and away from 0, so that all is smooth nearby."""
    return RNG.normal(size=shape) / 2 + 3 * np.arange(1, shape[-1] + 1) * np.eye(shape[-2], shape[-1])


def part(a: Any) -> Any:
    """The symmetric part: NumPy reads one triangle of what it takes for symmetric."""
    return (a + np.swapaxes(a, -1, -2)) / 2


A, B = spread(3, 3), spread(2, 3, 3)
TALL, WIDE, TALLS = spread(4, 3), spread(2, 4), spread(2, 4, 2)
S, SS = part(A), part(B)
b, X, XX = RNG.normal(size=3), RNG.normal(size=(3, 2)), RNG.normal(size=(2, 3, 1))
V, C = RNG.normal(size=(4, 3)), RNG.normal(size=(2, 1, 3))

CALLS: dict[str, tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "inv": (L.inv, (A,)),
    "inv batch": (L.inv, (B,)),
    "solve vector": (L.solve, (A, b)),
    "solve matrix": (L.solve, (A, X)),
    "solve batch, one vector": (L.solve, (B, b)),
    "solve batch, one matrix": (L.solve, (B, X)),
    "solve one, batch of matrices": (L.solve, (A, XX)),
    "solve batch, batch": (L.solve, (B, XX)),
    "solve, plain matrix": (lambda x: L.solve(A, x), (b,)),
    "det": (L.det, (A,)),
    "det batch": (L.det, (B,)),
    "slogdet": (lambda a: L.slogdet(a)[0] * L.slogdet(a).logabsdet, (-A,)),
    "slogdet batch": (lambda a: L.slogdet(a).sign + L.slogdet(a)[1], (B,)),
    "cholesky": (lambda a: L.cholesky(part(a)), (S,)),
    "cholesky upper": (lambda a: L.cholesky(part(a), upper=True), (S,)),
    "cholesky batch": (lambda a: L.cholesky(part(a)), (SS,)),
    "eigvalsh": (lambda a: L.eigvalsh(part(a)) + L.eigvalsh(part(a), "U"), (S,)),
    "eigvalsh batch": (lambda a: L.eigvalsh(part(a)), (SS,)),
    "eigh": (lambda a: L.eigh(part(a))[0] * np.square(L.eigh(part(a)).eigenvectors), (S,)),
    "eigh batch": (lambda a: np.square(L.eigh(part(a), UPLO="U")[1]), (SS,)),
    "svd of square matrices": (lambda a: L.svd(a)[0] * L.svd(a).Vh + L.svd(a).S, (A,)),
    "svd of tall matrices": (lambda a: L.svd(a, full_matrices=False)[0] ** 2 @ S, (TALL,)),
    "svd of wide matrices": (lambda a: L.svd(a, full_matrices=False)[2] ** 2, (WIDE,)),
    "svd, polar factor": (lambda a: L.svd(a).U @ L.svd(a).Vh, (A,)),
    "svd batch": (lambda a: L.svd(a, full_matrices=False).U ** 2, (TALLS,)),
    "svd without vectors": (lambda a: L.svd(a, compute_uv=False), (TALL,)),
    "svdvals": (L.svdvals, (WIDE,)),
    "svdvals batch": (L.svdvals, (TALLS,)),
    "qr of square matrices": (lambda a: L.qr(a)[0] @ L.qr(a).R ** 2, (A,)),
    "qr of tall matrices": (lambda a: L.qr(a).Q ** 2 @ S, (TALL,)),
    "qr of wide matrices": (lambda a: L.qr(a).Q @ L.qr(a).R ** 2, (WIDE,)),
    "qr complete, wide": (lambda a: L.qr(a, "complete").R, (WIDE,)),
    "qr r": (lambda a: L.qr(a, mode="r"), (TALL,)),
    "qr batch": (lambda a: L.qr(a).Q, (TALLS,)),
    "pinv": (L.pinv, (TALL,)),
    "pinv wide": (L.pinv, (WIDE,)),
    "pinv batch": (lambda a: L.pinv(a, rtol=1e-10), (TALLS,)),
    "matrix_power": (lambda a: L.matrix_power(a, 5) + L.matrix_power(a, 1), (A / 9,)),
    "matrix_power 0": (lambda a: L.matrix_power(a, 0) * a, (B,)),
    "matrix_power negative": (lambda a: L.matrix_power(a, -2), (B,)),
    "matmul": (L.matmul, (A, X)),
    "tensordot": (lambda a, x: L.tensordot(a, x, axes=1), (A, X)),
    "outer": (L.outer, (b, V[:, 0])),
    "trace": (lambda a: L.trace(a) + L.trace(a, offset=1), (B,)),
    "diagonal": (lambda a: L.diagonal(a) ** 2, (B,)),
    "diagonal offset": (lambda a: L.diagonal(a, offset=-1), (B,)),
    "matrix_transpose": (L.matrix_transpose, (B,)),
    "vecdot": (lambda x, y: L.vecdot(x, y) + np.vecdot(y, x), (V, V[0])),
    "vecdot axis": (lambda x, y: L.vecdot(x, y, axis=0), (V, V**2)),
    "cross": (lambda x, y: L.cross(x, y) + np.cross(x, y), (V, C)),
    "cross axis": (lambda x, y: L.cross(x, y, axis=0), (X, X**2)),
    "cross axes": (lambda x, y: np.cross(x, y, axisa=1, axisb=0, axisc=0), (V, V[:3].T[:, :1])),
    "multi_dot": (lambda x, y: L.multi_dot([x, y, A, b]), (V, A)),
    "cond": (lambda a: L.cond(a) + L.cond(a, -2) + L.cond(a, 1) + L.cond(a, "fro"), (A,)),
    "cond batch": (lambda a: L.cond(a, np.inf), (B,)),
}

every_call = pytest.mark.parametrize(("function", "arrays"), CALLS.values(), ids=CALLS.keys())


@every_call
def test_a_traced_call_returns_what_numpy_returns(function: Any, arrays: Any) -> None:
    expected = function(*arrays)
    result = cr.trace(function, *arrays).run(*arrays).output
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(result, expected, 1e-13, 1e-13)


@every_call
def test_single_precision_stays_single(function: Any, arrays: Any) -> None:
    narrow = [array.astype(np.float32) for array in arrays]
    expected = function(*narrow)
    result = cr.trace(function, *narrow).run(*narrow).output
    if expected.dtype == np.float32:  # a plain float64 matrix widens NumPy's result too
        assert cr.pull(function)(*narrow)(result).dtype == np.float32
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(result, expected, 2e-5, 2e-5)


@every_call
def test_integers_are_computed_in_double_precision(function: Any, arrays: Any) -> None:
    whole = [np.rint(4 * array).astype(int) for array in arrays]
    expected = function(*whole)
    result = cr.trace(function, *whole).run(*whole).output
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(result, expected, 1e-12, 1e-12)


@every_call
def test_the_jacobian_is_that_of_differences(function: Any, arrays: Any) -> None:
    for i, array in enumerate(arrays):
        f = of_one(function, arrays, i)
        numerical, jacobian = numerical_jacobian(f, array), cr.jacobian(f)(array)
        p, v = RNG.normal(size=f(array).shape), RNG.normal(size=array.shape)
        np.testing.assert_allclose(jacobian.matrix(), numerical, 1e-8, 1e-9)
        np.testing.assert_allclose(jacobian.pull(p).ravel(), p.ravel() @ numerical, 1e-8, 1e-8)
        np.testing.assert_allclose(jacobian.push(v).ravel(), numerical @ v.ravel(), 1e-8, 1e-8)


@every_call
def test_the_hessian_is_that_of_differences(function: Any, arrays: Any) -> None:
    weights = RNG.normal(size=function(*arrays).shape)
    for i, array in enumerate(arrays):
        loss = of_one(lambda *given: np.sum(weights * np.sin(function(*given) / 9)), arrays, i)
        hessian = cr.hessian(loss)(array)
        np.testing.assert_allclose(hessian, numerical_jacobian(cr.grad(loss), array), 1e-7, 1e-8)
        np.testing.assert_allclose(hessian, hessian.T, 1e-10, 1e-10)


def of_one(function: Callable[..., Any], arrays: tuple[np.ndarray, ...], i: int) -> Callable[[Any], Any]:
    """The function of its i-th argument alone."""
    return lambda x: function(*arrays[:i], x, *arrays[i + 1 :])
