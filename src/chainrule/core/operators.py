"""Matrices known by their products with vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ShapeError

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class Operator:
    """A matrix known by its products; SciPy's iterative solvers take it as it is.

    A subclass gives ``shape``, ``dtype``, the products with arrays on its right (:meth:`times`) and on its
    left, :meth:`matrix` and :meth:`sparse`.
    """

    shape: tuple[int, int]
    dtype: np.dtype
    ndim = 2

    __array_ufunc__ = None  # so that an array on the left of @ asks this class

    def __matmul__(self, v: Any) -> Any:
        """The product with a vector of all inputs one after the other, or with a matrix of such columns.

        That with a sparse matrix is sparse.
        """
        if not hasattr(v, "tocsr"):
            return self.times(v)
        if v.ndim != 2 or v.shape[0] != self.shape[1]:
            raise ShapeError(f"a sparse matrix of shape {v.shape}", expected=f"{self.shape[1]} rows")
        return self.sparse() @ v

    def times(self, v: Any) -> Any:
        """The product with an array."""
        raise NotImplementedError(type(self).__name__)

    def __rmatmul__(self, p: Any) -> Any:
        """The product of a vector of all outputs one after the other, or a matrix of such rows, with it."""
        raise NotImplementedError(type(self).__name__)

    def matrix(self) -> Any:
        """The matrix itself."""
        raise NotImplementedError(type(self).__name__)

    def sparse(self) -> csr_array:
        """The matrix as a SciPy CSR array."""
        raise NotImplementedError(type(self).__name__)

    @property
    def T(self) -> Operator:
        """The transposed matrix, as an operator."""
        return Transposed(self)

    def matvec(self, v: Any) -> Any:
        """The product with a vector, or with a matrix of one column: what SciPy's solvers ask for."""
        return self @ np.ravel(v)

    def rmatvec(self, p: Any) -> Any:
        """The product of the transposed matrix with a vector."""
        return np.ravel(p) @ self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.matrix(), dtype=dtype)


class Transposed(Operator):
    """Another operator's transpose."""

    def __init__(self, of: Operator) -> None:
        self._of = of
        self.shape = (of.shape[1], of.shape[0])
        self.dtype = of.dtype

    def times(self, v: Any) -> Any:
        return np.transpose(np.transpose(v) @ self._of)

    def __rmatmul__(self, p: Any) -> Any:
        return np.transpose(self._of @ np.transpose(p))

    def matrix(self) -> Any:
        return np.transpose(self._of.matrix())

    def sparse(self) -> csr_array:
        return self._of.sparse().T.tocsr()

    @property
    def T(self) -> Operator:
        return self._of

    def __repr__(self) -> str:
        return f"{self._of!r}.T"
