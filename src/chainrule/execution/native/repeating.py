"""A step repeated over minibatches without leaving machine code: the loop, made ready and called."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...graph import Graph
from .crowd import Crowd
from .interrupts import call
from .loading import Loaded, address, constants, loaded
from .looping import Layout, StepPlan, planned_step
from .memory import workspace
from .module import CONTROL, NUMPY, WORKSPACE
from .numpy_steps import Steps
from .planning import Readable
from .target import Target, host


class RepeatedStep(Readable):
    """A compiled loop over minibatches.

    The graph's inputs are the carried values, one number a step, and the rows of a minibatch; its outputs are
    the loss and the next carried values.
    """

    def __init__(self, graph: Graph, carried: int, target: Target, loaded: Loaded) -> None:
        self._graph, self._target, self._manifest = graph, target, loaded.manifest
        self._library = loaded.library
        self._carried, self._scalar = graph.inputs[:carried], graph.inputs[carried]
        self._constants = constants(graph, loaded.manifest)
        self._layout = Layout(
            carried + len(self._constants) + len(graph.outputs), len(graph.inputs) - carried - 1
        )
        self._steps = Steps(self._manifest.steps, graph, self._layout.own)
        self._crowd = Crowd(self._library, self._library.functions.get("work"))

    def __call__(
        self, carried: Sequence[Any], scalars: np.ndarray, orders: np.ndarray, data: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """The loss of each step, NaN after the last one that ran, and the carried values after it."""
        layout, loss = self._layout, self._graph.outputs[0]
        current = [
            np.array(value, node.dtype, order="C").reshape(node.shape)
            for value, node in zip(carried, self._carried, strict=True)
        ]
        numbers = np.ascontiguousarray(scalars, self._scalar.dtype)
        places = np.ascontiguousarray(orders, np.int64)
        losses = np.full(len(places), np.nan, loss.dtype)
        memory = workspace(self._manifest.workspace_bytes)
        own = [*current, *self._constants, *[np.empty(n.shape, n.dtype) for n in self._graph.outputs]]
        table = (ctypes.c_void_p * (layout.count + 1))(*map(address, own))
        for slot, array in zip(
            (layout.own + WORKSPACE, *layout.data, layout.orders, layout.scalars, layout.losses),
            (memory, *data, places, numbers, losses),
            strict=True,
        ):
            table[slot] = address(array)
        count = ctypes.c_int64(len(places))
        table[layout.count] = ctypes.addressof(count)
        with (
            self._crowd.at_work(self._manifest.work * len(places)) as control,
            self._steps.called_with(dict(enumerate(own)), memory) as numpy,
        ):
            table[layout.own + CONTROL], table[layout.own + NUMPY] = control, numpy
            call(self._library.functions["run"], table, control, self._manifest.work)
        return losses.astype(np.float64), current

    def _plan(self) -> StepPlan:
        return planned_step(self._graph, len(self._carried), self._target)


def compile_repeated(graph: Graph, carried: int) -> RepeatedStep:
    """Compile a step's graph as a loop; its first ``carried`` inputs are carried from step to step."""
    target = host()
    found = loaded(graph, f"carrying {carried}", target, lambda: planned_step(graph, carried, target).made())
    return RepeatedStep(graph, carried, target, found)
