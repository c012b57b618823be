"""A graph as a native program: compiled once, called with arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...graph import Graph
from ..reference import bound
from .crowd import Crowd
from .direct import direct_function, is_direct
from .dividing import work
from .kernels import ReferenceStep
from .linking import Library
from .loading import address, checked, loaded
from .memory import ALIGNMENT, aligned
from .planning import Plan, planned
from .target import host

Segment = Callable[[Any], None] | ReferenceStep


class NativeProgram:
    """Calls machine code; the same contract as the reference's ``Program``.

    Attributes:
        plan: what the passes have made of the graph.
        library: keeps the machine code in memory.
        direct: calls it straight from C, where it is small.
    """

    def __init__(self, plan: Plan, library: Library) -> None:
        self.plan = plan
        self.library = library
        self.direct: Callable[..., Any] | None = None
        self._segments = tuple(_segments(plan, library))
        held = (node.params["value"].value for _, node in plan.lowered.constants)
        self._constants = tuple(map(np.ascontiguousarray, held))
        self._crowd = Crowd(library, library.functions.get("work"))
        self._work = sum(map(work, plan.kernels))
        self._idle: list[np.ndarray] = []  # workspaces of earlier calls, to use again

    def __call__(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, in new arrays."""
        result = (self.direct or self.in_python)(*arrays)
        return [result] if len(self.plan.lowered.outputs) == 1 else list(result)

    def in_python(self, *arrays: Any) -> Any:
        """One output, or a tuple of them: the call as it is made where it cannot be made straight from C."""
        plan = self.plan
        inputs = map(checked, arrays, plan.lowered.inputs)
        outputs = [np.empty(buffer.shape, buffer.dtype) for buffer in plan.lowered.outputs]
        known = [*inputs, *self._constants, *outputs]
        known += [np.empty(buffer.shape, buffer.dtype) for buffer in list(plan.slots)[len(known) :]]
        size = plan.workspace_bytes + ALIGNMENT
        workspace = self._idle.pop() if self._idle else np.empty(size, np.uint8)
        with self._crowd.at_work(self._work) as control:
            table = (ctypes.c_void_p * (len(known) + 2))(
                *map(address, known), aligned(address(workspace)), control
            )
            for segment in self._segments:
                if isinstance(segment, ReferenceStep):
                    self._run_reference(segment, known)
                else:
                    segment(table)
        self._idle.append(workspace)
        results = tuple(array if array.ndim else array[()] for array in outputs)
        return results[0] if len(results) == 1 else results

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


def _segments(plan: Plan, library: Library) -> Iterator[Segment]:
    """Stretches of machine code, and NumPy's steps between them, in order."""
    functions = (library.functions[f"run{i}"] for i in range(len(plan.native)))
    for stretch in plan.stretches:
        if stretch.native:
            yield next(functions)
        else:
            yield from (kernel for kernel in stretch.kernels if isinstance(kernel, ReferenceStep))


def compile_native(graph: Graph) -> NativeProgram:
    """Compile a graph to machine code for this processor."""
    plan = planned(graph, host())
    arguments = plan.lowered.inputs if is_direct(plan) else None
    library = loaded(plan, arguments)
    program = NativeProgram(plan, library)
    if arguments is not None:
        program.direct = direct_function(plan, library, {}, program.in_python)
    return program
