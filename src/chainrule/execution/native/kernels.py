"""What is to be computed, as kernels over buffers: the form between the graph and machine code.

A kernel is one of these::

    LoopKernel     a nest of loops around one expression, which is stored, or combined over some of them
    FusedKernel    several such expressions in one nest, one after the other at each place
    ProductKernel  a product of matrices, and what is computed from its elements while they are near
    PackKernel     a matrix copied into panels of columns
    RoutineKernel  a routine of LAPACK
    ReferenceStep  an operation that NumPy computes
    Concurrent     chains of kernels that are computed at the same time

Expressions load elements of buffers at places that are affine in the loop variables. Each kernel prints as
what it does, in this order:

>>> import numpy as np, chainrule as cr
>>> from chainrule.execution.native.routines import routine_of
>>> node = cr.trace(np.linalg.solve, np.eye(4), np.eye(4)).graph.outputs[0]
>>> a, b, c = (Buffer("workspace", (4, 4), node.dtype, label) for label in "abc")
>>> i = Affine(0, {0: 1})
>>> one, two = (LoopKernel(None, (16,), Apply("tanh", (Load(a, i),), a.dtype), x, i) for x in (b, c))
>>> matrices = [Matrix(buffer, Affine(), row_stride=4, column_stride=1) for buffer in (a, b, c)]
>>> for kernel in (
...     one,
...     FusedKernel((one, two)),
...     ProductKernel(node, (), 4, 4, 4, *matrices),
...     PackKernel(4, 4, matrices[0], b, width=2),
...     RoutineKernel(node, routine_of(node), (a, b), c),
...     ReferenceStep(node, (a, b), c),
...     Concurrent(((one,), (two,))),
... ):
...     print(kernel)
b[i0] = tanh(a[i0])  for i0<16
b[i0] = tanh(a[i0])  for i0<16; c[i0] = tanh(a[i0])  for i0<16
c[0 by 4, 1](4x4) = a[0 by 4, 1](4x4) @ b[0 by 4, 1](4x4)
b = panels of 2 columns of a[0 by 4, 1](4x4)
c = LAPACK solve(a(4, 4), b(4, 4))
c = NumPy solve(a, b)
at the same time:
     - b[i0] = tanh(a[i0])  for i0<16
     - c[i0] = tanh(a[i0])  for i0<16
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...graph import Node, Shape
from .expressions import Affine, Apply, Buffer, Dynamic, Expression, Load, loads, sum_of, with_loads
from .routines import Routine

FAR_AWAY = 2**17  # bytes of a buffer that is in no near cache
PAST_CACHES = "  past the caches"  # what is said of a kernel that stores so


@dataclass(frozen=True, slots=True, eq=False)
class LoopKernel:
    """Loops around one expression.

    Attributes:
        node: the node it computes; None where it computes none, as a copy does.
        lengths: the loops, outermost first; the last ``reduced`` of them are combined over.
        expression: what is computed at each place.
        target: where it goes.
        place: the element, affine in the loops that are not combined over (in a scan, in all).
        dynamic: further places that are values, for scattering.
        combine: None to store; "add", "multiply", "maximum" or "minimum" to combine over the last loops.
        scan: whether every partial result is stored.
        scatter: whether the result is added to what the target holds.
        clear: whether the target is filled with zeros first.
        unless_finite: a number; where it is finite, the kernel has nothing to do.
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
    unless_finite: Buffer | None = None

    @property
    def plain(self) -> bool:
        """Whether each result is computed by itself and stored."""
        conditions = self.dynamic or self.scatter or self.clear or self.unless_finite
        return self.combine is None and not conditions

    @property
    def is_of_matrices(self) -> bool:
        """Whether each result is a sum of products of what stands in a row of one matrix, by the first loop,
        and in a row of another, by the second."""
        element = self.expression
        if self.combine != "add" or (len(self.lengths), self.reduced) != (3, 1) or self.scan:
            return False
        if not isinstance(element, Apply) or element.instruction != "multiply":
            return False
        factors = [x for x in element.operands if isinstance(x, Load) and not x.dynamic]
        rows = [{v for v in range(2) if x.place.coefficient(v)} for x in factors]
        return rows in ([{0}, {1}], [{1}, {0}])

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        return [self.target]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        found = [load.buffer for load in loads(self.expression)]
        for dynamic in self.dynamic:
            found += [load.buffer for load in loads(dynamic.index)]
        if self.unless_finite:
            found.append(self.unless_finite)
        return list(dict.fromkeys(found))

    def __str__(self) -> str:
        lengths = " ".join(f"i{v}<{n}" for v, n in enumerate(self.lengths))
        loops = f"  for {lengths}" if lengths else ""
        kind = "scan" if self.scan else "reduce"
        how = f" {self.combine}-{kind} over the last {self.reduced}" if self.combine else ""
        cleared = f"{self.target.label} = 0; " if self.clear else ""
        unless = f"unless {self.unless_finite.label} is finite: " if self.unless_finite else ""
        sets = "+=" if self.scatter else "="
        where = sum_of(self.place, self.dynamic)
        past = PAST_CACHES if self.target.streamed else ""
        return f"{unless}{cleared}{self.target.label}[{where}] {sets} {self.expression}{loops}{how}{past}"


@dataclass(frozen=True, slots=True, eq=False)
class FusedKernel:
    """Several plain kernels in one nest of loops: at each place, one after the other.

    Values of ``unstored`` buffers are used at their own place only, and stay in registers. ``result`` is the
    matrix product's that this is computed from, if it is.
    """

    parts: tuple[LoopKernel, ...]
    unstored: frozenset[Buffer] = frozenset()
    result: Buffer | None = None

    @property
    def lengths(self) -> tuple[int, ...]:
        """The loops, outermost first."""
        return self.parts[0].lengths

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        return [part.target for part in self.parts if part.target not in self.unstored]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        found = dict.fromkeys(buffer for part in self.parts for buffer in part.buffers())
        return [buffer for buffer in found if buffer not in self.unstored]

    def __str__(self) -> str:
        return "; ".join(_told(part, self.unstored) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix inside a buffer: where it starts, and its two strides, in elements.

    Where ``packed`` is not 0, it lies in panels of so many columns, one after the other; of a product's left
    operand, in panels of so many rows. Where ``across`` is not 0, a left operand lies in square blocks of
    that many rows and columns, ``down`` from one to the one below it and ``along`` to the one beside it, and
    the strides are those within a block. So the element in row i and column j lies this far from ``place``,
    k being the number of terms of the product's sums and p, q and the rests r, s what division gives::

        row_stride·i + column_stride·j                              as it is
        row_stride·i + column_stride·s + packed·k·q                 packed, j = packed·q + s
        row_stride·r + column_stride·j + packed·k·p                 packed on the left, i = packed·p + r
        row_stride·r + column_stride·s + down·p + along·q           i = across·p + r, j = across·q + s

    >>> import numpy as np
    >>> def places(of, rows, columns):
    ...     return [[of(i, j) for j in range(columns)] for i in range(rows)]
    >>> buffer = Buffer("workspace", (16,), np.dtype(float), "p1")
    >>> print(b := Matrix(buffer, Affine(), row_stride=2, column_stride=1, packed=2))  # of k = 2 rows
    p1[0 in panels of 2]
    >>> places(lambda i, j: b.row_stride * i + b.column_stride * (j % 2) + b.packed * 2 * (j // 2), 2, 4)
    [[0, 1, 4, 5], [2, 3, 6, 7]]
    >>> print(a := Matrix(buffer, Affine(), row_stride=2, column_stride=1, across=2, down=8, along=4))
    p1[0 in blocks of 2]
    >>> places(lambda i, j: 2 * (i % 2) + j % 2 + a.down * (i // 2) + a.along * (j // 2), 4, 4)
    [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    """

    buffer: Buffer
    place: Affine  # affine in the batch loops
    row_stride: int
    column_stride: int
    packed: int = 0
    across: int = 0
    down: int = 0
    along: int = 0

    def transposed(self) -> Matrix:
        """Its rows as columns."""
        return replace(self, row_stride=self.column_stride, column_stride=self.row_stride)

    def __str__(self) -> str:
        if self.across:
            return f"{self.buffer.label}[{self.place} in blocks of {self.across}]"
        if self.packed:
            return f"{self.buffer.label}[{self.place} in panels of {self.packed}]"
        return f"{self.buffer.label}[{self.place} by {self.row_stride}, {self.column_stride}]"


@dataclass(frozen=True, slots=True, eq=False)
class ProductKernel:
    """C = A·B of shapes (m, k) and (k, n), for every index of the batch loops.

    Each sum begins with ``start``, if there is one: an expression in the loops of the epilogue. Those are the
    loops of the batch, the rows and the columns; the epilogue is computed from elements of C while they are
    in registers, or while the next ones are summed up. C itself is stored unless only the epilogue uses it.
    What touches more far memory than a tile can wait for is following instead: it is computed from some rows
    of C after the other, while they are in near cache, and where C is ``passing``, these are all of it that
    is kept. Where B is copied ``on_the_way``, each panel of it is copied just before it is used, and not
    kept.
    """

    node: Node
    batch: tuple[int, ...]
    m: int
    k: int
    n: int
    a: Matrix
    b: Matrix
    c: Matrix
    epilogue: tuple[LoopKernel, ...] = ()
    following: tuple[LoopKernel, ...] = ()
    unstored: frozenset[Buffer] = frozenset()
    on_the_way: PackKernel | None = None
    passing: bool = False
    start: Expression | None = None

    def turned(self) -> ProductKernel:
        """Cᵀ = Bᵀ·Aᵀ."""
        a, b, c = self.b.transposed(), self.a.transposed(), self.c.transposed()
        return replace(self, m=self.n, n=self.m, a=a, b=b, c=c)

    @property
    def parts(self) -> tuple[LoopKernel, ...]:
        """What is computed from C."""
        return (*self.epilogue, *self.following)

    @property
    def place(self) -> Affine:
        """Where an element of C lies, affine in the loops of the batch, the rows and the columns, of which
        single ones count for nothing."""
        strides = ((self.m, self.c.row_stride), (self.n, 1))
        terms = {v: stride for v, (n, stride) in enumerate(strides, len(self.batch)) if n != 1}
        return self.c.place + Affine(0, terms)

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        own = () if self.passing else (self.c.buffer,)
        targets = [*own, *[part.target for part in self.parts]]
        return [buffer for buffer in targets if buffer not in self.unstored]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        own = [buffer for part in self.parts for buffer in part.buffers()]
        own += [load.buffer for load in loads(self.start)] if self.start else []
        inside = {self.c.buffer, *self.unstored}
        b = self.on_the_way.source.buffer if self.on_the_way else self.b.buffer
        return list(dict.fromkeys([self.a.buffer, b, *[b for b in own if b not in inside]]))

    def __str__(self) -> str:
        over = f" for each of {self.batch}" if self.batch else ""
        sizes = ((self.m, self.k), (self.k, self.n), (self.m, self.n))
        a, b, c = (
            f"{matrix}({rows}x{columns})"
            for matrix, (rows, columns) in zip((self.a, self.b, self.c), sizes, strict=True)
        )
        c = f"({c})" if self.passing or self.c.buffer in self.unstored else c
        told = [_told(part, self.unstored) for part in self.parts]
        a = f"{self.start} + {a}" if self.start else a
        if self.on_the_way:
            c = f"panel by panel, {self.on_the_way}; {c}"
        product = f"{c} = {a} @ {b}{over}{PAST_CACHES if self.c.buffer.streamed else ''}"
        if not told:
            return product
        return f"{product}{'; then, rows at a time, ' if self.following else '; '}{'; '.join(told)}"


@dataclass(frozen=True, slots=True, eq=False)
class PackKernel:
    """A matrix copied into panels of ``width`` columns, one panel after the other, the last filled up with
    zeros. Where it is ``in_blocks``, each ``width`` rows are a matrix of their own, one after the other."""

    rows: int
    columns: int
    source: Matrix
    target: Buffer
    width: int
    in_blocks: bool = False

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        return [self.target]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        return [self.source.buffer]

    def __str__(self) -> str:
        parts = "blocks" if self.in_blocks else "panels"
        return (
            f"{self.target.label} = {parts} of {self.width} columns of {self.source}"
            f"({self.rows}x{self.columns})"
        )


@dataclass(frozen=True, slots=True, eq=False)
class RoutineKernel:
    """A routine of LAPACK, called for every matrix of a batch."""

    node: Node
    routine: Routine
    operands: tuple[Buffer, ...]
    target: Buffer

    @property
    def batch(self) -> Shape:
        """The axes before those of one matrix."""
        return self.operands[0].shape[:-2]

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        return [self.target]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        return list(dict.fromkeys(self.operands))

    def __str__(self) -> str:
        operands = ", ".join(f"{buffer.label}{buffer.shape}" for buffer in self.operands)
        return f"{self.target.label} = LAPACK {self.routine}({operands})"


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceStep:
    """An operation that NumPy computes: it has no machine code, or is to raise NumPy's error.

    ``only_if`` is a truth value without which there is nothing to do.
    """

    node: Node
    operands: tuple[Buffer, ...]
    target: Buffer
    only_if: Buffer | None = None

    def written(self) -> list[Buffer]:
        """The buffers it writes."""
        return [self.target]

    def buffers(self) -> list[Buffer]:
        """The buffers it reads."""
        condition = (self.only_if,) if self.only_if else ()
        return list(dict.fromkeys((*condition, *self.operands)))

    def __str__(self) -> str:
        condition = f"if {self.only_if.label}: " if self.only_if else ""
        operands = ", ".join(buffer.label for buffer in self.operands)
        return f"{condition}{self.target.label} = NumPy {self.node.op}({operands})"


@dataclass(frozen=True, slots=True, eq=False)
class Concurrent:
    """Chains of kernels, of which none depends on another, so that they can be computed at the same time. The
    kernels of one chain are computed one after the other."""

    chains: tuple[tuple[Kernel, ...], ...]

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """All kernels, chain after chain."""
        return tuple(kernel for chain in self.chains for kernel in chain)

    def written(self) -> list[Buffer]:
        """The buffers they write."""
        return list(dict.fromkeys(buffer for kernel in self.kernels for buffer in kernel.written()))

    def buffers(self) -> list[Buffer]:
        """The buffers they read."""
        return list(dict.fromkeys(buffer for kernel in self.kernels for buffer in kernel.buffers()))

    def __str__(self) -> str:
        told = ("; then ".join(map(str, chain)) for chain in self.chains)
        return "\n     ".join(["at the same time:", *[f"- {chain}" for chain in told]])


Kernel = LoopKernel | FusedKernel | ProductKernel | PackKernel | RoutineKernel | ReferenceStep | Concurrent


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


def _told(part: LoopKernel, unstored: frozenset[Buffer]) -> str:
    """A part of a kernel in words; what stays in registers stands in parentheses."""
    return f"({part})" if part.target in unstored else str(part)
