"""Squared Mahalanobis distances of many complete rows, for little more than one narrow product.

Very many are computed by a compiled function, in one pass over the rows: there BLAS would spend as long on
arranging them as on a product with so few columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import compile
from ..arguments import Array, Value
from .arguments import BLOCK_SIZE
from .spans import for_each_span

# Where so small a share of a squared length is left, the difference of two such lengths has lost digits.
CANCELLATION = 1e-3

# Products of fewer multiplications than this are computed by BLAS without threads of its own.
OWN_PRODUCT = 1 << 18

# Rows of a span, and of a product so small that it is worth it.
SPAN_ROWS, LEAST_ROWS = 16384, 32

# So many numbers are worth compiling for, a third of a second at most, where the product has few columns.
WORTH_COMPILING, FEW_COLUMNS = 1 << 24, 16

# Rows of a call of the compiled function, at most: they stay in the cache.
COMPILED_ROWS = 512


def squares(X: Value, b: Value, U: Value) -> tuple[Value, Value]:
    """``‖c‖²`` and ``‖c‖² - ‖Uᵀc‖²`` of rows with ``c = x - b``, as a plain NumPy function.

    >>> squares(np.array([[5.0, 4.0]]), np.array([2.0, 0.0]), np.array([[1.0], [0.0]]))
    (array([25.]), array([16.]))
    """
    c = X - b
    t = c @ U
    square = np.sum(c * c, axis=1)
    return square, square - np.sum(t * t, axis=1)


_compiled_squares = compile(squares)


@dataclass(frozen=True, slots=True, eq=False)
class Mahalanobis:
    """``(x - b)ᵀ C⁻¹ (x - b)`` with ``C = D (I + U w² Uᵀ) D`` and ``D = diag(unit)``.

    With ``c = D⁻¹(x - b)`` it is ``‖c‖² - Σ (Uᵀc)² w²/(w² + 1)``, and where that loses digits
    ``‖c - U Uᵀc‖² + Σ (Uᵀc)²/(w² + 1)``.

    Attributes:
        b: shape (m,).
        unit: positive, shape (m,).
        U: orthonormal columns, shape (m, k).
        w: shape (k,).
    """

    b: Array
    unit: Array
    U: Array
    w: Array

    def of(self, X: Array) -> tuple[Array, float]:
        """Of each row, shape (n,), NaN where a value is missing; and a length that no ``x - b`` exceeds.

        The length is not finite where a number is not, or where a square is beyond the range of float64.
        """
        distance, square = np.empty(len(X)), np.empty(len(X))

        def work(span: slice) -> None:
            self._write(X[span], distance[span], square[span])

        if self._worth_compiling(X):
            work(slice(len(X)))
        elif _product_rows(self.U) >= LEAST_ROWS:  # otherwise BLAS shares each product among threads
            for_each_span(work, len(X), SPAN_ROWS, width=self.b.size)
        else:
            work(slice(len(X)))
        with np.errstate(over="ignore"):
            return distance, float(np.sqrt(square.max(initial=0.0)) * self.unit.max())

    def _worth_compiling(self, X: Array) -> bool:
        plain = X.dtype == np.float64 and X.flags.c_contiguous and (self.unit == self.unit[0]).all()
        return bool(plain and X.size >= WORTH_COMPILING and self.w.size <= FEW_COLUMNS)

    def _write(self, X: Array, distance: Array, square: Array) -> None:
        """The distances, and ``‖c‖²``, of rows; so many at a time as stay in the cache."""
        # Equal units are taken out of c, and put back into the distances.
        scale = self.unit[0] if (self.unit == self.unit[0]).all() else None
        step = max(1, BLOCK_SIZE // self.b.size)
        buffer = np.empty((min(step, len(X)), self.b.size))
        deviation = np.hypot(self.w, 1.0)
        U = self.U * (self.w / deviation)

        def centred(rows: Array) -> Array:
            c = np.subtract(rows, self.b, out=buffer[: len(rows)])
            return c if scale else np.divide(c, self.unit, out=c)

        with np.errstate(over="ignore", invalid="ignore"):  # beyond the range of float64 it is infinite
            if self._worth_compiling(X):
                _write_compiled(X, self.b, U, square, distance)
            else:
                t = np.empty((len(X), self.w.size))
                for start in range(0, len(X), step):
                    part = slice(start, start + step)
                    c = centred(X[part])
                    _product(c, U, t[part])
                    np.vecdot(c, c, out=square[part])
                np.subtract(square, np.vecdot(t, t), out=distance)
            lost = np.flatnonzero(~(distance >= CANCELLATION * square))
            for start in range(0, len(lost), step):
                rows = lost[start : start + step]
                c = centred(X[rows])
                along = c @ self.U
                c -= along @ self.U.T
                distance[rows] = np.vecdot(c, c) + np.sum((along / deviation) ** 2, axis=1)
            if scale:
                distance /= scale**2
                square /= scale**2


def _write_compiled(X: Array, b: Array, U: Array, square: Array, distance: Array) -> None:
    """What :func:`squares` gives, by calls of equally many rows: the last begins where that takes it."""
    rows = max(1, min(COMPILED_ROWS, BLOCK_SIZE // b.size, len(X)))
    for start in range(0, len(X), rows):
        part = slice(min(start, len(X) - rows), min(start + rows, len(X)))
        square[part], distance[part] = _compiled_squares(X[part], b, U)


def _product_rows(factors: Array) -> int:
    """Of how many rows BLAS computes the product on the thread that asks for it."""
    return OWN_PRODUCT // max(1, factors.size)


def _product(c: Array, factors: Array, out: Array) -> None:
    """Rows times factors: many small products in one call, so that threads seldom meet."""
    rows = _product_rows(factors)
    whole = len(c) // rows * rows if rows >= LEAST_ROWS else 0
    if whole:
        pieces = c[:whole].reshape(-1, rows, c.shape[1])
        np.matmul(pieces, factors, out=out[:whole].reshape(-1, rows, out.shape[1]))
    np.matmul(c[whole:], factors, out=out[whole:])
