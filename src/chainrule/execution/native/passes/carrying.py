"""For repeated steps: weights are carried in the panels of columns that their product reads.

Otherwise every step would copy them into panels. What is kept for each weight, as Adam's averages are, lies
in the same order, in which the gradient is computed as well: a product for each panel. Before the first step
the matrices are copied into panels, after the last one back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TypeGuard

import numpy as np

from ....graph import Shape
from ..costs import work
from ..expressions import Affine, Buffer, Load, loads
from ..kernels import Kernel, LoopKernel, Matrix, PackKernel, ProductKernel, changed
from ..target import Target
from .arranging import far_apart, packed, packed_a
from .meetings import reached, with_their_next

MOST_BYTES = 2**21  # of a matrix: there is another of each that is carried in panels
LONGEST_STEP = 5e8  # operations, beyond which a call makes so few steps that copying around them takes longer


@dataclass(frozen=True, slots=True)
class Carried:
    """A step's kernels, some of its carried values being in panels.

    Attributes:
        kernels: of the step.
        panels: which buffer stands in for which while steps are made.
        before: the copying into panels.
        after: the copying back.
    """

    kernels: tuple[Kernel, ...]
    panels: Mapping[Buffer, Buffer] = field(default_factory=dict)
    before: tuple[Kernel, ...] = ()
    after: tuple[Kernel, ...] = ()


def carried_in_panels(kernels: Sequence[Kernel], carried: Mapping[Buffer, Buffer], target: Target) -> Carried:
    """The kernels with those carried matrices in panels that one product reads, and else only their own
    update; ``carried`` has for each value the next one."""
    if sum(map(work, kernels)) > LONGEST_STEP:
        return Carried(tuple(kernels))
    result, labels = Carried(tuple(kernels)), (f"q{number}" for number in count(1))
    for kernel in kernels:
        if isinstance(kernel, PackKernel) and kernel.source.buffer in carried and _is_whole(kernel):
            alike = _in_the_same_order(result.kernels, kernel, carried)
            if alike:
                result = _Moving(kernel, alike, labels, target).moved(result, carried)
    return result


def _is_whole(packing: PackKernel) -> bool:
    """Whether all of a matrix is copied, its rows as columns, into whole panels."""
    matrix = packing.source.buffer
    whole = matrix.shape == (packing.columns, packing.rows) and not packing.columns % packing.width
    turned = packing.source == Matrix(matrix, Affine(), 1, packing.rows)
    return whole and turned and matrix.size * matrix.dtype.itemsize <= MOST_BYTES


def _in_the_same_order(
    kernels: Sequence[Kernel], packing: PackKernel, carried: Mapping[Buffer, Buffer]
) -> list[Buffer]:
    """The matrix that is copied, and all whose elements meet its own, place by place; none where something
    else is done with one of them, or the next value of one would lie in another order."""
    matrix = packing.source.buffer
    shape = matrix.shape
    loops = [kernel for kernel in kernels if _is_elementwise(kernel, shape)]
    found = reached(matrix, [[load.buffer for load in _elements(loop)] for loop in loops])
    free = all(buffer.kind in ("workspace", "output") or buffer in carried for buffer in found)
    same = all(buffer.dtype == matrix.dtype for buffer in found)
    follow = all(_follows(kernel, set(found), shape, kernels) for kernel in kernels if kernel is not packing)
    return found if free and same and follow and with_their_next(found, carried) else []


def _is_elementwise(kernel: Kernel, shape: Shape) -> TypeGuard[LoopKernel]:
    """Whether it computes one element of that shape from others, place by place."""
    return isinstance(kernel, LoopKernel) and kernel.plain and kernel.lengths == shape


def _elements(kernel: LoopKernel) -> list[Load]:
    """What a plain loop reads and writes at each of its places, but for numbers."""
    touched = [Load(kernel.target, kernel.place), *loads(kernel.expression)]
    return [load for load in touched if load.buffer.size > 1]


def _follows(kernel: Kernel, moved: Set[Buffer], shape: Shape, kernels: Sequence[Kernel]) -> bool:
    """Whether a kernel can do the same where these matrices of a shape have another order."""
    if moved.isdisjoint((*kernel.buffers(), *kernel.written())):
        return True
    if isinstance(kernel, ProductKernel) and moved.isdisjoint(kernel.buffers()):
        whole = kernel.c == Matrix(kernel.c.buffer, Affine(), shape[1], 1)
        return whole and not kernel.batch and _factors(kernel, kernels)[1].column_stride == 1
    place = Affine(0, {0: shape[1], 1: 1})
    return _is_elementwise(kernel, shape) and all(
        load.place == place and not load.dynamic for load in _elements(kernel)
    )


def _factors(product: ProductKernel, kernels: Sequence[Kernel]) -> tuple[Matrix, Matrix]:
    """Those of the transposed product, as they are before they are copied into panels."""
    copies = {kernel.target: kernel.source for kernel in kernels if isinstance(kernel, PackKernel)}
    a, b = product.a, product.b
    return copies.get(b.buffer, b).transposed(), copies.get(a.buffer, a.transposed())


class _Moving:
    """Buffers of one shape being moved into panels, as a matrix is."""

    def __init__(
        self, packing: PackKernel, alike: Sequence[Buffer], labels: Iterator[str], target: Target
    ) -> None:
        self.packing, self.labels, self.target = packing, labels, target
        self.rows, self.width = packing.rows, packing.width
        self.shape = (packing.columns // packing.width, packing.rows, packing.width)
        self.place = Affine(0, {0: packing.rows * packing.width, 1: packing.width, 2: 1})
        self.panels = {b: Buffer(b.kind, self.shape, b.dtype, next(labels)) for b in alike}

    def moved(self, step: Carried, carried: Collection[Buffer]) -> Carried:
        """The step with these buffers in panels."""
        kernels = [new for kernel in step.kernels for new in self._kernels(kernel, step.kernels)]
        pairs = [(own, panels) for own, panels in self.panels.items() if own in carried]
        rows, width, columns = self.rows, self.width, self.packing.columns
        into = [PackKernel(rows, columns, Matrix(b, Affine(), 1, rows), p, width) for b, p in pairs]
        long = self.shape[0] * rows
        back = [PackKernel(width, long, Matrix(p, Affine(), 1, width), b, rows) for b, p in pairs]
        return Carried(
            tuple(_needed(kernels)),
            {**step.panels, **self.panels},
            (*step.before, *into),
            (*step.after, *back),
        )

    def _kernels(self, kernel: Kernel, kernels: Sequence[Kernel]) -> list[Kernel]:
        """What a kernel becomes."""
        if kernel is self.packing:
            return []
        if isinstance(kernel, ProductKernel) and kernel.b.buffer is self.packing.target:
            return [replace(kernel, b=replace(kernel.b, buffer=self.panels[self.packing.source.buffer]))]
        if isinstance(kernel, ProductKernel) and kernel.c.buffer in self.panels:
            return self._product(kernel, kernels)
        if isinstance(kernel, LoopKernel) and kernel.target in self.panels:
            return [replace(changed(kernel, self._load, self._load), lengths=self.shape)]
        return [kernel]

    def _load(self, load: Load) -> Load:
        return Load(self.panels[load.buffer], self.place) if load.buffer in self.panels else load

    def _product(self, kernel: ProductKernel, kernels: Sequence[Kernel]) -> list[Kernel]:
        """Cᵀ, panel by panel, from Aᵀ and Bᵀ."""
        a, b = _factors(kernel, kernels)
        c = Matrix(self.panels[kernel.c.buffer], Affine(0, {0: self.rows * self.width}), self.width, 1)
        product = replace(kernel, batch=self.shape[:1], m=kernel.n, n=self.width, a=a, b=b, c=c)
        copies: list[Kernel] = []
        if far_apart(b.row_stride, kernel.k, kernel.n, product, self.target):
            copy = packed(kernel.k, kernel.m, b, self.width, self._scratch)
            panel = Affine(0, {0: kernel.k * self.width})
            product = replace(product, b=Matrix(copy.target, panel, self.width, 1))
            copies.append(copy)
        else:
            product = replace(product, b=replace(b, place=b.place + Affine(0, {0: self.width})))
        if (
            a.row_stride == 1
            and a.column_stride != 1
            and far_apart(a.column_stride, kernel.k, kernel.m, product, self.target)
        ):
            product, copy = packed_a(product, self._scratch, self.target)
            copies.append(copy)
        return [*copies, product]

    def _scratch(self, shape: Shape, dtype: np.dtype) -> Buffer:
        return Buffer("workspace", shape, dtype, next(self.labels))


def _needed(kernels: Sequence[Kernel]) -> list[Kernel]:
    """The kernels without copies that nothing reads."""
    read = {buffer for kernel in kernels for buffer in kernel.buffers()}
    return [kernel for kernel in kernels if not isinstance(kernel, PackKernel) or kernel.target in read]
