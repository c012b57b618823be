"""A graph as a native program: compiled once, called with arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count, groupby
from typing import Any

import numpy as np

from ...errors import DtypeError, ShapeError
from ...graph import Graph
from ..reference import bound
from .cache import cached
from .expressions import Buffer
from .grouping import grouped
from .kernels import Kernel, ReferenceStep
from .legalise import legalise
from .linking import Library, link
from .lower import Lowered, lower
from .memory import ALIGNMENT, aligned, plan
from .module import describe, emit_module, object_code, optimised
from .target import host

Segment = Callable[[Any], None] | ReferenceStep


@dataclass(slots=True)
class NativeProgram:
    """Calls machine code; the same contract as the reference's ``Program``.

    Attributes:
        lowered: the buffers of inputs, constants and outputs.
        kernels: what runs, in order.
        segments: stretches of machine code, and NumPy steps between them, in order.
        slots: which entry of the pointer table is which buffer: inputs, constants, outputs, and what passes
            between machine code and NumPy.
        constants: the constants' arrays.
        workspace_bytes: the memory for intermediate values.
        emit: writes the LLVM IR, before LLVM's own passes.
        library: keeps the machine code in memory.
        idle: workspaces of earlier calls, to use again.
    """

    lowered: Lowered
    kernels: tuple[Kernel, ...]
    segments: tuple[Segment, ...]
    slots: dict[Buffer, int]
    constants: tuple[np.ndarray, ...]
    workspace_bytes: int
    emit: Callable[[], str]
    library: Library
    idle: list[np.ndarray] = field(default_factory=list)

    def __call__(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, in new arrays."""
        inputs = map(checked, arrays, self.lowered.inputs)
        outputs = [np.empty(buffer.shape, buffer.dtype) for buffer in self.lowered.outputs]
        known = [*inputs, *self.constants, *outputs]
        known += [np.empty(buffer.shape, buffer.dtype) for buffer in list(self.slots)[len(known) :]]
        workspace = self.idle.pop() if self.idle else np.empty(self.workspace_bytes + ALIGNMENT, np.uint8)
        table = (ctypes.c_void_p * (len(known) + 1))(*map(address, known), aligned(address(workspace)))
        for segment in self.segments:
            if isinstance(segment, ReferenceStep):
                self._run_reference(segment, known)
            else:
                segment(table)
        self.idle.append(workspace)
        return [array if array.ndim else array[()] for array in outputs]

    def _run_reference(self, step: ReferenceStep, known: Sequence[np.ndarray]) -> None:
        with np.errstate(all="ignore"):
            value = bound(step.node)(*[known[self.slots[buffer]] for buffer in step.operands])
        known[self.slots[step.target]][...] = value

    def explain(self) -> str:
        """Which kernels there are, and what NumPy computes because there is no machine code for it."""
        lines = [f"{i:3d}  {kernel}" for i, kernel in enumerate(self.kernels)]
        steps = [kernel.node.op for kernel in self.kernels if isinstance(kernel, ReferenceStep)]
        lines.append(f"computed by NumPy, having no machine code: {', '.join(steps) or 'nothing'}")
        lines.append(f"workspace: {self.workspace_bytes} bytes")
        return "\n".join(lines)

    def ir(self, *, optimise: bool = False) -> str:
        """The LLVM IR, as written or after LLVM's passes."""
        return str(optimised(self.emit(), host())) if optimise else self.emit()


def compile_native(graph: Graph) -> NativeProgram:
    """Compile a graph to machine code for this processor."""
    lowered = lower(legalise(graph))
    stretches = [
        (native, grouped(list(kernels)) if native else list(kernels))
        for native, kernels in groupby(
            lowered.kernels, key=lambda kernel: not isinstance(kernel, ReferenceStep)
        )
    ]
    slots = _slots(lowered)
    own = [kernel for native, kernels in stretches if native for kernel in kernels]
    offsets, size = plan(_without_slots(own, slots))
    native = [kernels for is_native, kernels in stretches if is_native]
    emit = partial(emit_module, native, slots, offsets, host())
    description = " | ".join(describe(kernels, slots, offsets) for kernels in native)
    code = cached(description, host(), lambda: object_code(emit(), host()))
    library = link(code, [f"run{i}" for i in range(len(native))])
    numbers = count()
    segments: list[Segment] = []
    for is_native, kernels in stretches:
        if is_native:
            segments.append(library.functions[next(numbers)])
        else:
            segments += [kernel for kernel in kernels if isinstance(kernel, ReferenceStep)]
    constants = tuple(np.ascontiguousarray(node.params["value"].value) for _, node in lowered.constants)
    ordered = tuple(kernel for _, stretch in stretches for kernel in stretch)
    return NativeProgram(lowered, ordered, tuple(segments), slots, constants, size, emit, library)


def _slots(lowered: Lowered) -> dict[Buffer, int]:
    """Table entries: inputs, constants and outputs, and what passes between machine code and NumPy."""
    buffers = [*lowered.inputs, *[buffer for buffer, _ in lowered.constants], *lowered.outputs]
    for kernel in lowered.kernels:
        if isinstance(kernel, ReferenceStep):
            buffers += [*kernel.operands, kernel.target]
    if any(isinstance(kernel, ReferenceStep) for kernel in lowered.kernels):
        buffers += [buffer for kernel in lowered.kernels for buffer in (*kernel.buffers(), *kernel.written())]
    return {buffer: slot for slot, buffer in enumerate(dict.fromkeys(buffers))}


def _without_slots(kernels: Sequence[Kernel], slots: dict[Buffer, int]) -> Sequence[Kernel]:
    return [
        kernel for kernel in kernels if any(b not in slots for b in (*kernel.buffers(), *kernel.written()))
    ]


def checked(array: Any, buffer: Buffer) -> np.ndarray:
    """The array as the machine code expects it: the right type, contiguous.

    Raises:
        ShapeError, DtypeError: it is of another type than that for which the code was made.
    """
    result = np.asarray(array)
    if result.shape != buffer.shape:
        raise ShapeError(
            f"an array of shape {result.shape}", expected=f"{buffer.shape}, for which this was compiled"
        )
    if result.dtype != buffer.dtype:
        raise DtypeError(
            f"an array of dtype {result.dtype}", expected=f"{buffer.dtype}, for which this was compiled"
        )
    return result if result.flags.c_contiguous else np.ascontiguousarray(result)


def address(array: np.ndarray) -> int:
    """Where an array's elements begin in memory."""
    return int(array.__array_interface__["data"][0])
