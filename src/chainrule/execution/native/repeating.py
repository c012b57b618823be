"""A step repeated over minibatches without leaving machine code.

The loop gathers a minibatch's rows, runs the step's kernels, writes the next values over the last ones, and
stops where the loss is not finite, before that update.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import CompilationError
from ...graph import Graph
from .assembly import LONG, POINTER, Module, function
from .cache import cached
from .crowd import Crowd
from .dividing import work, worth_sharing
from .expressions import Buffer
from .gathering import gather_rows
from .grouping import grouped
from .inplace import overwriting, split_at_loss
from .kernels import Kernel, ReferenceStep
from .legalise import legalise
from .linking import Library, link
from .loading import address
from .lower import Lowered, lower
from .memory import ALIGNMENT, aligned, bytes_of, plan
from .module import Addresses, call_kernels, describe, object_code
from .processor import flush_subnormals
from .scalars import memory_type
from .sharing import define_work, start_clock
from .target import Target, host


@dataclass(frozen=True, slots=True)
class Layout:
    """Which entry of the pointer table is what."""

    slots: dict[Buffer, int]
    data: tuple[int, ...]
    orders: int
    scalars: int
    losses: int


@dataclass(frozen=True, slots=True)
class StepKernels:
    """A lowered step: its kernels before the loss is looked at, and after."""

    lowered: Lowered
    carried: tuple[Buffer, ...]
    scalar: Buffer
    rows: tuple[Buffer, ...]
    early: tuple[Kernel, ...]
    late: tuple[Kernel, ...]

    @property
    def loss(self) -> Buffer:
        return self.lowered.outputs[0]


@dataclass(slots=True)
class RepeatedStep:
    """A compiled loop over minibatches.

    The graph's inputs are the carried values, one number a step, and the rows of a minibatch; its outputs are
    the loss and the next carried values.
    """

    step: StepKernels
    layout: Layout
    workspace_bytes: int
    library: Library
    constants: dict[int, np.ndarray]
    work: float
    crowd: Crowd

    def __call__(
        self, carried: Sequence[Any], scalars: np.ndarray, orders: np.ndarray, data: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """The loss of each step, NaN after the last one that ran, and the carried values after it."""
        layout, step = self.layout, self.step
        current = [
            np.array(v, b.dtype, order="C").reshape(b.shape)
            for v, b in zip(carried, step.carried, strict=True)
        ]
        numbers = np.ascontiguousarray(scalars, step.scalar.dtype)
        places = np.ascontiguousarray(orders, np.int64)
        losses = np.full(len(places), np.nan, step.loss.dtype)
        workspace = np.empty(self.workspace_bytes + ALIGNMENT, np.uint8)
        outputs = {self.layout.slots[b]: np.empty(b.shape, b.dtype) for b in step.lowered.outputs}
        arrays = dict(self.constants) | outputs
        arrays |= {layout.slots[buffer]: array for buffer, array in zip(step.carried, current, strict=True)}
        arrays |= {layout.orders: places, layout.scalars: numbers, layout.losses: losses}
        arrays |= dict(zip(layout.data, data, strict=True))
        table = (ctypes.c_void_p * (layout.losses + 3))()
        for slot, array in arrays.items():
            table[slot] = address(array)
        table[len(layout.slots)] = aligned(address(workspace))
        count = ctypes.c_int64(len(places))
        table[layout.losses + 1] = ctypes.addressof(count)
        with self.crowd.at_work(self.work * len(places)) as control:
            table[layout.losses + 2] = control
            self.library.functions["repeat"](table)
        return losses.astype(np.float64), current


def compile_repeated(graph: Graph, carried: int) -> RepeatedStep:
    """Compile a step's graph as a loop; its first ``carried`` inputs are carried from step to step.

    Raises:
        CompilationError: a part of the step has no machine code.
    """
    step = _step_kernels(graph, carried)
    named = [*step.carried, *(b for b, _ in step.lowered.constants), *step.lowered.outputs]
    slots = {buffer: slot for slot, buffer in enumerate(dict.fromkeys(named))}
    first = len(slots) + 1
    data = tuple(range(first, first + len(step.rows)))
    layout = Layout(slots, data, first + len(data), first + len(data) + 1, first + len(data) + 2)
    offsets, size = _offsets(step)
    own = (
        len(step.early),
        step.loss.label,
        step.scalar.label,
        [rows.label for rows in step.rows],
        layout.data,
    )
    kernels = [*step.early, *step.late]
    description = f"repeat {own} {describe(kernels, slots, offsets)}"
    code = cached(description, host(), lambda: object_code(_emit(step, layout, offsets, host()), host()))
    shared = worth_sharing(kernels)
    library = link(code, ["repeat", "work"] if shared else ["repeat"])
    crowd = Crowd(library, library.functions.get("work"))
    constants = {
        slots[buffer]: np.ascontiguousarray(node.params["value"].value)
        for buffer, node in step.lowered.constants
    }
    return RepeatedStep(step, layout, size, library, constants, sum(map(work, kernels)), crowd)


def _step_kernels(graph: Graph, carried: int) -> StepKernels:
    lowered = lower(legalise(graph), host())
    lacking = {k.node.op for k in lowered.kernels if isinstance(k, ReferenceStep)}
    if lacking:
        raise CompilationError(f"no machine code for {', '.join(sorted(lacking))}")
    last = lowered.inputs[:carried]
    pairs = dict(zip(lowered.outputs[1:], last, strict=True))
    early, late = split_at_loss(lowered.kernels, lowered.outputs[0])
    late = overwriting(late, pairs)
    used_late = {buffer for kernel in late for buffer in kernel.buffers()}
    return StepKernels(
        lowered,
        last,
        lowered.inputs[carried],
        lowered.inputs[carried + 1 :],
        tuple(grouped(early, used_late)),
        tuple(grouped(late)),
    )


def _offsets(step: StepKernels) -> tuple[dict[Buffer, int], int]:
    """Places in the workspace; the gathered rows and the step's number stand before the kernels' own."""
    offsets, size = plan([*step.early, *step.late])
    for buffer in (*step.rows, step.scalar):
        offsets[buffer] = size
        size += bytes_of(buffer)
    return offsets, size


def _emit(step: StepKernels, layout: Layout, offsets: dict[Buffer, int], target: Target) -> str:
    module = Module(target.triple)
    with function(module, "repeat", [POINTER]) as (builder, (table,)):
        shared = worth_sharing([*step.early, *step.late])
        addresses = Addresses(builder, table, layout.slots, offsets, layout.losses + 2 if shared else None)
        if shared:
            start_clock(builder, addresses.entry(layout.losses + 2))
        restore = flush_subnormals(builder, target)
        count = builder.load(addresses.entry(layout.losses + 1), LONG)
        body, update, end = builder.label("step"), builder.label("update"), builder.label("end")
        before = builder.block
        builder.branch(builder.compare("icmp sgt", count, LONG(0)), body, end)
        builder.start(body)
        k = builder.phi(LONG)
        kind = memory_type(step.scalar.dtype)
        number = builder.load(builder.element(addresses.entry(layout.scalars), k.value, kind), kind)
        builder.store(number, addresses.of(step.scalar))
        sources = [addresses.entry(slot) for slot in layout.data]
        gather_rows(builder, step.rows, addresses.entry(layout.orders), k.value, sources, addresses, target)
        call_kernels(builder, step.early, addresses, target)
        kind = memory_type(step.loss.dtype)
        loss = builder.load(addresses.of(step.loss), kind)
        builder.store(loss, builder.element(addresses.entry(layout.losses), k.value, kind))
        difference = builder.fsub(loss, loss)  # 0 for a finite number, else NaN
        builder.branch(builder.compare("fcmp oeq", difference, kind(0.0)), update, end)
        builder.start(update)
        call_kernels(builder, step.late, addresses, target)
        following = builder.plus(k.value, 1)
        k.join((LONG(0), before), (following, builder.block))
        builder.branch(builder.compare("icmp slt", following, count), body, end)
        builder.start(end)
        restore()
        builder.give()
    if shared:
        define_work(module, target)
    return str(module)
