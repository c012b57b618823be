"""``numpy.linalg``: inverses, determinants and decompositions."""

from __future__ import annotations

import math
from operator import index
from typing import Any, NamedTuple, NoReturn

import numpy as np

from ...errors import ArgumentError, DtypeError, ShapeError, TraceError
from ...graph import Node, as_node, broadcast_shape, broadcast_to, cast, op, reshape
from ...primitives.factorisations import qr as reduced_qr
from ...primitives.matrices import matmul, square, transposed
from ...primitives.spectra import eigh as eigen
from ...primitives.spectra import svd as singular
from ..registry import covers
from .axes import axis_of
from .indexing import section


class SlogdetResult(NamedTuple):
    """The names that NumPy gives to what :func:`numpy.linalg.slogdet` returns."""

    sign: Node
    logabsdet: Node


class EighResult(NamedTuple):
    """The names that NumPy gives to what :func:`numpy.linalg.eigh` returns."""

    eigenvalues: Node
    eigenvectors: Node


class SVDResult(NamedTuple):
    """The names that NumPy gives to what :func:`numpy.linalg.svd` returns."""

    U: Node
    S: Node
    Vh: Node


class QRResult(NamedTuple):
    """The names that NumPy gives to what :func:`numpy.linalg.qr` returns."""

    Q: Node
    R: Node


def matrices(a: Any) -> Node:
    """The argument in the dtype that NumPy's linear algebra computes in."""
    x = as_node(a)
    if x.ndim < 2:
        raise ShapeError(f"an array of shape {x.shape}", expected="matrices: at least two axes")
    if x.dtype == np.float16:
        raise DtypeError("a matrix of float16", expected="float32 or float64", instead="x.astype(np.float32)")
    return x if x.type.is_float else cast(x, np.dtype("float64"))


@covers(np.linalg.inv)
def inv(a: Any) -> Node:
    return op.inv(matrices(a))


@covers(np.linalg.solve)
def solve(a: Any, b: Any) -> Node:
    """A right-hand side of one axis is a vector; any other is a matrix or a batch of them, as in NumPy 2."""
    A, right = matrices(a), as_node(b)
    is_vector = right.ndim == 1
    if is_vector and right.shape[0] != A.shape[-2]:
        raise ShapeError(
            f"solve of shapes {A.shape} and {right.shape}",
            expected="as many rows on the right as on the left",
        )
    B = matrices(reshape(right, (*right.shape, 1)) if is_vector else right)
    dtype = np.result_type(A.dtype, B.dtype)
    batch = broadcast_shape(A.shape[:-2], B.shape[:-2])
    A, B = (broadcast_to(cast(x, dtype), batch + x.shape[-2:]) for x in (A, B))
    solution = op.solve(A, B)
    return reshape(solution, solution.shape[:-1]) if is_vector else solution


@covers(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Node:
    """x with tensordot(a, x, x.ndim) = b."""
    A, right = as_node(a), as_node(b)
    if axes is not None:
        last = [axis_of(A, axis) for axis in axes]
        A = op.transpose(A, axes=(*[at for at in range(A.ndim) if at not in last], *last))
    return reshape(
        solve(_as_square(A, right.ndim), reshape(right, (right.type.size,))), A.shape[right.ndim :]
    )


@covers(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Node:
    A = as_node(a)
    if ind < 1:
        raise ArgumentError(f"np.linalg.tensorinv with ind={ind}", expected="1 or more")
    return reshape(inv(_as_square(A, ind)), (*A.shape[ind:], *A.shape[:ind]))


def _as_square(a: Node, rows: int) -> Node:
    """The matrix of which the first axes are the rows."""
    shape = (math.prod(a.shape[:rows]), math.prod(a.shape[rows:]))
    if shape[0] != shape[1]:
        raise ShapeError(
            f"the first {rows} axes of shape {a.shape} have {shape[0]} elements, the others {shape[1]}",
            expected="as many",
        )
    return reshape(a, shape)


@covers(np.linalg.det)
def det(a: Any) -> Node:
    return op.det(matrices(a))


@covers(np.linalg.slogdet)
def slogdet(a: Any) -> SlogdetResult:
    A = matrices(a)
    return SlogdetResult(op.det_sign(A), op.logabsdet(A))


@covers(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Node:
    factor = op.cholesky(matrices(a))
    return transposed(factor) if upper else factor


@covers(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """Of symmetric matrices it does not matter which triangle is read."""
    _check_triangle(UPLO)
    return EighResult(*eigen(matrices(a)))


@covers(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Node:
    _check_triangle(UPLO)
    return op.eigvalsh(matrices(a))


@covers(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    A = matrices(a)
    _refuse_hermitian("svd", hermitian)
    if compute_uv and full_matrices and A.shape[-1] != A.shape[-2]:
        raise TraceError(
            f"np.linalg.svd of shape {A.shape} with full_matrices=True",
            expected="full_matrices=False: the further vectors are arbitrary, without a derivative",
            instead="np.linalg.svd(a, full_matrices=False)",
        )
    return SVDResult(*singular(A)) if compute_uv else op.svdvals(A)


@covers(np.linalg.svdvals)
def svdvals(x: Any, /) -> Node:
    return op.svdvals(matrices(x))


@covers(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Of more columns than rows, the first decide Q, and the rest of R is Qᵀ times the others."""
    A = matrices(a)
    m, n = A.shape[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise TraceError(
            f"np.linalg.qr of shape {A.shape} with mode={mode!r}",
            expected="mode 'reduced' or 'r': the further columns of Q are arbitrary, without a derivative",
            instead="np.linalg.qr(a)",
        )
    axis = A.ndim - 1
    Q, R = reduced_qr(section(A, axis, 0, min(m, n)))
    if n > m:
        R = op.concatenate(R, matmul(transposed(Q), section(A, axis, m, n)), axis=axis)
    return R if mode == "r" else QRResult(Q, R)


@covers(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Node:
    A = matrices(a)
    _refuse_hermitian("pinv", hermitian)
    if rcond is None:
        rcond = 1e-15 if rtol is np._NoValue else rtol
    if rcond is None:
        rcond = max(A.shape[-2:]) * np.finfo(A.dtype).eps
    if isinstance(rcond, Node) or np.ndim(rcond):
        raise TraceError("np.linalg.pinv with an array as rcond or rtol", expected="a number")
    if A.shape[-2] < A.shape[-1]:
        return transposed(op.pinv(transposed(A), rcond=float(rcond)))
    return op.pinv(A, rcond=float(rcond))


@covers(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Node:
    """Aⁿ by repeated squaring."""
    A = as_node(a)
    square(A.type, "matrix_power")
    n = index(n)
    if n < 0:
        A, n = inv(A), -n
    result: Node | None = None
    while n:
        if n % 2:
            result = A if result is None else matmul(result, A)
        n //= 2
        A = matmul(A, A) if n else A
    return broadcast_to(as_node(np.eye(A.shape[-1], dtype=A.dtype)), A.shape) if result is None else result


@covers(np.linalg.matrix_rank)
def matrix_rank(*args: Any, **kwargs: Any) -> NoReturn:
    raise TraceError(
        "np.linalg.matrix_rank moves in steps: it has no derivative",
        instead="call it outside the function and pass the rank as a constant",
    )


@covers(np.linalg.lstsq)
def lstsq(*args: Any, **kwargs: Any) -> NoReturn:
    raise TraceError(
        "np.linalg.lstsq cannot be traced: the shape of its residuals depends on the rank",
        instead="np.linalg.pinv(a) @ b for the solution",
    )


def _check_triangle(UPLO: str) -> None:
    if UPLO.upper() not in ("L", "U"):
        raise ArgumentError(f"UPLO={UPLO!r}", expected="'L' or 'U'")


def _refuse_hermitian(name: str, hermitian: bool) -> None:
    if hermitian:
        raise TraceError(f"np.linalg.{name} with hermitian=True", instead="leave it out, or np.linalg.eigh")
