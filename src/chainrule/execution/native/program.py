"""A graph as a native program: compiled once, called with arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...graph import Graph
from .direct import direct_function, is_direct
from .emission.module import FURTHER
from .interpreter import possible
from .llvm_ir import Module
from .machine_code.loading import Loaded, address, checked, constants, loaded
from .machine_code.manifest import Manifest
from .planning import Plan, Readable, in_loops, planned
from .runtime.arrays import workspace
from .runtime.crowd import Crowd
from .runtime.interrupts import call
from .runtime.numpy_steps import Steps
from .runtime.results import Result
from .target import Target, host


class NativeProgram(Readable):
    """Calls machine code; the same contract as the reference's ``Program``.

    Attributes:
        graph: what it computes.
        target: the processor that it is for.
        library: keeps the machine code in memory.
        direct: calls it straight from C, where it is small: one output, or a tuple of them; None for
            arguments that are not contiguous arrays of the graph's types.
    """

    def __init__(self, graph: Graph, target: Target, loaded: Loaded) -> None:
        self.graph, self.target = graph, target
        self.direct: Callable[..., Any] | None = None
        self.library, self._manifest = loaded.library, loaded.manifest
        self._constants = constants(graph, self._manifest)
        slots = len(graph.inputs) + len(self._constants) + len(graph.outputs)
        steps = self._manifest.steps
        self._steps = Steps(steps, in_loops(graph).nodes if steps else (), slots)
        self._crowd = Crowd(self.library, self.library.functions.get("work"))
        self._results = [Result(node) for node in graph.outputs]
        self._idle: list[np.ndarray] = []  # workspaces of earlier calls, to use again

    def __call__(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, in new arrays."""
        result = None if self.direct is None else self.direct(*arrays)
        if result is None:
            result = self.in_python(*arrays)
        return [result] if len(self.graph.outputs) == 1 else list(result)

    def in_python(self, *arrays: Any) -> Any:
        """One output, or a tuple of them: the call as it is made where it cannot be made straight from C."""
        inputs = [checked(array, node.type) for array, node in zip(arrays, self.graph.inputs, strict=True)]
        outputs = [
            np.zeros(node.shape, node.dtype) if position in self._manifest.zeroed else result.array()
            for position, (node, result) in enumerate(zip(self.graph.outputs, self._results, strict=True))
        ]
        known = [*inputs, *self._constants, *outputs]
        memory = self._workspace()
        with (
            self._crowd.at_work(self._manifest.work) as control,
            self._steps.called_with(dict(enumerate(known)), memory) as numpy,
        ):
            table = (ctypes.c_void_p * (len(known) + FURTHER))(
                *map(address, known), address(memory), control, numpy
            )
            call(self.library.functions["run"], table, control, self._manifest.work)
        self._idle.append(memory)
        results = tuple(array if array.ndim else array[()] for array in outputs)
        return results[0] if len(results) == 1 else results

    def _workspace(self) -> np.ndarray:
        """Memory that no other call uses meanwhile."""
        try:
            return self._idle.pop()
        except IndexError:
            return workspace(self._manifest.workspace_bytes)

    def _plan(self) -> Plan:
        return _planned(self.graph, self.target)


def compile_native(graph: Graph) -> NativeProgram:
    """Compile a graph to machine code for this processor."""
    target = host()

    def make() -> tuple[Manifest, Module]:
        return _planned(graph, target).made()

    kind = "program, perhaps called from C" if possible() else "program"
    found = loaded(graph, kind, target, make)
    program = NativeProgram(graph, target, found)
    if "entry" in found.manifest.functions:
        program.direct = direct_function(graph, found, {}, _not_taken)
    return program


def _planned(graph: Graph, target: Target) -> Plan:
    """The graph's plan: where it is small, it is called straight from C."""
    plan = planned(graph, target)
    return replace(plan, arguments=tuple(plan.lowered.inputs)) if is_direct(plan) else plan


def _not_taken(*arrays: Any) -> None:
    """What the machine code gives for arguments that it cannot take."""
