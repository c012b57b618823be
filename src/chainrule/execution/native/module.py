"""The whole module: one function for each kernel, and one that calls them in order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm

from .assembly import BYTE, LONG, POINTER, VOID, Builder, Module, Value, function
from .expressions import Buffer
from .kernels import FusedKernel, Kernel, LoopKernel, PackKernel, ProductKernel
from .loops import emit_loops
from .panels import emit_pack
from .products import emit_product
from .target import Target, lock


def emit_module(
    segments: Sequence[Sequence[Kernel]],
    slots: Mapping[Buffer, int],
    offsets: Mapping[Buffer, int],
    target: Target,
) -> str:
    """LLVM IR with functions ``run0``, ``run1``, ... for segments of kernels.

    Each takes a table of pointers; ``slots`` says which entry is which buffer, and the entry after them is
    the workspace, in which ``offsets`` says where the others lie.
    """
    module = Module(target.triple)
    for position, kernels in enumerate(segments):
        with function(module, f"run{position}", [POINTER]) as (builder, (table,)):
            call_kernels(builder, kernels, Addresses(builder, table, slots, offsets), target)
            builder.give()
    return str(module)


def describe(kernels: Sequence[Kernel], slots: Mapping[Buffer, int], offsets: Mapping[Buffer, int]) -> str:
    """All that the code of these kernels depends on, beside the processor."""
    places = {**{b: f"slot {n}" for b, n in slots.items()}, **{b: f"offset {n}" for b, n in offsets.items()}}
    buffers = [f"{b.label} {b.dtype} {b.shape} {place}" for b, place in places.items()]
    return "; ".join([*map(str, kernels), *buffers, f"workspace {len(slots)}"])


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where buffers lie: in entries of a table of pointers, or in the workspace, the entry after them."""

    builder: Builder
    table: Value
    slots: Mapping[Buffer, int]
    offsets: Mapping[Buffer, int]

    def entry(self, slot: int) -> Value:
        """The pointer in an entry of the table."""
        return self.builder.load(self.builder.element(self.table, LONG(slot), POINTER), POINTER)

    def of(self, buffer: Buffer) -> Value:
        """The pointer to a buffer."""
        if buffer in self.slots:
            return self.entry(self.slots[buffer])
        workspace = self.entry(len(self.slots))
        return self.builder.element(workspace, LONG(self.offsets[buffer]), BYTE)


def call_kernels(builder: Builder, kernels: Sequence[Kernel], addresses: Addresses, target: Target) -> None:
    """Write a function for each kernel, and its call at the builder's position."""
    for kernel in kernels:
        buffers = list(dict.fromkeys([*kernel.written(), *kernel.buffers()]))
        name = _kernel_function(builder.module, kernel, buffers, target)
        builder.call(name, VOID, *[addresses.of(buffer) for buffer in buffers])


def _kernel_function(module: Module, kernel: Kernel, buffers: Sequence[Buffer], target: Target) -> str:
    """A kernel as a function of pointers that do not overlap; kernels alike but for buffers share one."""
    name = _name(kernel, buffers)
    if name not in module.functions:
        kinds = [POINTER] * len(buffers)
        with function(
            module, name, kinds, attributes="nounwind noinline", linkage="internal", alone=True
        ) as (
            builder,
            arguments,
        ):
            _emit(builder, kernel, dict(zip(buffers, arguments, strict=True)), target)
            builder.give()
    return name


def _emit(builder: Builder, kernel: Kernel, pointers: Mapping[Buffer, Value], target: Target) -> None:
    if isinstance(kernel, ProductKernel):
        emit_product(builder, kernel, pointers, target)
    elif isinstance(kernel, PackKernel):
        emit_pack(builder, kernel, pointers, target)
    elif isinstance(kernel, LoopKernel | FusedKernel):
        emit_loops(builder, kernel, pointers, target)


def _name(kernel: Kernel, buffers: Sequence[Buffer]) -> str:
    """A name that two kernels share if they are the same but for which buffers they work on."""
    numbers = {buffer.label: f"b{number}:{buffer.dtype}" for number, buffer in enumerate(buffers)}
    text = re.sub(r"\b[top]\d+\b", lambda m: numbers.setdefault(m.group(), f"r{len(numbers)}"), str(kernel))
    return f"{_operation(kernel)}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _operation(kernel: Kernel) -> str:
    if isinstance(kernel, PackKernel):
        return "pack"
    node = kernel.parts[-1].node if isinstance(kernel, FusedKernel) else kernel.node
    return node.op if node else "copy"


def parsed(text: str) -> Any:
    """The module as LLVM has it.

    None of LLVM's own passes over the IR run: measured on training steps, they make the code no faster and
    take as long as writing it.
    """
    module = llvm.parse_assembly(text)
    module.verify()
    return module


def assembly(text: str, target: Target) -> str:
    """The module as the processor's instructions, in words."""
    with lock():
        return str(target.machine().emit_assembly(parsed(text)))


def object_code(text: str, target: Target) -> bytes:
    """The module as an object file."""
    with lock():
        return bytes(target.machine().emit_object(parsed(text)))
