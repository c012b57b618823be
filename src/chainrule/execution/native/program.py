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
from .grouping import grouped
from .kernels import Buffer, Kernel, ReferenceStep
from .legalise import legalise
from .linking import link
from .lower import Lowered, lower
from .memory import ALIGNMENT, plan
from .module import describe, emit_module, object_code, optimised
from .target import host

Segment = Callable[[Any], None] | ReferenceStep


@dataclass(slots=True)
class NativeProgram:
    """Calls machine code; the same contract as the reference's ``Program``.

    Attributes:
        lowered: the kernels.
        segments: stretches of machine code, and NumPy steps between them, in order.
        slots: which entry of the pointer table is which buffer.
        workspace_bytes: the memory for intermediate values.
        emit: writes the LLVM IR, before LLVM's own passes.
    """

    lowered: Lowered
    segments: tuple[Segment, ...]
    slots: dict[Buffer, int]
    workspace_bytes: int
    emit: Callable[[], str]
    held: dict[int, np.ndarray] = field(default_factory=dict)
    library: Any = None
    idle: list[np.ndarray] = field(default_factory=list)

    def __call__(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, in new arrays."""
        lowered = self.lowered
        inputs = [_checked(array, buffer) for array, buffer in zip(arrays, lowered.inputs, strict=True)]
        outputs = [np.empty(buffer.shape, buffer.dtype) for buffer in lowered.outputs]
        temporaries = {
            slot: np.empty(buffer.shape, buffer.dtype)
            for buffer, slot in self.slots.items()
            if buffer.kind == "workspace"
        }
        known = dict(self.held) | temporaries
        known |= {self.slots[buffer]: array for buffer, array in zip(lowered.inputs, inputs, strict=True)}
        known |= {self.slots[buffer]: array for buffer, array in zip(lowered.outputs, outputs, strict=True)}
        workspace = self.idle.pop() if self.idle else np.empty(self.workspace_bytes + ALIGNMENT, np.uint8)
        table = (ctypes.c_void_p * (len(self.slots) + 1))()
        for slot, array in known.items():
            table[slot] = array.__array_interface__["data"][0]
        table[len(self.slots)] = -(-workspace.__array_interface__["data"][0] // ALIGNMENT) * ALIGNMENT
        for segment in self.segments:
            if isinstance(segment, ReferenceStep):
                self._run_reference(segment, known)
            else:
                segment(table)
        self.idle.append(workspace)
        return [array if array.ndim else array[()] for array in outputs]

    def _run_reference(self, step: ReferenceStep, known: dict[int, np.ndarray]) -> None:
        with np.errstate(all="ignore"):
            value = bound(step.node)(*[known[self.slots[buffer]] for buffer in step.operands])
        known[self.slots[step.target]][...] = value

    def explain(self) -> str:
        """Which kernels there are, and what NumPy computes because there is no machine code for it."""
        lines = [f"{i:3d}  {kernel}" for i, kernel in enumerate(self.lowered.kernels)]
        steps = [kernel.node.op for kernel in self.lowered.kernels if isinstance(kernel, ReferenceStep)]
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
    held = {
        slots[buffer]: np.ascontiguousarray(node.params["value"].value) for buffer, node in lowered.constants
    }
    return NativeProgram(lowered, tuple(segments), slots, size, emit, held, library)


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


def _checked(array: Any, buffer: Buffer) -> np.ndarray:
    """The array as the machine code expects it: the right type, contiguous."""
    result = np.ascontiguousarray(array).reshape(np.shape(array))
    if result.shape != buffer.shape:
        raise ShapeError(
            f"an array of shape {result.shape}", expected=f"{buffer.shape}, for which this was compiled"
        )
    if result.dtype != buffer.dtype:
        raise DtypeError(
            f"an array of dtype {result.dtype}", expected=f"{buffer.dtype}, for which this was compiled"
        )
    return result
