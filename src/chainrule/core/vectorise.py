"""vec and unvec: a matrix as a vector, and back; what products and transposes become then."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import ArgumentError, ShapeError


def vec(W: Any, order: str = "C") -> Any:
    """All elements of an array as one vector: its rows one after the other, as the lecture has it.

    Args:
        W: an array of any shape, plain or traced.
        order: "C" concatenates rows, "F" stacks columns, as most books do.

    Returns:
        A vector of shape (W.size,).

    Raises:
        ArgumentError: the order is neither.

    Source: the lecture, "Vectorizing a matrix".

    >>> import numpy as np, chainrule as cr
    >>> cr.vec(np.array([[1, 2], [3, 4]]))
    array([1, 2, 3, 4])
    >>> cr.vec(np.array([[1, 2], [3, 4]]), order="F")
    array([1, 3, 2, 4])
    """
    return np.reshape(W, (-1,), order=_checked(order))  # type: ignore[call-overload]


def unvec(v: Any, shape: tuple[int, ...], order: str = "C") -> Any:
    """A vector put back into the shape that :func:`vec` took apart.

    Args:
        v: a vector of shape (prod(shape),), plain or traced.
        shape: the shape to restore.
        order: as for :func:`vec`.

    Returns:
        An array of that shape.

    Raises:
        ShapeError: the lengths differ, or one of the shape is below 0.
        ArgumentError: the order is neither "C" nor "F".

    Source: the lecture, "Vectorizing a matrix": ∇_W J = p xᵀ.

    >>> import numpy as np, chainrule as cr
    >>> cr.unvec(np.array([1, 2, 3, 4]), (2, 2))
    array([[1, 2],
           [3, 4]])
    """
    if min(shape, default=0) < 0:
        raise ShapeError(f"unvec to {shape}", expected="the length of every axis")
    if np.shape(v) != (math.prod(shape),):
        raise ShapeError(
            f"unvec of shape {np.shape(v)} to {shape}", expected=f"a vector of length {math.prod(shape)}"
        )
    return np.reshape(v, shape, order=_checked(order))  # type: ignore[call-overload]


def vec_of_product(A: Any, B: Any, order: str = "C") -> Any:
    """The matrix of X ↦ A X B on vectorised matrices: vec[A X B] = M vec[X].

    M = A ⊗ Bᵀ where vec concatenates rows, and Bᵀ ⊗ A where it stacks columns.

    Args:
        A: a matrix of shape (m, n), plain or traced.
        B: a matrix of shape (p, q), plain or traced; X has the shape (n, p).
        order: as for :func:`vec`.

    Returns:
        M, of shape (m q, n p).

    Raises:
        ShapeError: A or B is no matrix.
        ArgumentError: the order is neither "C" nor "F".

    Source: the lecture, "Vectorizing a matrix": for B = x, a column, M = I ⊗ xᵀ gives ∂z/∂vec[W].

    >>> import numpy as np, chainrule as cr
    >>> cr.vec_of_product(np.eye(2), np.array([[5.0], [7.0]]))
    array([[5., 7., 0., 0.],
           [0., 0., 5., 7.]])
    """
    for name, matrix in (("A", A), ("B", B)):
        if np.ndim(matrix) != 2:
            raise ShapeError(f"{name} of shape {np.shape(matrix)}", expected="a matrix: two axes")
    if _checked(order) == "C":
        return np.kron(A, np.transpose(B))
    return np.kron(np.transpose(B), A)


def commutation_matrix(m: int, n: int, order: str = "C") -> np.ndarray:
    """The permutation K of vec[Aᵀ] = K vec[A] for matrices A of shape (m, n).

    Its transpose is its inverse, and that of the other order.

    Args:
        m: the rows of A.
        n: the columns of A.
        order: as for :func:`vec`.

    Returns:
        K, of shape (m n, m n): one 1 in each row and column.

    Raises:
        ArgumentError: m or n is no whole number that is at least 0, or the order is neither "C" nor "F".

    Source: Magnus and Neudecker, "The commutation matrix: some properties and applications" (1979).

    >>> import numpy as np, chainrule as cr
    >>> A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    >>> cr.commutation_matrix(2, 3) @ cr.vec(A)
    array([1., 4., 2., 5., 3., 6.])
    """
    for name, length in (("m", m), ("n", n)):
        if not (np.ndim(length) == 0 and np.asarray(length).dtype.kind in "iu" and length >= 0):
            raise ArgumentError(f"{name}={length!r}", expected="a whole number of rows or columns")
    places = vec(np.arange(m * n).reshape((m, n), order=_checked(order)).T, order)  # type: ignore[call-overload]
    matrix: np.ndarray = np.eye(m * n)[places]
    return matrix


def _checked(order: str) -> str:
    if order not in ("C", "F"):
        raise ArgumentError(f"order={order!r}", expected="'C' (rows) or 'F' (columns)")
    return order
