"""LAPACK's routines as NumPy brings them compiled: machine code calls them as NumPy itself does.

The functions of ``np.linalg`` are loops in C over the matrices of a batch. They stand, with the types that
they are for, in NumPy's structure of a ufunc, which its C interface lays open.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ...graph import Node, Shape
from .interpreter import possible

PREFIX = "numpy.linalg."
READS_ONE_TRIANGLE = "_lo"  # how the names of those end that take the matrix to be symmetric


@dataclass(frozen=True, slots=True)
class Routine:
    """A routine for numbers of 64 bits; like NumPy's functions it is used for those of 32 too.

    Attributes:
        name: NumPy's.
        result: which of its results is wanted; None for all, in one array.
    """

    name: str
    result: int | None = None

    def __str__(self) -> str:
        return self.name if self.result is None else f"{self.name}[{self.result}]"

    @property
    def symbol(self) -> str:
        """What machine code calls it."""
        return PREFIX + self.name

    @property
    def reads_one_triangle(self) -> bool:
        """Whether it takes the matrix to be symmetric."""
        return self.name.endswith(READS_ONE_TRIANGLE)

    def layout(self, operands: tuple[Shape, ...]) -> tuple[list[int], list[Shape], list[Shape]]:
        """Its sizes in the order in which it takes them, and the shapes of one matrix's operands and results.

        >>> Routine("solve").layout(((5, 3, 3), (5, 3, 2)))
        ([3, 2], [(3, 3), (3, 2)], [(3, 2)])
        """
        signature = _ufunc(self.name).signature.replace(" ", "")
        before, after = (_axes(side) for side in signature.split("->"))
        sizes: dict[str, int] = {}
        for axes, shape in zip(before, operands, strict=True):
            sizes |= zip(axes, shape[len(shape) - len(axes) :], strict=True)
        least = min(sizes.values())  # of an axis that only results have: as many as there are singular values
        for axes in after:
            sizes |= {axis: least for axis in axes if axis not in sizes}
        given, found = ([tuple(sizes[axis] for axis in axes) for axes in side] for side in (before, after))
        return list(sizes.values()), given, found


def _axes(side: str) -> list[list[str]]:
    """The names of the axes of each operand in one side of a signature, such as "(m,n),(m)"."""
    return [[axis for axis in part.split(",") if axis] for part in side[1:-1].split("),(")]


def routine_of(node: Node) -> Routine | None:
    """The routine that computes a node; None where there is none, or NumPy brings no such loop."""
    if node.primitive.lower.kind != "routine" or not node.type.is_float:
        return None
    name, _, result = node.primitive.lower.instruction.rstrip("]").partition("[")
    return Routine(name, int(result) if result else None) if name in addresses() else None


@lru_cache(maxsize=1)
def addresses() -> dict[str, int]:
    """Where the routines that NumPy brings for numbers of 64 bits begin, by name."""
    return dict(_found()) if possible() else {}


class _Structure(ctypes.Structure):
    """PyUFuncObject of numpy/ufuncobject.h, up to what is read of it."""

    _fields_ = (
        ("object", ctypes.c_void_p * 2),
        ("numbers", ctypes.c_int * 4),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("kinds", ctypes.c_int * 2),
        ("name", ctypes.c_char_p),
    )


def _found() -> Iterator[tuple[str, int]]:
    for name in ("inv", "solve", "det", "slogdet", "cholesky_lo", "eigh_lo", "eigvalsh_lo", "svd_s", "svd"):
        ufunc = _ufunc(name)
        position = next((i for i, t in enumerate(getattr(ufunc, "types", ())) if set(t) <= set("d->")), None)
        if position is None:
            continue
        structure = _Structure.from_address(id(ufunc))
        address = structure.functions[position]
        if structure.name == name.encode() and not structure.data[position] and address:
            yield name, address


def _ufunc(name: str) -> Any:
    """One of NumPy's functions of matrices; None in a version that has no such one."""
    from numpy.linalg import _umath_linalg

    found = getattr(_umath_linalg, name, None)
    return found if isinstance(found, np.ufunc) else None
