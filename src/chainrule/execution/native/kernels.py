"""What is to be computed, as loops over buffers: the form between the graph and machine code.

A kernel is a nest of loops around one expression. The expression loads elements of buffers at places that are
affine in the loop variables; the result is stored, or combined with what is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...graph import Node
from .expressions import Affine, Buffer, Dynamic, Expression, Load, loads, with_loads


@dataclass(frozen=True, slots=True, eq=False)
class LoopKernel:
    """Loops around one expression.

    Attributes:
        node: the node it computes; None for a copy.
        lengths: the loops, outermost first; the last ``reduced`` of them are combined over.
        expression: what is computed at each place.
        target: where it goes.
        place: the element, affine in the loops that are not combined over (in a scan, in all).
        dynamic: further places that are values, for scattering.
        combine: None to store; "add", "multiply", "maximum" or "minimum" to combine over the last loops.
        scan: whether every partial result is stored.
        scatter: whether the result is added to what the target holds.
        clear: whether the target is filled with zeros first.
    """

    node: Node | None
    lengths: tuple[int, ...]
    expression: Expression
    target: Buffer
    place: Affine
    dynamic: tuple[Dynamic, ...] = ()
    combine: str | None = None
    reduced: int = 0
    scan: bool = False
    scatter: bool = False
    clear: bool = False

    @property
    def plain(self) -> bool:
        """Whether each result is computed by itself and stored."""
        return self.combine is None and not (self.dynamic or self.scatter or self.clear)

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        return [self.target]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        found = [load.buffer for load in loads(self.expression)]
        for dynamic in self.dynamic:
            found += [load.buffer for load in loads(dynamic.index)]
        return list(dict.fromkeys(found))

    def __str__(self) -> str:
        loops = " ".join(f"i{v}<{n}" for v, n in enumerate(self.lengths))
        how = (
            f" {self.combine}-{'scan' if self.scan else 'reduce'} over the last {self.reduced}"
            if self.combine
            else ""
        )
        cleared = f"{self.target.label} = 0; " if self.clear else ""
        sets = "+=" if self.scatter else "="
        where = " + ".join(map(str, (self.place, *self.dynamic)))
        return f"{cleared}{self.target.label}[{where}] {sets} {self.expression}  for {loops}{how}"


@dataclass(frozen=True, slots=True, eq=False)
class FusedKernel:
    """Several plain kernels in one nest of loops: at each place, one after the other."""

    parts: tuple[LoopKernel, ...]

    @property
    def lengths(self) -> tuple[int, ...]:
        return self.parts[0].lengths

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        return [part.target for part in self.parts]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        return list(dict.fromkeys(buffer for part in self.parts for buffer in part.buffers()))

    def __str__(self) -> str:
        return "; ".join(map(str, self.parts))


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix inside a buffer: where it starts, and its two strides, in elements."""

    buffer: Buffer
    place: Affine  # affine in the batch loops
    row_stride: int
    column_stride: int

    def __str__(self) -> str:
        return f"{self.buffer.label}[{self.place} by {self.row_stride}, {self.column_stride}]"


@dataclass(frozen=True, slots=True, eq=False)
class ProductKernel:
    """C = A·B of shapes (m, k) and (k, n), for every index of the batch loops."""

    node: Node
    batch: tuple[int, ...]
    m: int
    k: int
    n: int
    a: Matrix
    b: Matrix
    c: Matrix

    @property
    def target(self) -> Buffer:
        return self.c.buffer

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        return [self.target]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        return list(dict.fromkeys([self.a.buffer, self.b.buffer]))

    def __str__(self) -> str:
        over = f" for each of {self.batch}" if self.batch else ""
        sizes = ((self.m, self.k), (self.k, self.n), (self.m, self.n))
        a, b, c = (
            f"{matrix}({rows}x{columns})"
            for matrix, (rows, columns) in zip((self.a, self.b, self.c), sizes, strict=True)
        )
        return f"{c} = {a} @ {b}{over}"


@dataclass(frozen=True, slots=True, eq=False)
class TransposeKernel:
    """A matrix of rows × columns, whose rows lie ``source_stride`` apart, copied as its transpose."""

    rows: int
    columns: int
    source: Buffer
    start: int
    source_stride: int
    target: Buffer

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        return [self.target]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        return [self.source]

    def __str__(self) -> str:
        source = f"{self.source.label}[{self.start} by {self.source_stride}]"
        return f"{self.target.label} = transpose of {source} ({self.rows}x{self.columns})"


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceStep:
    """An operation that has no machine code: NumPy computes it."""

    node: Node
    operands: tuple[Buffer, ...]
    target: Buffer

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        return [self.target]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        return list(dict.fromkeys(self.operands))

    def __str__(self) -> str:
        return f"{self.target.label} = NumPy {self.node.op}({', '.join(b.label for b in self.operands)})"


Kernel = LoopKernel | FusedKernel | ProductKernel | TransposeKernel | ReferenceStep


def changed(kernel: LoopKernel, change: Callable[[Load], Load], target: Callable[[Load], Load]) -> LoopKernel:
    """The kernel with every load changed, and likewise where it stores."""
    stored = target(Load(kernel.target, kernel.place))
    return replace(
        kernel,
        expression=with_loads(kernel.expression, change),
        target=stored.buffer,
        place=stored.place,
        dynamic=tuple(replace(part, index=with_loads(part.index, change)) for part in kernel.dynamic),
    )
