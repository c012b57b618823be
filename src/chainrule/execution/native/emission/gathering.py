"""A minibatch's rows, copied from where they lie in the data to where the kernels expect them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from ..expressions import Buffer
from ..kernels import PackKernel
from ..llvm_ir import BYTE, LONG, POINTER, VOID, Builder, Module, Value, function, loop
from ..target import Target
from .dividing import LEAST_WORK, MOST_PIECES, division
from .functions import entry_for_threads
from .module import Addresses, call_pieces
from .panels import emit_pack_rows
from .spans import Division, Span, portion

ROW_BYTES = 8  # of the number of a row
AHEAD = 512  # numbers, a page of memory: where the next one begins, a processor does not foresee
FEW = 8  # numbers, whose greatest is found without the registers that the steps need
TOGETHER = 8  # rows that are copied into panels while they are in the nearest cache
MOST_BLOCKS = 2 * MOST_PIECES  # so many rows at a time take some microseconds


@dataclass(frozen=True, slots=True)
class Gathering:
    """What is copied of a minibatch.

    Attributes:
        rows: where the rows of each array go.
        panels: copies of these rows in panels.
        only_panels: the rows that are copied in no other way.
    """

    rows: Sequence[Buffer]
    panels: Sequence[PackKernel] = ()
    only_panels: Collection[Buffer] = ()

    @property
    def batch(self) -> int:
        """How many rows there are."""
        return self.rows[0].shape[0]

    @property
    def together(self) -> int:
        """How many rows are copied into panels at a time, and into blocks: as many as these have."""
        return next((copy.width for copy in self.panels if copy.in_blocks), TOGETHER)

    @property
    def targets(self) -> list[Buffer]:
        """The buffers that are written."""
        rows = [buffer for buffer in self.rows if buffer not in self.only_panels]
        return [*rows, *[panels.target for panels in self.panels]]


def gather_rows(
    builder: Builder,
    gathering: Gathering,
    orders: Value,
    step: Value,
    sources: Sequence[Value],
    addresses: Addresses,
    target: Target,
) -> None:
    """Write the copying of one step's rows: of each array, those whose numbers stand in the step's order."""
    if not gathering.rows:
        return
    batch = gathering.batch
    size = sum(buffer.size * buffer.dtype.itemsize for buffer in gathering.rows)
    order = builder.element(orders, builder.times(step, batch), LONG)
    targets = {buffer: addresses.of(buffer) for buffer in gathering.targets}
    if addresses.stack is not None:
        data = dict(zip(gathering.rows, sources, strict=True))
        _Copying(builder, gathering, order, data, targets, target).emit()
        return
    blocks = -(-batch // gathering.together) if gathering.panels else batch
    shared = addresses.control is not None and size >= LEAST_WORK / 8
    divided = division("rows", blocks, MOST_BLOCKS) if shared else None
    name = _define_gather(builder.module, gathering, target, divided)
    pointers = [order, *sources, *targets.values()]
    if divided:
        entry = entry_for_threads(builder.module, name, len(pointers))
        call_pieces(builder, entry, pointers, divided, addresses, target, size)
    else:
        builder.call(name, VOID, *pointers)


def greatest_row(builder: Builder, batch: int, orders: Value, step: Value, target: Target) -> Value:
    """The greatest number of a row of one step, those below 0 being greater than all others; the numbers of
    later steps are asked for."""
    order = builder.element(orders, builder.times(step, batch), LONG)
    builder.prefetch_near(builder.element(order, LONG(AHEAD), LONG))
    if batch <= FEW:
        each = [builder.load(builder.element(order, LONG(i), LONG), LONG) for i in range(batch)]
        return reduce(lambda a, b: builder.intrinsic("umax", LONG, a, b), each)
    lanes = target.vector_bytes // ROW_BYTES
    kind = LONG.wide(lanes)

    def numbers(first: Value) -> Value:
        return builder.load(builder.element(order, first, LONG), kind, ROW_BYTES)

    def greater(i: Value, so_far: list[Value]) -> list[Value]:
        return [builder.intrinsic("umax", kind, so_far[0], numbers(builder.times(i, lanes)))]

    (found,) = loop(builder, batch // lanes, [numbers(LONG(batch - lanes))], greater)
    return builder.call(f"llvm.vector.reduce.umax.{kind.suffix}", LONG, found)


def _define_gather(module: Module, gathering: Gathering, target: Target, divided: Division | None) -> str:
    """The function that copies: ``gather(order, *sources, *targets)``, and of pieces if it is divided."""
    name, count = "gather", len(gathering.rows)
    kinds = [POINTER] * (1 + count + len(gathering.targets)) + [LONG, LONG] * (divided is not None)
    with function(module, name, kinds, linkage="internal") as (build, (order, *rest)):
        data = dict(zip(gathering.rows, rest, strict=False))
        targets = dict(zip(gathering.targets, rest[count:], strict=False))
        span = Span(divided, *rest[-2:]) if divided else None
        _Copying(build, gathering, order, data, targets, target).emit(span)
        build.give()
    return name


@dataclass(frozen=True, slots=True)
class _Copying:
    """The copying of a minibatch's rows.

    Attributes:
        builder: where the instructions go.
        gathering: what is copied.
        order: the numbers of the rows.
        data: where the rows of each array begin.
        targets: where they go.
        target: the processor.
    """

    builder: Builder
    gathering: Gathering
    order: Value
    data: Mapping[Buffer, Value]
    targets: Mapping[Buffer, Value]
    target: Target

    def emit(self, span: Span | None = None) -> None:
        """Write it, or the pieces of it in a span."""
        gathering = self.gathering
        if not gathering.panels:
            portion(self.builder, gathering.batch, self._row, span)
            return
        whole, rest = divmod(gathering.batch, gathering.together)
        portion(self.builder, whole, lambda number: self._block(number, gathering.together), span)
        if rest:
            portion(self.builder, 1, lambda _: self._block(LONG(whole), rest), span, last=True)

    def _row(self, row: Value) -> None:
        """One row of each array, as it is."""
        build, place = self.builder, self._number_of(row)
        for buffer, source in self.data.items():
            if buffer in self.gathering.only_panels:
                continue
            size = buffer.size // self.gathering.batch * buffer.dtype.itemsize
            where = build.element(source, build.times(place, size), BYTE)
            build.copy(build.element(self.targets[buffer], build.times(row, size), BYTE), where, LONG(size))

    def _block(self, number: Value, count: int) -> None:
        """So many rows as they are, and in panels."""
        build = self.builder
        first = build.times(number, self.gathering.together)
        portion(build, count, lambda i: self._row(build.add(first, i)), None)
        rows = [build.plus(first, i) for i in range(count)]
        for panels in self.gathering.panels:
            if panels.source.buffer in self.gathering.only_panels:
                numbers = list(map(self._number_of, rows))
                emit_pack_rows(build, panels, {**self.data, **self.targets}, self.target, first, numbers)
            else:
                emit_pack_rows(build, panels, self.targets, self.target, first, rows)

    def _number_of(self, row: Value) -> Value:
        return self.builder.load(self.builder.element(self.order, row, LONG), LONG)
