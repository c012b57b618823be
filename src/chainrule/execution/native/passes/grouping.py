"""Loops made simpler and fewer.

Plain loops of one shape share a nest, or are computed from a product's results while those are in registers;
values that only their own nest uses are not stored; nests over contiguous memory become one loop.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from ..costs import is_cheap, takes_long
from ..emission.dividing import NEAREST, in_streams, row_blocks
from ..emission.tiles import LINE_BYTES
from ..emission.weaving import weaves
from ..expressions import Affine, Buffer, Load, loads
from ..kernels import FAR_AWAY, FusedKernel, Kernel, LoopKernel, ProductKernel, changed
from ..target import Target

MOST_PARTS = 12
FAR_AGAIN, FEW_ROWS = 2**20, 8  # bytes of B that are too many to read for each block of so few rows
MOST_FAR = 2  # buffers beyond the near cache in the epilogue of a product
SHORTEST_ROW = 16  # shorter loops do not pay for sharing a nest that could run through memory


@dataclass(slots=True)
class Group:
    """Kernels that belong together, and the buffers that they read and write."""

    kernels: list[Kernel]
    reads: set[Buffer]
    writes: set[Buffer]

    def stands_before(self, kernel: Group) -> bool:
        """Whether the other kernels must come after these."""
        return not (
            self.writes.isdisjoint(kernel.reads)
            and self.writes.isdisjoint(kernel.writes)
            and self.reads.isdisjoint(kernel.writes)
        )

    def add(self, other: Group) -> None:
        """Take other kernels in."""
        self.kernels += other.kernels
        self.reads |= other.reads
        self.writes |= other.writes


def grouped(
    kernels: Sequence[Kernel], elsewhere: Collection[Buffer] = (), updating: Target | None = None
) -> list[Kernel]:
    """The same computation in simpler and fewer nests; the buffers in ``elsewhere`` are read by others.
    ``updating``: the processor, where parameters are updated, over and over."""
    groups: list[Group] = []
    for kernel in map(_without_batches_of_one, kernels):
        alone = Group([kernel], set(kernel.buffers()), set(kernel.written()))
        found = _group_for(groups, alone)
        if found is None:
            groups.append(alone)
        else:
            found.add(alone)
    readers = Counter(buffer for group in groups for buffer in group.reads)
    readers.update(elsewhere)
    return [kernel for group in groups for kernel in _made(group, readers, updating)]


def _made(group: Group, readers: Counter[Buffer], updating: Target | None) -> list[Kernel]:
    first = group.kernels[0]
    parts = tuple(kernel for kernel in group.kernels if isinstance(kernel, LoopKernel))
    unstored = frozenset(
        buffer
        for buffer in group.writes
        if buffer.kind == "workspace" and readers[buffer] == (buffer in group.reads)  # nobody else reads it
    )
    if isinstance(first, ProductKernel):
        return _finished(first, parts, unstored, updating)
    return [_together(parts, unstored)] if parts else [first]


def _together(
    parts: tuple[LoopKernel, ...], unstored: frozenset[Buffer], result: Buffer | None = None
) -> Kernel:
    """Plain kernels of one shape in one nest, perhaps computed from a product's result."""
    if len(parts) == 1:
        return collapsed(parts[0])
    merged = _merged_loops(parts)
    return FusedKernel(tuple(_with_loops(part, merged) for part in parts), unstored, result)


def _finished(
    product: ProductKernel,
    parts: tuple[LoopKernel, ...],
    unstored: frozenset[Buffer],
    updating: Target | None,
) -> list[Kernel]:
    """A product with what is computed from its results: in registers, at once or while others are summed up;
    from rows in near cache; or afterwards, where that is near as a whole but slow, or where all of B would
    come from afar for a few rows. Where roots and quotients are estimated, memory is what takes long."""
    if not parts:
        return [product]
    in_registers = replace(product, epilogue=parts, unstored=unstored)
    if updating and weaves(in_registers, updating):
        return [in_registers]
    stored = unstored - {product.c.buffer}
    near, long = _is_near(product, parts), any(takes_long(part.expression) for part in parts)
    by_rows = long and bool(updating and updating.estimates_roots) and _leaves_nearest(product)
    if (by_rows or not near) and not _would_read_much(product):
        return [replace(product, following=_along_rows(product, parts), unstored=stored)]
    if not near or long:
        return [product, _together(parts, stored, product.c.buffer)]
    return [in_registers]


def _would_read_much(product: ProductKernel) -> bool:
    """Whether a product by blocks of rows would read much of B from afar for each of them.

    Measured, with Adam's update of a matrix of 100 × 513: by rows 2.3 times as slow as by panels.
    """
    of_b = product.k * product.n * product.c.buffer.dtype.itemsize
    return of_b > FAR_AGAIN and row_blocks(product).size <= FEW_ROWS


def _leaves_nearest(product: ProductKernel) -> bool:
    """Whether a product's results have left the nearest cache before the last of them is there; and its rows
    fill lines, so that loops along them cost no more.

    Measured on Granite Rapids, with Adam's update of a matrix of 64 × 128: by rows the whole step of
    64-128-10 takes 3 % less.
    """
    row = product.n * product.c.buffer.dtype.itemsize
    return _has_rows(product) and row * product.m > NEAREST and not row % LINE_BYTES


def _along_rows(product: ProductKernel, parts: tuple[LoopKernel, ...]) -> tuple[LoopKernel, ...]:
    """What follows from some rows: of each product of a batch, all of them as one loop where they follow each
    other in memory."""
    rows = len(product.batch)
    affines = [affine for part in parts for affine in _affines(part)]
    if not rows or not _runs_on(affines, rows, rows + 1, product.n, rows + 2):
        return parts
    return tuple(_with_loops(part, [*([v] for v in range(rows)), [rows, rows + 1]]) for part in parts)


def _group_for(groups: Sequence[Group], alone: Group) -> Group | None:
    """The last group that a kernel can join: nothing after that group may stand in its way."""
    (kernel,) = alone.kernels
    if not isinstance(kernel, LoopKernel) or not kernel.plain:
        return None
    for group in reversed(groups):
        if len(group.kernels) < MOST_PARTS and _can_join(group, kernel, alone):
            return group
        if group.stands_before(alone):
            return None
    return None


def _can_join(group: Group, kernel: LoopKernel, alone: Group) -> bool:
    first, *rest = group.kernels
    if isinstance(first, ProductKernel):
        return (
            _is_epilogue(first, kernel)
            and group.stands_before(alone)
            and all(_can_share(earlier, kernel) for earlier in rest)
            and (_has_rows(first) or _is_near(first, [*rest, kernel]))
        )
    if not all(_can_share(earlier, kernel) for earlier in group.kernels):
        return False
    loops = [k for k in (*group.kernels, kernel) if isinstance(k, LoopKernel)]
    together = _merged_loops(loops)
    lengths = [math.prod(kernel.lengths[v] for v in loop) for loop in together]
    return not lengths or lengths[-1] >= SHORTEST_ROW or all(_merged_loops([k]) == together for k in loops)


def _is_epilogue(product: ProductKernel, kernel: LoopKernel) -> bool:
    """Whether a kernel can be computed from elements of a product while they are in registers."""
    column = len(product.batch) + 1
    found = list(loads(kernel.expression))
    return (
        kernel.lengths == (*product.batch, product.m, product.n)
        and _is_matrix_or_near(product)
        and kernel.place.coefficient(column) == (product.n != 1)
        and kernel.target not in (product.a.buffer, product.b.buffer, product.c.buffer)
        and all(load.place.coefficient(column) in (0, 1) and not load.dynamic for load in found)
        and all(load.place == product.place for load in found if load.buffer is product.c.buffer)
        and is_cheap(kernel.expression)
    )


def _is_matrix_or_near(product: ProductKernel) -> bool:
    """Whether a product has several rows and columns, or is a short vector: what follows from a long one is
    quicker in a loop of its own, and a row that is summed up in memory cannot wait."""
    if product.m > 1 and product.n > 1:
        return True
    row = product.n * product.c.buffer.dtype.itemsize
    short = product.m <= SHORTEST_ROW if product.n == 1 else row <= NEAREST
    return short and not (product.batch or in_streams(product))


def _has_rows(product: ProductKernel) -> bool:
    """Whether its results are rows of a matrix that are long enough for loops of their own, or follow each
    other in memory."""
    if len(product.batch) == 1:
        return product.c.row_stride == product.n and product.m * product.n >= SHORTEST_ROW
    return not product.batch and product.n >= SHORTEST_ROW


def _is_near(product: ProductKernel, parts: Sequence[Kernel]) -> bool:
    """Whether an epilogue touches no more far memory than can be asked for while a tile is computed.

    Measured: an update of one matrix is free inside a product; Adam's, of three, is faster in loops that run
    along rows.
    """
    touched: set[Buffer] = set()
    for part in parts:
        touched.update((*part.buffers(), *part.written()))
    touched.discard(product.c.buffer)
    far = [buffer for buffer in touched if buffer.size * buffer.dtype.itemsize >= FAR_AWAY]
    return len(far) <= MOST_FAR


def _without_batches_of_one(kernel: Kernel) -> Kernel:
    """A plain kernel without loops of length 1 before its last two, as products have them."""
    if not isinstance(kernel, LoopKernel) or not kernel.plain:
        return kernel
    last = len(kernel.lengths) - 2
    return _with_loops(kernel, [[v] for v, length in enumerate(kernel.lengths) if v >= last or length != 1])


def _can_share(earlier: Kernel, later: LoopKernel) -> bool:
    """Whether two kernels may run place by place: what one writes, the other uses at that same place only."""
    if not isinstance(earlier, LoopKernel) or not earlier.plain or earlier.lengths != later.lengths:
        return False
    if earlier.target is later.target:
        return False
    forward = (load for load in loads(later.expression) if load.buffer is earlier.target)
    backward = (load for load in loads(earlier.expression) if load.buffer is later.target)
    return all(load.place == earlier.place and not load.dynamic for load in forward) and all(
        load.place == later.place and not load.dynamic for load in backward
    )


def collapsed(kernel: LoopKernel) -> LoopKernel:
    """The kernel without loops of length 1, neighbours that run through memory as one being one loop."""
    return _with_loops(kernel, _merged_loops([kernel]))


def _merged_loops(kernels: Sequence[LoopKernel]) -> list[list[int]]:
    """Loops of kernels of one shape that run through memory as one, in all of them."""
    first = kernels[0]
    affines = [affine for kernel in kernels for affine in _affines(kernel)]
    kept = len(first.lengths) - first.reduced
    merged: list[list[int]] = []
    for variable, length in enumerate(first.lengths):
        if length == 1 and not first.scan:
            continue
        if merged and _runs_on(affines, merged[-1][-1], variable, length, kept):
            merged[-1].append(variable)
        else:
            merged.append([variable])
    return merged


def _with_loops(kernel: LoopKernel, merged: Sequence[Sequence[int]]) -> LoopKernel:
    if len(merged) == len(kernel.lengths):
        return kernel  # none is left out, and none merged
    kept = len(kernel.lengths) - kernel.reduced
    lengths = tuple(math.prod(kernel.lengths[v] for v in group) for group in merged)
    last = {group[-1]: position for position, group in enumerate(merged)}

    def remapped(load: Load) -> Load:
        terms = {last[v]: c for v, c in load.place.terms.items() if v in last}
        return Load(load.buffer, Affine(load.place.constant, terms), load.dynamic)

    reduced = sum(group[0] >= kept for group in merged)
    return replace(changed(kernel, remapped, remapped), lengths=lengths, reduced=reduced)


def _runs_on(affines: Sequence[Affine], outer: int, inner: int, length: int, kept: int) -> bool:
    """Whether one step of the outer loop continues where the inner loop ends, in every place."""
    apart = (outer < kept) != (inner < kept)
    return not apart and all(a.coefficient(outer) == a.coefficient(inner) * length for a in affines)


def _affines(kernel: LoopKernel) -> Iterator[Affine]:
    yield kernel.place
    for expression in (kernel.expression, *[part.index for part in kernel.dynamic]):
        for load in loads(expression):
            yield load.place
