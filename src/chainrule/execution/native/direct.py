"""Small programs called from Python without any Python in between."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from ...errors import CompilationError
from ...graph import Graph
from .costs import work
from .emission.entry import callable_from
from .emission.module import FURTHER, WORKSPACE
from .interpreter import possible
from .kernels import ReferenceStep
from .llvm_ir import Module
from .machine_code.loading import Loaded, address, checked, constants, loaded
from .machine_code.manifest import Manifest
from .planning import Plan, planned
from .runtime.arrays import workspace
from .target import host

MOST_WORK = 4e6  # operations, a quarter of a millisecond: the interpreter's lock is kept while they run


def is_direct(plan: Plan) -> bool:
    """Whether it is machine code alone, but for errors, and little enough work to keep the interpreter's lock
    meanwhile."""
    native = not any(isinstance(kernel, ReferenceStep) and not kernel.only_if for kernel in plan.kernels)
    return possible() and native and not plan.shared and sum(map(work, plan.kernels)) <= MOST_WORK


def compile_direct(
    graph: Graph, fixed: Mapping[int, np.ndarray], otherwise: Callable[..., Any]
) -> Callable[..., Any] | None:
    """A small graph as a function of its inputs but for the fixed ones, called straight from C.

    Args:
        graph: what to compute.
        fixed: arrays for some of the inputs, by position. They are read at each call, where they are.
        otherwise: called with the arguments where these are not contiguous arrays of the graph's types.

    Returns:
        The function: it gives one array, or a tuple of the graph's outputs. None where the graph is too
        large, has operations without machine code, or this Python is of an unusual build.
    """
    if not possible():
        return None
    target = host()
    arguments = [position for position in range(len(graph.inputs)) if position not in fixed]

    def make() -> tuple[Manifest, Module]:
        plan = planned(graph, target)
        if not is_direct(plan):
            raise _NotDirect("work for a direct call that takes too long")
        return replace(plan, arguments=tuple(plan.lowered.inputs[i] for i in arguments)).made()

    with suppress(_NotDirect):
        found = loaded(graph, f"called from C with {arguments}", target, make)
        return direct_function(graph, found, fixed, otherwise)
    return None


class _NotDirect(CompilationError):  # noqa: N818 - no error
    """The program is too large for that, or NumPy computes a part of it."""


def direct_function(
    graph: Graph, loaded: Loaded, fixed: Mapping[int, np.ndarray], otherwise: Callable[..., Any]
) -> Callable[..., Any]:
    """The entry of a library as a Python function, with arrays for the inputs that are no arguments of it."""
    arrays = {position: checked(array, graph.inputs[position].type) for position, array in fixed.items()}
    arrays |= dict(enumerate(constants(graph, loaded.manifest), len(graph.inputs)))
    memory = workspace(loaded.manifest.workspace_bytes)
    slots = len(graph.inputs) + len(loaded.manifest.constants) + len(graph.outputs)
    table = (ctypes.c_void_p * (slots + FURTHER))()
    for slot, array in arrays.items():
        table[slot] = address(array)
    table[slots + WORKSPACE] = address(memory)
    start = ctypes.cast(loaded.library.functions["entry"], ctypes.c_void_p).value or 0
    arguments = [node.type for position, node in enumerate(graph.inputs) if position not in fixed]
    outputs = [node.type for node in graph.outputs]
    return callable_from(start, arguments, outputs, table, otherwise, (loaded.library, memory, arrays))
