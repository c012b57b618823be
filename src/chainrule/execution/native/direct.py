"""Small programs called from Python without any Python in between."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...graph import Graph
from .dividing import work
from .entry import callable_from, possible
from .linking import Library
from .loading import address, checked, loaded
from .memory import ALIGNMENT, aligned
from .planning import Plan, planned
from .target import host

MOST_WORK = 1e6  # operations: the interpreter's lock is kept while they run


def is_direct(plan: Plan) -> bool:
    """Whether it is machine code alone, and takes microseconds."""
    native = len(plan.stretches) == len(plan.native) == 1
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
    plan = planned(graph, host())
    if not is_direct(plan):
        return None
    arguments = [buffer for position, buffer in enumerate(plan.lowered.inputs) if position not in fixed]
    return direct_function(plan, loaded(plan, arguments), fixed, otherwise)


def direct_function(
    plan: Plan, library: Library, fixed: Mapping[int, np.ndarray], otherwise: Callable[..., Any]
) -> Callable[..., Any]:
    """The entry of a library as a Python function, with arrays for the inputs that are no arguments of it."""
    lowered = plan.lowered
    held = {lowered.inputs[position]: array for position, array in fixed.items()}
    held |= {buffer: node.params["value"].value for buffer, node in lowered.constants}
    arrays = {buffer: checked(array, buffer) for buffer, array in held.items()}
    workspace = np.empty(plan.workspace_bytes + ALIGNMENT, np.uint8)
    table = (ctypes.c_void_p * (len(plan.slots) + 2))()
    for buffer, array in arrays.items():
        table[plan.slots[buffer]] = address(array)
    table[len(plan.slots)] = aligned(address(workspace))
    start = ctypes.cast(library.functions["entry"], ctypes.c_void_p).value or 0
    arguments = [buffer for position, buffer in enumerate(lowered.inputs) if position not in fixed]
    return callable_from(start, arguments, lowered.outputs, table, otherwise, (library, workspace, arrays))
