"""The whole module: one function for each kernel, and one that calls them in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from ..costs import work
from ..expressions import Buffer
from ..kernels import FusedKernel, Kernel, LoopKernel, PackKernel, ProductKernel, ReferenceStep, RoutineKernel
from ..llvm_ir import BYTE, LONG, POINTER, VOID, Builder, Module, Value, function, named
from ..target import Target
from .alike import shared_name
from .calls import emit_routine
from .dividing import divided, whole_registers
from .loops import emit_loops
from .panels import emit_pack
from .processor import end_streams, flush_subnormals
from .products import emit_product
from .scalars import memory_type
from .sharing import define_fork, define_work, stop_if_abandoned
from .spans import Division, Span
from .stack import stack_of
from .tiles import LINE_BYTES

# What the pointer table's entries after those of buffers are: the workspace, the threads' control block, the
# function that computes NumPy's steps, and from there on whatever a caller adds.
WORKSPACE, CONTROL, NUMPY, FURTHER = range(4)

# Up to so many operations a kernel is written where it runs, for a function costs LLVM over a millisecond;
# unless the program has so many lines already, since LLVM makes functions side by side.
IN_PLACE, MOST_LINES = 4e3, 1200

# Operations of a divided kernel from which on a thread that computes all of it by itself looks after each
# piece whether anyone still wants the result: some milliseconds.
AT_ONCE = 1e8


def made_module(
    kernels: Sequence[Kernel],
    slots: Mapping[Buffer, int],
    offsets: Mapping[Buffer, int],
    target: Target,
    shared: bool = False,
) -> Module:
    """A module with the function ``run``, which gives whether it has stopped on the way.

    It takes a table of pointers; ``slots`` says which entry is which buffer. The entry after them is the
    workspace, in which ``offsets`` says where the others lie, then come the threads' control block and the
    function that computes NumPy's steps. If it is shared among threads, there is a function ``work`` for the
    other ones.
    """
    module = Module(target.triple, has_powers=target.has_powers)
    with function(module, "run", [POINTER], LONG) as (builder, (table,)):
        control = len(slots) + CONTROL if shared else None
        stack = stack_of(module, kernels, offsets)
        addresses = Addresses(builder, table, slots, offsets, control, stack)
        call_kernels(builder, kernels, addresses, target)
        builder.give(LONG(0))
        builder.start(addresses.stop)
        builder.give(LONG(1))
    if shared:
        define_work(module, target, flush=False)
    return module


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where buffers lie: in entries of a table of pointers, or in the workspace, the entry after them.

    Attributes:
        control: the entry of the threads' control block; None where one thread does all.
        stack: of a small program, the buffers that stand there so far instead of in the workspace.
        restore: lets subnormal numbers be themselves again, for NumPy's steps; None where they are.
        stop: the block to go to where such a step has failed, or the program is abandoned.
        steps: their numbers.
    """

    builder: Builder
    table: Value
    slots: Mapping[Buffer, int]
    offsets: Mapping[Buffer, int]
    control: int | None
    stack: dict[Buffer, Value] | None
    restore: Callable[[], None] | None = None
    stop: str = "stop"
    steps: Iterator[int] = field(default_factory=count)

    def entry(self, slot: int) -> Value:
        """The pointer in an entry of the table."""
        return self.builder.load_unchanging(self.builder.element(self.table, LONG(slot), POINTER), POINTER)

    def of(self, buffer: Buffer) -> Value:
        """The pointer to a buffer."""
        if self.stack is not None and buffer in self.stack:
            return self.stack[buffer]
        if buffer in self.slots:
            return self.entry(self.slots[buffer])
        if self.stack is not None:
            return self.on_stack(buffer)
        workspace = self.entry(len(self.slots) + WORKSPACE)
        return self.builder.element(workspace, LONG(self.offsets[buffer]), BYTE)

    def on_stack(self, buffer: Buffer) -> Value:
        """A place on a small program's stack, where the buffer stands from now on."""
        assert self.stack is not None
        kind = f"[{max(buffer.size, 1)} x {memory_type(buffer.dtype)}], align {LINE_BYTES}"
        return self.stack.setdefault(buffer, self.builder.reserve(kind))


def call_kernels(builder: Builder, kernels: Sequence[Kernel], addresses: Addresses, target: Target) -> None:
    """Write the kernels at the builder's position: short ones in place, calls of functions for the others."""
    buffers = [list(dict.fromkeys([*kernel.written(), *kernel.buffers()])) for kernel in kernels]
    alone = addresses.control is None
    divisions = [None if alone else divided(kernel, target) for kernel in kernels]
    registers = [
        whole_registers(kernel, target) if division is None else None  # whose pieces are of one length only
        for kernel, division in zip(kernels, divisions, strict=True)
    ]
    names = list(map(shared_name, kernels, buffers, map(bool, registers)))

    def in_place(kernel: Kernel, name: str) -> bool:
        if addresses.stack is not None:
            return True
        return names.count(name) == 1 and work(kernel) <= IN_PLACE and len(builder.lines) < MOST_LINES

    for kernel, own, name, division, whole in zip(kernels, buffers, names, divisions, registers, strict=True):
        builder.comment(str(kernel))
        if isinstance(kernel, ReferenceStep):
            _call_numpy(builder, kernel, addresses, target)
            continue
        if isinstance(kernel, RoutineKernel):
            with _as_others_compute(builder, addresses, target):
                emit_routine(builder, kernel, {buffer: addresses.of(buffer) for buffer in own})
            continue
        pointers = {buffer: addresses.of(buffer) for buffer in own}
        if division is not None:
            name = _kernel_function(builder.module, f"{name}_pieces", kernel, own, target, division)
            at_once = division.pieces if work(kernel) < AT_ONCE else division.together
            call_divided(builder, name, list(pointers.values()), division, addresses, target, at_once)
            stop_if_abandoned(builder, addresses.entry(addresses.control or 0), addresses.stop)
        elif in_place(kernel, name):
            _emit(builder, kernel, pointers, target, None)
        else:
            _kernel_function(builder.module, name, kernel, own, target, whole)
            builder.call(name, VOID, *pointers.values(), *([LONG(0), LONG(whole.pieces)] if whole else []))


def _call_numpy(builder: Builder, step: ReferenceStep, addresses: Addresses, target: Target) -> None:
    """Let NumPy compute the next of its steps; where it fails, stop."""
    number = LONG(next(addresses.steps))
    needed, going_on = builder.label("needed"), builder.label("on")
    if step.only_if:
        condition = builder.load(addresses.of(step.only_if), BYTE)
        builder.branch(builder.compare("icmp ne", condition, BYTE(0)), needed, going_on)
        builder.start(needed)
    with _as_others_compute(builder, addresses, target):
        computed = builder.label("computed")
        status = builder.call_pointer(addresses.entry(len(addresses.slots) + NUMPY), number, result=LONG)
        builder.branch(builder.compare("icmp eq", status, LONG(0)), computed, addresses.stop)
        builder.start(computed)
    builder.go(going_on)
    builder.start(going_on)


@contextmanager
def _as_others_compute(builder: Builder, addresses: Addresses, target: Target) -> Iterator[None]:
    """What is written inside runs with subnormal numbers as they are."""
    if addresses.restore:
        addresses.restore()
    yield
    if addresses.restore:
        flush_subnormals(builder, target)


def call_divided(
    builder: Builder,
    name: str,
    pointers: Sequence[Value],
    division: Division,
    addresses: Addresses,
    target: Target,
    at_once: int,
) -> None:
    """Call a divided kernel, its pieces shared among threads, or so many at once computed by one alone."""
    arguments = builder.reserve(f"[{len(pointers)} x ptr]")
    for position, pointer in enumerate(pointers):
        builder.store(pointer, builder.element(arguments, LONG(position), POINTER))
    entry = _entry_for_threads(builder.module, name, len(pointers))
    fork = define_fork(builder.module, target)
    control = addresses.entry(addresses.control or 0)
    numbers = [LONG(n) for n in (division.pieces, division.together, at_once)]
    builder.call(fork, VOID, control, named(entry), arguments, *numbers)


def _entry_for_threads(module: Module, name: str, count: int) -> str:
    """A divided kernel as a function of an array of its pointers, and the pieces."""
    entry = f"shared_{name}"
    if entry not in module.functions:
        with function(module, entry, [POINTER, LONG, LONG], linkage="internal") as (build, (array, *span)):
            pointers = [
                build.load(build.element(array, LONG(position), POINTER), POINTER)
                for position in range(count)
            ]
            build.call(name, VOID, *pointers, *span)
            build.give()
    return entry


def _kernel_function(
    module: Module,
    name: str,
    kernel: Kernel,
    buffers: Sequence[Buffer],
    target: Target,
    division: Division | None,
) -> str:
    """A kernel as a function of pointers that do not overlap, and of pieces if it is divided; kernels alike
    but for buffers share one."""
    if name not in module.functions:
        kinds = [POINTER] * len(buffers) + [LONG, LONG] * (division is not None)
        own = {"attributes": "nounwind noinline", "linkage": "internal", "alone": True}
        with function(module, name, kinds, **own) as (builder, arguments):  # type: ignore[arg-type]
            span = Span(division, *arguments[-2:]) if division else None
            pointers = dict(zip(buffers, arguments, strict=False))
            _emit(builder, kernel, pointers, target, span)
            builder.give()
    return name


def _emit(
    builder: Builder,
    kernel: Kernel,
    pointers: Mapping[Buffer, Value],
    target: Target,
    span: Span | None,
) -> None:
    if isinstance(kernel, ProductKernel):
        emit_product(builder, kernel, pointers, target, span)
    elif isinstance(kernel, PackKernel):
        emit_pack(builder, kernel, pointers, target, span)
    elif isinstance(kernel, LoopKernel | FusedKernel):
        emit_loops(builder, kernel, pointers, target, span)
    if any(buffer.streamed for buffer in kernel.written()):
        end_streams(builder, target)
