"""LLVM makes object code of the module, in parts side by side.

Of LLVM's own passes over the IR none run but three, for small programs (stack): measured on training steps,
the others make the code no faster and take as long as writing it.
"""

from __future__ import annotations

import ctypes
from functools import cache, partial
from typing import Any

import llvmlite.binding as llvm

from ....errors import CompilationError
from ..llvm_ir import Module
from ..pool import begun, helpers, threads
from ..target import Target
from .residence import leave_to_system

MOST_PARTS = 2
LEAST_PART = 1500  # instructions, which take LLVM some tens of milliseconds; a part more costs it four


def object_codes(module: Module, target: Target) -> tuple[bytes, ...]:
    """The module as object files, which belong together."""
    texts = [str(part) for part in module.parts(MOST_PARTS, LEAST_PART)]
    pool = helpers() if len(texts) > 1 and threads() > 1 else None
    make = partial(object_code, target=target, in_registers=module.in_registers)
    try:
        if pool is None:
            return tuple(map(make, texts))
        first, *others = texts
        making = [begun(pool, make, text) for text in others]
        made = make(first)
        return (
            made,
            *[one.result() if one else make(text) for one, text in zip(making, others, strict=True)],
        )
    finally:
        leave_to_system()


def object_code(text: str, target: Target, in_registers: bool = False) -> bytes:
    """LLVM IR as an object file; several threads can make one at once.

    ``in_registers``: whether what lies on the stack is to become registers.
    """
    machine, message = target.machine(), ctypes.c_char_p()
    module = _parsed(text, machine, in_registers)  # outlives the call: its end there would swallow Ctrl-C
    leave_to_system()
    buffer = _unlocked("LLVMPY_TargetMachineEmitToMemory")(machine, module, 1, ctypes.byref(message))
    if not buffer:
        raise CompilationError(f"LLVM made no code: {(message.value or b'').decode()}")
    library = llvm.ffi.lib
    try:
        return ctypes.string_at(library.LLVMPY_GetBufferStart(buffer), library.LLVMPY_GetBufferSize(buffer))
    finally:
        library.LLVMPY_DisposeMemoryBuffer(buffer)


def assembly(module: Module, target: Target) -> str:
    """A module as the processor's instructions, in words."""
    machine = target.machine()
    return str(machine.emit_assembly(_parsed(str(module), machine, module.in_registers)))


def _parsed(text: str, machine: Any, in_registers: bool) -> Any:
    """LLVM IR as LLVM has it, apart from all else that it has."""
    context = llvm.create_context()
    with llvm.ffi.OutputString() as message:
        module = llvm.ModuleRef(_unlocked("LLVMPY_ParseAssembly")(context, text.encode(), message), context)
        if message or _unlocked("LLVMPY_VerifyModule")(module, message):
            module.close()  # the error holds it and its context, which may go first
            raise CompilationError(f"LLVM refused the code: {' '.join(str(message).split())}")
    if in_registers and not _put_in_registers(module, machine):
        return _parsed(text, machine, in_registers=False)
    return module


def _put_in_registers(module: Any, machine: Any) -> bool:
    """Let LLVM make registers of what lies on the stack; whether the module is still well formed.

    LLVM 22 joins vectors that are stored one after the other and loaded as one before they are computed.
    """
    passes = llvm.create_new_module_pass_manager()
    passes.add_loop_unroll_pass()
    passes.add_sroa_pass()  # "scalar replacement of aggregates": registers instead of the stack
    passes.add_instruction_combine_pass()  # a number put into a vector and taken out again in another block
    passes.run(module, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options()))
    with llvm.ffi.OutputString() as message:
        return not _unlocked("LLVMPY_VerifyModule")(module, message)


@cache
def _unlocked(name: str) -> Any:
    """A function of LLVM that several threads can call at once: llvmlite lets one thread call LLVM at a
    time, which needs no more than that they work on modules of different contexts."""
    locked, function = getattr(llvm.ffi.lib, name), getattr(ctypes.CDLL(llvm.ffi.lib._name), name)
    function.restype, function.argtypes = locked.restype, locked.argtypes
    return function
