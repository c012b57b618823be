"""A graph as a native program: compiled once, called with arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import DtypeError, ShapeError
from ...graph import Graph
from ..reference import bound
from .cache import cached
from .crowd import Crowd
from .dividing import work
from .expressions import Buffer
from .kernels import ReferenceStep
from .linking import Library, link
from .memory import ALIGNMENT, aligned
from .module import object_code
from .planning import Plan, planned
from .target import host

Segment = Callable[[Any], None] | ReferenceStep


@dataclass(slots=True)
class NativeProgram:
    """Calls machine code; the same contract as the reference's ``Program``.

    Attributes:
        plan: what the passes have made of the graph.
        segments: stretches of machine code, and NumPy steps between them, in order.
        constants: the constants' arrays.
        library: keeps the machine code in memory.
        crowd: the other threads, where there is enough work for them.
        work: about how many operations there are.
        idle: workspaces of earlier calls, to use again.
    """

    plan: Plan
    segments: tuple[Segment, ...]
    constants: tuple[np.ndarray, ...]
    library: Library
    crowd: Crowd
    work: float
    idle: list[np.ndarray] = field(default_factory=list)

    def __call__(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, in new arrays."""
        inputs = map(checked, arrays, self.plan.lowered.inputs)
        outputs = [np.empty(buffer.shape, buffer.dtype) for buffer in self.plan.lowered.outputs]
        known = [*inputs, *self.constants, *outputs]
        known += [np.empty(buffer.shape, buffer.dtype) for buffer in list(self.plan.slots)[len(known) :]]
        workspace = (
            self.idle.pop() if self.idle else np.empty(self.plan.workspace_bytes + ALIGNMENT, np.uint8)
        )
        with self.crowd.at_work(self.work) as control:
            table = (ctypes.c_void_p * (len(known) + 2))(
                *map(address, known), aligned(address(workspace)), control
            )
            for segment in self.segments:
                if isinstance(segment, ReferenceStep):
                    self._run_reference(segment, known)
                else:
                    segment(table)
        self.idle.append(workspace)
        return [array if array.ndim else array[()] for array in outputs]

    def _run_reference(self, step: ReferenceStep, known: Sequence[np.ndarray]) -> None:
        with np.errstate(all="ignore"):
            value = bound(step.node)(*[known[self.plan.slots[buffer]] for buffer in step.operands])
        known[self.plan.slots[step.target]][...] = value

    def explain(self) -> str:
        """Which kernels there are, and what NumPy computes because there is no machine code for it."""
        lines = [f"{i:3d}  {kernel}" for i, kernel in enumerate(self.plan.kernels)]
        steps = [kernel.node.op for kernel in self.plan.kernels if isinstance(kernel, ReferenceStep)]
        lines.append(f"computed by NumPy, having no machine code: {', '.join(steps) or 'nothing'}")
        lines.append(f"workspace: {self.plan.workspace_bytes} bytes")
        return "\n".join(lines)

    def ir(self, stage: str = "llvm") -> str:
        """The program after one of the passes: "graph", "kernels", "loops", "llvm" or "assembly"."""
        return self.plan.text(stage)


def compile_native(graph: Graph) -> NativeProgram:
    """Compile a graph to machine code for this processor."""
    plan = planned(graph, host())
    code = cached(plan.description(), plan.target, lambda: object_code(plan.llvm(), plan.target))
    names = [f"run{i}" for i in range(len(plan.native))]
    library = link(code, [*names, "work"] if plan.shared else names)
    crowd = Crowd(library, library.functions[-1] if plan.shared else None)
    functions = iter(library.functions)
    segments: list[Segment] = []
    for stretch in plan.stretches:
        if stretch.native:
            segments.append(next(functions))
        else:
            segments += [kernel for kernel in stretch.kernels if isinstance(kernel, ReferenceStep)]
    constants = tuple(np.ascontiguousarray(node.params["value"].value) for _, node in plan.lowered.constants)
    return NativeProgram(plan, tuple(segments), constants, library, crowd, sum(map(work, plan.kernels)))


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
