"""vec and unvec: a matrix as a vector, and back."""

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
        ShapeError: the lengths differ.
        ArgumentError: the order is neither "C" nor "F".

    Source: the lecture, "Vectorizing a matrix": ∇_W J = p xᵀ.

    >>> import numpy as np, chainrule as cr
    >>> cr.unvec(np.array([1, 2, 3, 4]), (2, 2))
    array([[1, 2],
           [3, 4]])
    """
    if np.shape(v) != (math.prod(shape),):
        raise ShapeError(
            f"unvec of shape {np.shape(v)} to {shape}", expected=f"a vector of length {math.prod(shape)}"
        )
    return np.reshape(v, shape, order=_checked(order))  # type: ignore[call-overload]


def _checked(order: str) -> str:
    if order not in ("C", "F"):
        raise ArgumentError(f"order={order!r}", expected="'C' (rows) or 'F' (columns)")
    return order
