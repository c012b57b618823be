"""Which kernels are divided among threads, and into what pieces.

The pieces depend on the kernel alone and no result depends on who computes which, so that the same call gives
the same bits with any number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from ..costs import work
from ..kernels import FAR_AWAY, FusedKernel, Kernel, LoopKernel, PackKernel, ProductKernel
from ..target import Target
from .panels import panels_together
from .spans import MOST_TOGETHER, Division
from .tiles import ROWS, panel_width_of
from .vectorising import SUMS, in_groups, lanes_of, of_rows_together, vector_loop

LEAST_PROGRAM = 2e7  # operations of a program that is called once
LEAST_STEP = 1e6  # ... of a step that is made over and over, while the other threads stay awake
LEAST_WORK = 1e5  # ... of a kernel: some microseconds; a thread that is awake hears of it in half of one
MOST_PIECES = 16
MOST_BLOCKS = 64  # of rows, which differ in length: the last ones are waited for
FEWEST_BLOCKS = 48  # of the rows of all products of a batch, or of all panels of one
FEWEST_PANELS = 8
WIDE = 512  # bytes of a row of results, from which on fewer panels do, whose rows are divided too
NEAR = 2**17  # bytes of results that stay in a near cache until they are used
NEAREST = 2**14  # bytes of results that stay in the nearest cache
PAGE = 4096  # bytes of memory; the processor keeps the addresses of some hundreds of pages at hand


def worth_sharing(kernels: Iterable[Kernel], repeated: bool) -> bool:
    """Whether a program, or a step that is repeated, is so much work that threads share it."""
    return sum(map(work, kernels)) >= (LEAST_STEP if repeated else LEAST_PROGRAM)


def divided(kernel: Kernel, target: Target) -> Division | None:
    """How a kernel is divided; None where that does not pay, or cannot be."""
    if work(kernel) < LEAST_WORK:
        return None
    if isinstance(kernel, ProductKernel):
        return _of_product(kernel, target)
    if isinstance(kernel, PackKernel):
        steps = -(-kernel.columns // (kernel.width * panels_together(kernel)))
        return division("panels", steps, steps)
    if isinstance(kernel, LoopKernel | FusedKernel):
        return _of_loops(kernel.parts if isinstance(kernel, FusedKernel) else (kernel,), target)
    return None


def whole_registers(kernel: Kernel, target: Target) -> Division | None:
    """The single registers of results of a kernel that is nothing but so many of them: kernels alike but for
    how many they are, such as the updates of all parameters, can share a function."""
    if not isinstance(kernel, LoopKernel | FusedKernel):
        return None
    parts = kernel.parts if isinstance(kernel, FusedKernel) else (kernel,)
    if len(kernel.lengths) > 1 or not all(part.plain for part in parts) or vector_loop(parts, target) != 0:
        return None
    count, rest = divmod(kernel.lengths[0], lanes_of(parts, target))
    return None if rest else Division("0", count, 1)


def division(axis: str, steps: int, most: int = MOST_PIECES) -> Division | None:
    """So many steps in pieces of equally many; None for a single one."""
    if steps < 2:
        return None
    size = -(-steps // most)
    return Division(axis, -(-steps // size), size)


def _of_product(kernel: ProductKernel, target: Target) -> Division | None:
    if by_blocks(kernel):
        return Division("blocks", kernel.batch[0] * blocks(kernel, target).pieces, 1)
    if kernel.batch:
        return division("batch", kernel.batch[0])
    if in_streams(kernel):
        return None
    if by_rows(kernel):
        own = row_blocks(kernel)
        return own if own.pieces > 1 else None
    width = panel_width_of(kernel, target)
    panels = -(-kernel.n // width)
    pieces = blocks_of_rows(kernel.m, panels).pieces
    short = work(kernel) < LEAST_WORK * panels * pieces
    many = panels >= FEWEST_PANELS
    wide = panels > 1 and kernel.n * kernel.c.buffer.dtype.itemsize >= WIDE
    if (many or wide) and pieces > 1 and not (kernel.n % width or short):
        copied_together = kernel.on_the_way and pieces <= MOST_TOGETHER
        return Division("tiles", panels * pieces, 1, together=pieces if copied_together else 1)
    if many:
        return division("panels", panels, panels)
    rows = division("rows", -(-kernel.m // ROWS))
    return Division("rows", rows.pieces, rows.size * ROWS) if rows else None


def by_blocks(kernel: ProductKernel) -> bool:
    """Whether the products of a batch are computed by blocks of their rows, and what follows from each."""
    return len(kernel.batch) == 1 and bool(kernel.parts)


def blocks_of_rows(rows: int, times: int, step: int = ROWS) -> Division:
    """The rows of one product of a batch, or of one panel, of which there are so many, in blocks of a
    multiple of ``step``: threads find enough of them."""
    wanted = -(-FEWEST_BLOCKS // times)
    size = -(-rows // (wanted * step)) * step
    return Division("rows", -(-rows // size), size)


def blocks(kernel: ProductKernel, target: Target) -> Division:
    """The blocks of rows of a product, or of each one of a batch, from which something follows. Where rows
    and columns follow as one loop, a block fills registers."""
    if not by_blocks(kernel):
        return row_blocks(kernel)
    lanes = lanes_of(kernel.following, target) if _follows_as_one(kernel) else 1
    step = math.lcm(ROWS, lanes // math.gcd(lanes, kernel.n))
    return blocks_of_rows(kernel.m, kernel.batch[0], step)


def in_streams(kernel: ProductKernel) -> bool:
    """Whether a product is one of a vector and a far matrix, whose rows are read from end to end, a few at a
    time: a panel goes through as many pages as there are rows. The results stay in the nearest cache."""
    vector = kernel.m == 1 and not (kernel.batch or kernel.parts or kernel.a.packed or kernel.b.packed)
    row = kernel.n * kernel.c.buffer.dtype.itemsize
    return vector and PAGE // 2 <= row <= NEAREST and row * kernel.k >= FAR_AWAY


def by_rows(kernel: ProductKernel) -> bool:
    """Whether a product is computed by blocks of rows rather than by panels of columns.

    It is where something follows from the rows; where A is so large that every panel would fetch it from afar
    anew, while all of B is near; and where the rows of C are so long and so many that a panel, which meets
    each of them, goes through more pages than the processor keeps at hand.
    """
    of_a, of_b = (n * kernel.k * kernel.c.buffer.dtype.itemsize for n in (kernel.m, kernel.n))
    return bool(kernel.following) or has_far_rows(kernel) or (of_a > FAR_AWAY >= of_b)


def has_far_rows(kernel: ProductKernel) -> bool:
    """Whether the rows of C are so long and so many that few of them at a time are written from end to end,
    while all of B is near."""
    row = kernel.n * kernel.c.buffer.dtype.itemsize
    return row > PAGE and row * kernel.m > FAR_AWAY * 16 and row * kernel.k <= FAR_AWAY


def row_blocks(kernel: ProductKernel) -> Division:
    """The rows of a product in blocks whose part of A stays near for all panels, and whose part of C until
    what follows from it is computed: in the nearest cache, if the whole is near."""
    itemsize = kernel.c.buffer.dtype.itemsize
    step = kernel.a.packed or _rows_at_a_time(kernel)
    near = min(NEAR // (kernel.n * itemsize), NEAR // 2 // (kernel.k * itemsize))
    size = max(1, min(near // step, -(-kernel.m // (MOST_BLOCKS * step)))) * step
    return Division("rows", -(-kernel.m // size), size)


def _rows_at_a_time(kernel: ProductKernel) -> int:
    """Of how many rows a block has a multiple: few of many, if they stay in the nearest cache then together
    with as many of the matrices that are updated by them."""
    row = kernel.n * kernel.c.buffer.dtype.itemsize
    if not kernel.following or row * kernel.m >= FAR_AWAY or row * ROWS <= NEAREST // 2:
        return ROWS
    return ROWS // 4 if kernel.m >= ROWS and row * ROWS <= NEAREST * 2 else ROWS // 2


def rows_in_loops(kernel: ProductKernel, rows: Division, target: Target) -> Division:
    """Blocks of a product's rows in the loops that follow: of the rows, or of rows and columns as one."""
    lanes = lanes_of(kernel.following, target)
    size = rows.size * kernel.n // lanes if _follows_as_one(kernel) else rows.size
    return replace(rows, axis=str(len(kernel.batch)), size=size)


def _follows_as_one(kernel: ProductKernel) -> bool:
    """Whether the rows and columns of a product are one loop in what follows from it."""
    return bool(kernel.following) and len(kernel.following[0].lengths) == len(kernel.batch) + 1


def _of_loops(parts: tuple[LoopKernel, ...], target: Target) -> Division | None:
    kernel = parts[0]
    if kernel.scan or kernel.scatter or kernel.clear or kernel.dynamic:
        return None
    if of_rows_together(kernel, target):
        groups, left = in_groups(kernel.lengths[1])
        return division("1", groups + bool(left))
    along = vector_loop(parts, target)
    outer = [v for v in range(len(kernel.lengths) - kernel.reduced) if v != along]
    if outer:
        return division(str(outer[0]), kernel.lengths[outer[0]])
    if along is None or along >= len(kernel.lengths) - kernel.reduced:
        return None
    together = lanes_of(parts, target) * (SUMS if kernel.reduced else 1)
    return division(str(along), kernel.lengths[along] // together)
