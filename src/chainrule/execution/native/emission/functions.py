"""Kernels as functions, which those share that are alike but for their buffers, or written where they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..expressions import Buffer
from ..kernels import FusedKernel, Kernel, LoopKernel, PackKernel, ProductKernel
from ..llvm_ir import LONG, POINTER, VOID, Builder, Module, Value, function
from ..target import Target
from .alike import shared_name
from .dividing import divided, whole_registers
from .loops import emit_loops
from .panels import emit_pack
from .processor import end_streams
from .products import emit_product
from .spans import Division, Span


@dataclass(frozen=True, slots=True)
class Form:
    """How a kernel is written.

    Attributes:
        kernel: what is computed.
        buffers: those that it works on, in the order in which its function takes pointers to them.
        name: of the function.
        division: the pieces that threads share; None where it is not divided.
        registers: the single registers of results that it consists of, so that kernels of other lengths can
            share the function; None where it does not, or is divided.
    """

    kernel: Kernel
    buffers: tuple[Buffer, ...]
    name: str
    division: Division | None
    registers: Division | None


def form_of(kernel: Kernel, target: Target, alone: bool) -> Form:
    """How a kernel is written, of a program that one thread computes alone, or several share."""
    buffers = tuple(dict.fromkeys([*kernel.written(), *kernel.buffers()]))
    division = None if alone else divided(kernel, target)
    registers = whole_registers(kernel, target) if division is None else None  # pieces are of one length only
    name = shared_name(kernel, buffers, bool(registers))
    return Form(kernel, buffers, f"{name}_pieces" if division else name, division, registers)


def call_function(
    builder: Builder, form: Form, pointers: Mapping[Buffer, Value], target: Target, span: Sequence[Value] = ()
) -> None:
    """Write the call of a kernel's function for all of it, or of the pieces from one to below another."""
    name = kernel_function(builder.module, form, target)
    if form.registers:
        span = LONG(0), LONG(form.registers.pieces)
    builder.call(name, VOID, *[pointers[buffer] for buffer in form.buffers], *span)


def kernel_function(module: Module, form: Form, target: Target) -> str:
    """A kernel as a function of pointers that do not overlap, and of pieces if it has some."""
    if form.name not in module.functions:
        division = form.division or form.registers
        kinds = [POINTER] * len(form.buffers) + [LONG, LONG] * (division is not None)
        own = {"attributes": "nounwind noinline", "linkage": "internal", "alone": True}
        with function(module, form.name, kinds, **own) as (builder, arguments):  # type: ignore[arg-type]
            span = Span(division, *arguments[-2:]) if division else None
            emit(builder, form.kernel, dict(zip(form.buffers, arguments, strict=False)), target, span)
            builder.give()
    return form.name


def emit(
    builder: Builder,
    kernel: Kernel,
    pointers: Mapping[Buffer, Value],
    target: Target,
    span: Span | None = None,
) -> None:
    """Write a kernel where it runs, or some pieces of it."""
    if isinstance(kernel, ProductKernel):
        emit_product(builder, kernel, pointers, target, span)
    elif isinstance(kernel, PackKernel):
        emit_pack(builder, kernel, pointers, target, span)
    elif isinstance(kernel, LoopKernel | FusedKernel):
        emit_loops(builder, kernel, pointers, target, span)
    if any(buffer.streamed for buffer in kernel.written()):
        end_streams(builder, target)


def entry_for_threads(module: Module, name: str, count: int) -> str:
    """A function of so many pointers, and of pieces, as one of an array of the pointers."""
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
