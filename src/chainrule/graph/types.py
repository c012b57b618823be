"""The type of an array: its shape and dtype."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from ..slots import setters

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, init=False)
class ArrayType:
    """Shape and dtype of an array, without its values.

    >>> ArrayType((2, 3), np.dtype("float64"))
    float64(2, 3)
    """

    shape: Shape
    dtype: np.dtype

    def __init__(self, shape: Shape, dtype: np.dtype) -> None:
        _set_shape(self, shape)
        _set_dtype(self, dtype)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def is_float(self) -> bool:
        return self.dtype.kind == "f"

    def with_shape(self, shape: Shape) -> ArrayType:
        shape = tuple(shape)
        return self if shape == self.shape else ArrayType(shape, self.dtype)

    def with_dtype(self, dtype: np.dtype) -> ArrayType:
        return self if dtype is self.dtype else ArrayType(self.shape, np.dtype(dtype))

    def __repr__(self) -> str:
        return f"{self.dtype}{self.shape}"


_set_shape, _set_dtype = setters(ArrayType)


def without_axes(shape: Shape, axes: Container[int]) -> Shape:
    """What is left of a shape when axes are reduced.

    >>> without_axes((2, 3, 4), (0, 2))
    (3,)
    """
    return tuple(n for axis, n in enumerate(shape) if axis not in axes)


def with_unit_axes(shape: Shape, axes: Container[int]) -> Shape:
    """A shape with axes reduced to length 1.

    >>> with_unit_axes((2, 3, 4), (0, 2))
    (1, 3, 1)
    """
    return tuple(1 if axis in axes else n for axis, n in enumerate(shape))


def type_of(value: object) -> ArrayType:
    """The type of an array or of anything NumPy turns into one."""
    array = np.asarray(value)
    return ArrayType(array.shape, array.dtype)
