"""The whole module: one function for each kernel, and one that calls them in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

from .kernels import Buffer, Kernel, LoopKernel, ProductKernel
from .loops import emit_loops
from .products import emit_product
from .scalars import BYTE, LONG
from .target import Target, lock

POINTER = ir.PointerType()


def emit_module(
    segments: Sequence[Sequence[Kernel]],
    slots: Mapping[Buffer, int],
    offsets: Mapping[Buffer, int],
    target: Target,
) -> str:
    """LLVM IR with functions ``run0``, ``run1``, ... for segments of kernels.

    Each takes a table of pointers; ``slots`` says which entry is which buffer, and the last entry is the
    workspace, in which ``offsets`` says where the others lie.
    """
    module = ir.Module(name="chainrule")
    module.triple = target.triple
    count = 0
    for position, kernels in enumerate(segments):
        run = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER]), f"run{position}")
        builder = ir.IRBuilder(run.append_basic_block("entry"))
        for kernel in kernels:
            function, buffers = _kernel_function(module, kernel, count, target)
            builder.call(
                function, [_address(builder, run.args[0], buffer, slots, offsets) for buffer in buffers]
            )
            count += 1
        builder.ret_void()
    return str(module)


def _kernel_function(
    module: ir.Module, kernel: Kernel, position: int, target: Target
) -> tuple[Any, list[Buffer]]:
    """A kernel as a function of pointers that do not overlap: its target, then what it reads."""
    assert isinstance(kernel, (LoopKernel, ProductKernel))
    buffers = [kernel.target, *[buffer for buffer in kernel.buffers() if buffer is not kernel.target]]
    kind = ir.FunctionType(ir.VoidType(), [POINTER] * len(buffers))
    function = ir.Function(module, kind, f"k{position}_{kernel.node.op}")
    function.linkage = "internal"
    function.attributes.add("nounwind")
    function.attributes.add("noinline")
    for argument in function.args:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    pointers = dict(zip(buffers, function.args, strict=True))
    if isinstance(kernel, ProductKernel):
        emit_product(builder, kernel, pointers, target)
    else:
        emit_loops(builder, kernel, pointers)
    builder.ret_void()
    return function, buffers


def _address(
    builder: ir.IRBuilder,
    table: Any,
    buffer: Buffer,
    slots: Mapping[Buffer, int],
    offsets: Mapping[Buffer, int],
) -> Any:
    if buffer in slots:
        entry = builder.gep(table, [LONG(slots[buffer])], source_etype=POINTER)
        return builder.load(entry, typ=POINTER)
    entry = builder.gep(table, [LONG(len(slots))], source_etype=POINTER)
    workspace = builder.load(entry, typ=POINTER)
    return builder.gep(workspace, [LONG(offsets[buffer])], source_etype=BYTE)


def optimised(text: str, target: Target) -> Any:
    """The module after LLVM's passes for speed."""
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    options.loop_interleaving = True
    options.slp_vectorization = True
    passes = llvm.create_pass_builder(target.machine(), options)
    passes.getModulePassManager().run(module, passes)
    return module


def object_code(text: str, target: Target) -> bytes:
    """The module as an object file."""
    with lock():
        return bytes(target.machine().emit_object(optimised(text, target)))
