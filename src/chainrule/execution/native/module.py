"""The whole module: one function for each kernel, and one that calls them in order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

from .expressions import Buffer
from .kernels import FusedKernel, Kernel, LoopKernel, ProductKernel, TransposeKernel
from .loops import emit_fused, emit_loops
from .products import emit_product
from .scalars import BYTE, LONG
from .target import Target, lock
from .transposing import emit_transpose

POINTER = ir.PointerType()


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
    module = new_module(target)
    for position, kernels in enumerate(segments):
        run = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER]), f"run{position}")
        builder = ir.IRBuilder(run.append_basic_block("entry"))
        call_kernels(builder, kernels, Addresses(builder, run.args[0], slots, offsets), target)
        builder.ret_void()
    return str(module)


def describe(kernels: Sequence[Kernel], slots: Mapping[Buffer, int], offsets: Mapping[Buffer, int]) -> str:
    """All that the code of these kernels depends on, beside the processor."""
    places = {**{b: f"slot {n}" for b, n in slots.items()}, **{b: f"offset {n}" for b, n in offsets.items()}}
    buffers = [f"{b.label} {b.dtype} {b.shape} {place}" for b, place in places.items()]
    return "; ".join([*map(str, kernels), *buffers, f"workspace {len(slots)}"])


def new_module(target: Target) -> ir.Module:
    """An empty module for a processor."""
    module = ir.Module(name="chainrule")
    module.triple = target.triple
    return module


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where buffers lie: in entries of a table of pointers, or in the workspace, the entry after them."""

    builder: ir.IRBuilder
    table: Any
    slots: Mapping[Buffer, int]
    offsets: Mapping[Buffer, int]

    def entry(self, slot: int) -> Any:
        """The pointer in an entry of the table."""
        where = self.builder.gep(self.table, [LONG(slot)], source_etype=POINTER)
        return self.builder.load(where, typ=POINTER)

    def of(self, buffer: Buffer) -> Any:
        """The pointer to a buffer."""
        if buffer in self.slots:
            return self.entry(self.slots[buffer])
        workspace = self.entry(len(self.slots))
        return self.builder.gep(workspace, [LONG(self.offsets[buffer])], source_etype=BYTE)


def call_kernels(
    builder: ir.IRBuilder, kernels: Sequence[Kernel], addresses: Addresses, target: Target
) -> None:
    """Write a function for each kernel, and its call at the builder's position."""
    for kernel in kernels:
        buffers = list(dict.fromkeys([*kernel.written(), *kernel.buffers()]))
        function = _kernel_function(builder.module, kernel, buffers, target)
        builder.call(function, [addresses.of(buffer) for buffer in buffers])


def _kernel_function(module: ir.Module, kernel: Kernel, buffers: Sequence[Buffer], target: Target) -> Any:
    """A kernel as a function of pointers that do not overlap; kernels alike but for buffers share one."""
    name = _name(kernel, buffers)
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER] * len(buffers)), name)
    function.linkage = "internal"
    function.attributes.add("nounwind")
    function.attributes.add("noinline")
    for argument in function.args:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    pointers = dict(zip(buffers, function.args, strict=True))
    if isinstance(kernel, ProductKernel):
        emit_product(builder, kernel, pointers, target)
    elif isinstance(kernel, TransposeKernel):
        emit_transpose(builder, kernel, pointers, target)
    elif isinstance(kernel, FusedKernel):
        emit_fused(builder, kernel, pointers)
    elif isinstance(kernel, LoopKernel):
        emit_loops(builder, kernel, pointers)
    builder.ret_void()
    return function


def _name(kernel: Kernel, buffers: Sequence[Buffer]) -> str:
    """A name that two kernels share if they are the same but for which buffers they work on."""
    numbers = {buffer.label: f"b{number}:{buffer.dtype}" for number, buffer in enumerate(buffers)}
    text = re.sub(r"\b[top]\d+\b", lambda label: numbers[label.group()], str(kernel))
    return f"{_operation(kernel)}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _operation(kernel: Kernel) -> str:
    if isinstance(kernel, TransposeKernel):
        return "transpose"
    node = kernel.parts[-1].node if isinstance(kernel, FusedKernel) else kernel.node
    return node.op if node else "copy"


def optimised(text: str, target: Target) -> Any:
    """The module after LLVM's passes for speed."""
    module = llvm.parse_assembly(text)
    module.verify()
    # Measured: unrolling and packing scalars double the time to compile, and the loops run no faster for it.
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = True
    options.loop_interleaving = True
    options.loop_unrolling = False
    options.slp_vectorization = False
    passes = llvm.create_pass_builder(target.machine(), options)
    passes.getModulePassManager().run(module, passes)
    return module


def object_code(text: str, target: Target) -> bytes:
    """The module as an object file."""
    with lock():
        return bytes(target.machine().emit_object(optimised(text, target)))
