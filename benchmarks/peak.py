"""The processor's peak: fused multiply-adds in registers by a small compiled kernel, on one core or all."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from timeit import repeat
from typing import Any

import numpy as np
from llvmlite import ir

from chainrule.execution.native.machine_code.linking import Library, link
from chainrule.execution.native.machine_code.objects import object_code
from chainrule.execution.native.target import Target, host

CHAINS = 10  # independent sums: two units of latency 4 or 5 stay busy, and all fit into 16 registers
TURNS = 2_000_000  # some milliseconds
CALLS = 10  # of which the quickest counts: what disturbs one of them does not lower the peak
POINTER, LONG = ir.PointerType(), ir.IntType(64)
ELEMENTS = {"float32": ir.FloatType(), "float64": ir.DoubleType()}


@dataclass(frozen=True, slots=True)
class Peak:
    """A call that multiplies and adds as fast as the processor can.

    Attributes:
        library: the kernel.
        buffers: for each core the vector a and the sum.
        pool: a thread for each core.
        flops: additions and multiplications of a call.
    """

    library: Library
    buffers: tuple[np.ndarray[Any, Any], ...]
    pool: ThreadPoolExecutor
    flops: int

    def __call__(self) -> None:
        """Run the kernel once on each core."""
        list(
            self.pool.map(
                self.library.functions["multiply_add"], [buffer.ctypes.data for buffer in self.buffers]
            )
        )

    def quickest(self) -> float:
        """Seconds of the quickest of some calls, which take some ten milliseconds together."""
        return min(repeat(self, number=1, repeat=CALLS))


def available_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak(dtype: str, cores: int) -> Peak:
    """The kernel for a dtype on that many cores at once."""
    target, kind = host(), np.dtype(dtype)
    library = link([object_code(emit(kind, target), target)], ["multiply_add"])
    buffers = tuple(np.full((2, target.lanes(kind)), 0.5, kind) for _ in range(cores))
    flops = 2 * CHAINS * TURNS * target.lanes(kind) * cores
    return Peak(library, buffers, _pool(cores), flops)


@lru_cache
def fastest(dtype: str) -> float:
    """Additions and multiplications of a core in a second, in the best of some calls."""
    kernel = peak(dtype, 1)
    return kernel.flops / kernel.quickest()


def _pool(cores: int) -> ThreadPoolExecutor:
    """A thread for each core, which stays there if the system allows it."""
    if not hasattr(os, "sched_setaffinity"):
        return ThreadPoolExecutor(cores)
    free = sorted(os.sched_getaffinity(0))
    return ThreadPoolExecutor(cores, initializer=lambda: os.sched_setaffinity(0, {free.pop()}))


def emit(dtype: np.dtype[Any], target: Target) -> str:
    """LLVM IR of a loop over s ← s·a + a for ``CHAINS`` vectors s; a lies in memory, and the sum after it."""
    module = ir.Module("peak")
    module.triple = target.triple
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER]), "multiply_add")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    vector = ir.VectorType(ELEMENTS[dtype.name], target.lanes(dtype))
    name = f"llvm.fma.v{vector.count}f{8 * dtype.itemsize}"
    multiply_add = ir.Function(module, ir.FunctionType(vector, [vector] * 3), name)
    a = builder.load(function.args[0], typ=vector, align=dtype.itemsize)
    head, body, end = builder.block, builder.append_basic_block("turn"), builder.append_basic_block("end")
    builder.branch(body)
    builder.position_at_end(body)
    turn = builder.phi(LONG)
    sums = [builder.phi(vector) for _ in range(CHAINS)]
    after = [builder.call(multiply_add, [s, a, a]) for s in sums]
    following = builder.add(turn, LONG(1))
    for position, s in enumerate(sums):
        s.add_incoming(ir.Constant(vector, [float(position)] * vector.count), head)
        s.add_incoming(after[position], body)
    turn.add_incoming(LONG(0), head)
    turn.add_incoming(following, body)
    builder.cbranch(builder.icmp_signed("<", following, LONG(TURNS)), body, end)
    builder.position_at_end(end)
    total = after[0]
    for s in after[1:]:
        total = builder.fadd(total, s)
    builder.store(total, builder.gep(function.args[0], [LONG(1)], source_etype=vector), align=dtype.itemsize)
    builder.ret_void()
    return str(module)
