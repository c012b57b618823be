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
from llvmlite import ir

from ...errors import GraphError
from ...graph import Graph
from .cache import cached
from .expressions import Buffer
from .grouping import grouped
from .inplace import overwriting, split_at_updates
from .kernels import Kernel, ReferenceStep
from .legalise import legalise
from .linking import Library, link
from .lower import Lowered, lower
from .memory import ALIGNMENT, aligned, bytes_of, plan
from .module import POINTER, Addresses, call_kernels, describe, new_module, object_code
from .program import address
from .scalars import BYTE, LONG, memory_type
from .target import Target, host

FLUSH_SUBNORMALS = 0x8040  # bits of the x86 control register: subnormal results and operands count as 0


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
        table = (ctypes.c_void_p * (layout.losses + 2))()
        for slot, array in arrays.items():
            table[slot] = address(array)
        table[len(layout.slots)] = aligned(address(workspace))
        count = ctypes.c_int64(len(places))
        table[layout.losses + 1] = ctypes.addressof(count)
        self.library.functions[0](table)
        return losses.astype(np.float64), current


def compile_repeated(graph: Graph, carried: int) -> RepeatedStep:
    """Compile a step's graph as a loop; its first ``carried`` inputs are carried from step to step.

    Raises:
        GraphError: a part of the step has no machine code.
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
    description = f"repeat {own} {describe([*step.early, *step.late], slots, offsets)}"
    code = cached(description, host(), lambda: object_code(_emit(step, layout, offsets, host()), host()))
    constants = {
        slots[buffer]: np.ascontiguousarray(node.params["value"].value)
        for buffer, node in step.lowered.constants
    }
    return RepeatedStep(step, layout, size, link(code, ["repeat"]), constants)


def _step_kernels(graph: Graph, carried: int) -> StepKernels:
    lowered = lower(legalise(graph))
    lacking = {k.node.op for k in lowered.kernels if isinstance(k, ReferenceStep)}
    if lacking:
        raise GraphError(f"no machine code for {', '.join(sorted(lacking))}")
    last = lowered.inputs[:carried]
    pairs = dict(zip(lowered.outputs[1:], last, strict=True))
    early, late = split_at_updates(lowered.kernels, set(pairs))
    return StepKernels(
        lowered,
        last,
        lowered.inputs[carried],
        lowered.inputs[carried + 1 :],
        tuple(grouped(early)),
        tuple(grouped(overwriting(late, pairs))),
    )


def _offsets(step: StepKernels) -> tuple[dict[Buffer, int], int]:
    """Places in the workspace; the gathered rows and the step's number stand before the kernels' own."""
    offsets, size = plan([*step.early, *step.late])
    for buffer in (*step.rows, step.scalar):
        offsets[buffer] = size
        size += bytes_of(buffer)
    return offsets, size


def _emit(step: StepKernels, layout: Layout, offsets: dict[Buffer, int], target: Target) -> str:
    module = new_module(target)
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER]), "repeat")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    addresses = Addresses(builder, function.args[0], layout.slots, offsets)
    restore = _flush_subnormals(builder, target)
    count = builder.load(addresses.entry(layout.losses + 1), typ=LONG)
    body, end = builder.append_basic_block("step"), builder.append_basic_block("end")
    head = builder.block
    builder.cbranch(builder.icmp_signed(">", count, LONG(0)), body, end)
    builder.position_at_end(body)
    k = builder.phi(LONG, "k")
    k.add_incoming(LONG(0), head)
    _gather(builder, step, layout, addresses, k)
    call_kernels(builder, step.early, addresses, target)
    kind = memory_type(step.loss.dtype)
    loss = builder.load(addresses.of(step.loss), typ=kind)
    builder.store(loss, builder.gep(addresses.entry(layout.losses), [k], source_etype=kind))
    update = builder.append_basic_block("update")
    difference = builder.fsub(loss, loss)  # 0 for a finite number, else NaN
    builder.cbranch(builder.fcmp_ordered("==", difference, ir.Constant(kind, 0.0)), update, end)
    builder.position_at_end(update)
    call_kernels(builder, step.late, addresses, target)
    following = builder.add(k, LONG(1))
    k.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, count), body, end)
    builder.position_at_end(end)
    restore()
    builder.ret_void()
    return str(module)


def _gather(builder: ir.IRBuilder, step: StepKernels, layout: Layout, addresses: Addresses, k: Any) -> None:
    """Copy the step's number and the minibatch's rows to where the kernels expect them."""
    kind = memory_type(step.scalar.dtype)
    number = builder.load(builder.gep(addresses.entry(layout.scalars), [k], source_etype=kind), typ=kind)
    builder.store(number, addresses.of(step.scalar))
    if not step.rows:
        return
    batch = step.rows[0].shape[0]
    orders = builder.gep(addresses.entry(layout.orders), [builder.mul(k, LONG(batch))], source_etype=LONG)
    sources = [addresses.entry(slot) for slot in layout.data]
    targets = [addresses.of(buffer) for buffer in step.rows]
    head, body, end = builder.block, builder.append_basic_block("row"), builder.append_basic_block("row.end")
    builder.branch(body)
    builder.position_at_end(body)
    row = builder.phi(LONG, "row")
    row.add_incoming(LONG(0), head)
    place = builder.load(builder.gep(orders, [row], source_etype=LONG), typ=LONG)
    for buffer, source, target in zip(step.rows, sources, targets, strict=True):
        size = LONG(buffer.size // batch * buffer.dtype.itemsize)
        _copy_bytes(
            builder,
            builder.gep(target, [builder.mul(row, size)], source_etype=BYTE),
            builder.gep(source, [builder.mul(place, size)], source_etype=BYTE),
            size,
        )
    following = builder.add(row, LONG(1))
    row.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, LONG(batch)), body, end)
    builder.position_at_end(end)


def _copy_bytes(builder: ir.IRBuilder, target: Any, source: Any, size: Any) -> None:
    flag = ir.IntType(1)
    signature = ir.FunctionType(ir.VoidType(), [POINTER, POINTER, LONG, flag])
    function = builder.module.declare_intrinsic("llvm.memcpy", [POINTER, POINTER, LONG], signature)
    builder.call(function, [target, source, size, flag(0)])


def _flush_subnormals(builder: ir.IRBuilder, target: Target) -> Any:
    """Let subnormal numbers count as zero from here on; the function returned ends that.

    They slow some processors tenfold, and Adam's averages decay through them.
    """
    if not target.triple.startswith("x86_64"):
        return lambda: None
    kind = ir.IntType(32)
    signature = ir.FunctionType(ir.VoidType(), [POINTER])
    store = ir.Function(builder.module, signature, "llvm.x86.sse.stmxcsr")
    load = ir.Function(builder.module, signature, "llvm.x86.sse.ldmxcsr")
    before, inside = builder.alloca(kind), builder.alloca(kind)
    builder.call(store, [before])
    builder.store(builder.or_(builder.load(before, typ=kind), kind(FLUSH_SUBNORMALS)), inside)
    builder.call(load, [inside])
    return lambda: builder.call(load, [before])
