"""The whole module: a function in which the kernels run in order, short ones written in place, and one for
each of the others, which those that are alike share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from ..costs import work
from ..expressions import Buffer
from ..kernels import Concurrent, Kernel, ReferenceStep, RoutineKernel
from ..llvm_ir import BYTE, LONG, POINTER, VOID, Builder, Module, Value, function, named, require, when
from ..target import Target
from .alike import shared_name
from .calls import emit_routine
from .concurrent import define_pieces, in_all, in_stretches
from .functions import Form, call_function, emit, entry_for_threads, form_of, kernel_function
from .processor import flush_subnormals
from .scalars import memory_type
from .sharing import define_fork, define_work, stop_if_abandoned
from .spans import Division
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


def empty_module(target: Target) -> Module:
    """A module for a processor, still empty."""
    return Module(target.triple, has_powers=target.has_powers, settles_counts=target.settles_counts)


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
    module = empty_module(target)
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

    def control_block(self) -> Value:
        """The pointer to the threads' control block."""
        assert self.control is not None
        return self.entry(self.control)

    def of(self, buffer: Buffer) -> Value:
        """The pointer to a buffer."""
        if self.stack is not None and buffer in self.stack:
            return self.stack[buffer]
        if buffer in self.slots:
            return self.entry(self.slots[buffer])
        if self.stack is not None:
            return self.on_stack(buffer)
        workspace = self.entry(len(self.slots) + WORKSPACE)
        return self.builder.at(workspace, self.offsets[buffer])

    def on_stack(self, buffer: Buffer) -> Value:
        """A place on a small program's stack, where the buffer stands from now on."""
        assert self.stack is not None
        kind = f"[{max(buffer.size, 1)} x {memory_type(buffer.dtype)}], align {LINE_BYTES}"
        return self.stack.setdefault(buffer, self.builder.reserve(kind))


def call_kernels(
    builder: Builder,
    kernels: Sequence[Kernel],
    addresses: Addresses,
    target: Target,
    before: Callable[[Builder, Kernel], None] | None = None,
) -> None:
    """Write the kernels at the builder's position: short ones in place, calls of functions for the others;
    and what is to run ``before`` each."""
    alone = addresses.control is None
    forms = {one: form_of(one, target, alone) for kernel in kernels for one in _single(kernel)}
    uses = Counter(form.name for form in forms.values())

    def in_place(build: Builder, form: Form) -> bool:
        short = work(form.kernel) <= IN_PLACE and not form.division
        once = uses[form.name] == 1 and len(build.lines) < MOST_LINES
        return addresses.stack is not None or (short and once)

    for kernel in kernels:
        if before:
            before(builder, kernel)
        builder.comment(str(kernel))
        if isinstance(kernel, ReferenceStep):
            _call_numpy(builder, kernel, addresses, target)
        else:
            _call_kernel(builder, kernel, forms, addresses, target, in_place)


def _call_kernel(
    builder: Builder,
    kernel: Kernel,
    forms: Mapping[Kernel, Form],
    addresses: Addresses,
    target: Target,
    in_place: Callable[[Builder, Form], bool],
) -> None:
    """Write a kernel of machine code, or its call, by its kind and its form."""
    pointers = {buffer: addresses.of(buffer) for buffer in (*kernel.written(), *kernel.buffers())}
    if isinstance(kernel, RoutineKernel):
        with _as_others_compute(builder, addresses, target):
            emit_routine(builder, kernel, pointers)
    elif isinstance(kernel, Concurrent):
        chains = [tuple(forms[one] for one in chain) for chain in kernel.chains]
        stretches = in_stretches(chains)
        entry, module = shared_name(kernel, list(pointers)), builder.module
        define_pieces(module, entry, chains, stretches, list(pointers), target, in_place)
        call_divided(builder, entry, pointers, in_all(stretches), addresses, target, work(kernel))
    elif division := forms[kernel].division:
        name = kernel_function(builder.module, forms[kernel], target)
        entry = entry_for_threads(builder.module, name, len(pointers))
        call_divided(builder, entry, pointers, division, addresses, target, work(kernel))
    elif in_place(builder, forms[kernel]):
        emit(builder, kernel, pointers, target)
    else:
        call_function(builder, forms[kernel], pointers, target)


def _single(kernel: Kernel) -> tuple[Kernel, ...]:
    """The kernel, or those of which it consists."""
    return kernel.kernels if isinstance(kernel, Concurrent) else (kernel,)


def _call_numpy(builder: Builder, step: ReferenceStep, addresses: Addresses, target: Target) -> None:
    """Let NumPy compute the next of its steps; where it fails, stop."""
    number = LONG(next(addresses.steps))

    def compute() -> None:
        with _as_others_compute(builder, addresses, target):
            answer = builder.call_pointer(addresses.entry(len(addresses.slots) + NUMPY), number, result=LONG)
            require(builder, builder.compare("icmp ne", answer, LONG(0)), addresses.stop)

    if step.only_if:
        flag = builder.load(addresses.of(step.only_if), BYTE)
        when(builder, builder.compare("icmp ne", flag, BYTE(0)), compute)
    else:
        compute()


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
    entry: str,
    pointers: Mapping[Buffer, Value],
    division: Division,
    addresses: Addresses,
    target: Target,
    operations: float,
) -> None:
    """Share the pieces of a kernel among threads, and stop if nobody wants the result any more."""
    call_pieces(builder, entry, [*pointers.values()], division, addresses, target, operations)
    stop_if_abandoned(builder, addresses.control_block(), addresses.stop)


def call_pieces(
    builder: Builder,
    entry: str,
    pointers: Sequence[Value],
    division: Division,
    addresses: Addresses,
    target: Target,
    operations: float,
) -> None:
    """Call a function of an array of pointers and of pieces, which threads share. Short kernels' pieces are
    computed several at a time, by a thread that works alone all at once; of others a thread looks after each
    whether anyone still wants the result."""
    arguments = builder.reserve(f"[{len(pointers)} x ptr]")
    for position, pointer in enumerate(pointers):
        builder.store(pointer, builder.element(arguments, LONG(position), POINTER))
    fork = define_fork(builder.module, target)
    control = addresses.control_block()
    short = operations < AT_ONCE
    together = 0 if short and division.together == 1 else division.together
    at_once = division.pieces if short else division.together
    numbers = [LONG(n) for n in (division.pieces, together, at_once)]
    builder.call(fork, VOID, control, named(entry), arguments, *numbers)
