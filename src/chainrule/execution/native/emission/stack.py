"""Small programs: their workspace lies on the stack, where LLVM makes registers of it.

A step of a tiny network takes as many cycles as its values wait in memory from one kernel to the next. So all
kernels of a small program are written where they run, each buffer stands by itself, and three of LLVM's
passes write out short loops, put what then stands at known places into registers, and leave out what moves
numbers between these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..costs import work
from ..expressions import Buffer
from ..kernels import Kernel, ReferenceStep
from ..llvm_ir import Module, Value

MOST_WORK = 4e3  # operations: measured, twice as many gain a tenth, ten times as many a fortieth
MOST_BYTES = 2**14


def fits_on_stack(kernels: Sequence[Kernel], buffers: Iterable[Buffer]) -> bool:
    """Whether it is a small program, of which NumPy computes no part, that has these buffers."""
    native = not any(isinstance(kernel, ReferenceStep) for kernel in kernels)
    size = sum(buffer.size * buffer.dtype.itemsize for buffer in buffers)
    return native and size <= MOST_BYTES and sum(map(work, kernels)) <= MOST_WORK


def stack_of(
    module: Module, kernels: Sequence[Kernel], buffers: Iterable[Buffer]
) -> dict[Buffer, Value] | None:
    """The stack of a small program, still empty; None where it is larger."""
    module.in_registers = fits_on_stack(kernels, buffers)
    return {} if module.in_registers else None
