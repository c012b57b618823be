"""What one place of a loop computes: loads at affine places of buffers, numbers, and scalar instructions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ...graph import Shape


def in_order(shape: Shape) -> tuple[int, ...]:
    """Elements from one index to the next of each axis, where the last axis runs along memory.

    >>> in_order((2, 3, 4))
    (12, 4, 1)
    """
    strides = [1]
    for n in reversed(shape[1:]):
        strides.append(strides[-1] * n)
    return tuple(reversed(strides[: len(shape)]))


@dataclass(frozen=True, slots=True, eq=False)
class Buffer:
    """A contiguous array in memory. ``kind`` is "input", "constant", "output" or "workspace".

    ``by_columns``: whether it is a matrix that lies there column after column. ``streamed``: whether it is
    written past the caches.
    """

    kind: str
    shape: Shape
    dtype: np.dtype
    label: str
    by_columns: bool = False
    streamed: bool = False

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def strides(self) -> tuple[int, ...]:
        """Elements, not bytes, from one index to the next of each axis."""
        return (1, self.shape[0]) if self.by_columns else in_order(self.shape)

    def __str__(self) -> str:
        how = "  by columns" if self.by_columns else ""
        how += "  streamed" if self.streamed else ""
        return f"{self.label:4} {self.kind:9}  {self.shape!s:16} {self.dtype}{how}"


@dataclass(frozen=True, slots=True)
class Affine:
    """constant + Σ coefficient·variable; variables are the loops, counted from the outermost."""

    constant: int = 0
    terms: Mapping[int, int] = field(default_factory=dict)

    def __add__(self, other: Affine) -> Affine:
        terms = dict(self.terms)
        for variable, coefficient in other.terms.items():
            terms[variable] = terms.get(variable, 0) + coefficient
        return Affine(self.constant + other.constant, {v: c for v, c in terms.items() if c})

    def times(self, factor: int) -> Affine:
        """Each term multiplied by a number."""
        if not factor:
            return Affine()
        return Affine(self.constant * factor, {v: c * factor for v, c in self.terms.items()})

    def coefficient(self, variable: int) -> int:
        """By how much it grows with a loop: 0 for one that it does not depend on."""
        return self.terms.get(variable, 0)

    def __str__(self) -> str:
        parts = [f"{c}*i{v}" if c != 1 else f"i{v}" for v, c in sorted(self.terms.items())]
        return " + ".join([*parts, *([str(self.constant)] if self.constant or not parts else [])])


@dataclass(frozen=True, slots=True, eq=False)
class Dynamic:
    """A place that is itself a value: ``index``, from the end where negative, of an axis of that length."""

    index: Expression
    length: int
    stride: int

    def __str__(self) -> str:
        times = "" if self.stride == 1 else f"{self.stride}*"
        return f"{times}({self.index} mod {self.length})"


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A number."""

    value: float | int | bool
    dtype: np.dtype

    def __str__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """An element of a buffer."""

    buffer: Buffer
    place: Affine
    dynamic: tuple[Dynamic, ...] = ()

    @property
    def dtype(self) -> np.dtype:
        """The buffer's."""
        return self.buffer.dtype

    @property
    def is_number(self) -> bool:
        """Whether it is the same in every step of all loops."""
        return not self.place.terms and not self.dynamic

    def __str__(self) -> str:
        return f"{self.buffer.label}[{sum_of(self.place, self.dynamic)}]"


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """A scalar instruction on expressions."""

    instruction: str
    operands: tuple[Expression, ...]
    dtype: np.dtype

    def __str__(self) -> str:
        name = str(self.dtype) if self.instruction == "astype" else self.instruction
        return f"{name}({', '.join(map(str, self.operands))})"


Expression = Literal | Load | Apply


def sum_of(place: Affine, dynamic: tuple[Dynamic, ...]) -> str:
    """A place as a sum, without a 0 beside other terms."""
    terms = [str(place)] if place.terms or place.constant or not dynamic else []
    return " + ".join([*terms, *map(str, dynamic)])


def loads(expression: Expression) -> Iterator[Load]:
    """Every load in an expression."""
    pending: list[Expression] = [expression]
    while pending:
        current = pending.pop()
        if isinstance(current, Load):
            yield current
            pending += [dynamic.index for dynamic in current.dynamic]
        elif isinstance(current, Apply):
            pending += current.operands


def with_loads(expression: Expression, change: Callable[[Load], Load]) -> Expression:
    """The expression with every load changed, those inside dynamic places first."""
    if isinstance(expression, Load):
        dynamic = tuple([replace(part, index=with_loads(part.index, change)) for part in expression.dynamic])
        return change(Load(expression.buffer, expression.place, dynamic))
    if isinstance(expression, Apply):
        operands = tuple([with_loads(operand, change) for operand in expression.operands])
        return Apply(expression.instruction, operands, expression.dtype)
    return expression
