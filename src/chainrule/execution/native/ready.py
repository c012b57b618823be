"""A loop over minibatches made ready for certain arrays: its pointer table, and memory of its own."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np

from .emission.module import CONTROL, NUMPY, WORKSPACE
from .looping import Layout
from .machine_code.linking import Library
from .machine_code.loading import address
from .machine_code.manifest import Manifest
from .runtime.arrays import workspace
from .runtime.interrupts import call
from .runtime.numpy_steps import Steps


class Ready:
    """A loop over these arrays.

    Args:
        library: its machine code.
        manifest: what calls of that need to know.
        layout: which entry of the pointer table is which.
        steps: what NumPy computes in between.
        own: the carried values, which it writes over, and the constants.
        data: arrays of rows.
    """

    def __init__(
        self,
        library: Library,
        manifest: Manifest,
        layout: Layout,
        steps: Steps,
        own: Sequence[np.ndarray],
        data: Sequence[np.ndarray],
    ) -> None:
        self._functions, self._operations = library.functions, manifest.work
        self._layout, self._steps = layout, steps
        self._own, self._data = list(own), data
        self._memory = workspace(manifest.workspace_bytes)
        table = (ctypes.c_void_p * layout.entries)(*map(address, own))
        for slot, array in zip((layout.own + WORKSPACE, *layout.data), (self._memory, *data), strict=True):
            table[slot] = address(array)
        self._count, self._apart = ctypes.c_int64(), ctypes.c_int64()
        self._length = ctypes.c_int64(rows_of(data))
        for slot, number in (
            (layout.count, self._count),
            (layout.apart, self._apart),
            (layout.length, self._length),
        ):
            table[slot] = ctypes.addressof(number)
        self._table = table

    def replace(self, position: int, array: np.ndarray) -> None:
        """Have another array in the place of one of its own."""
        self._own[position] = array
        self._table[position] = address(array)

    def enter(self, control: int) -> None:
        """Lay carried values out in its own memory, in the order in which it computes with them."""
        self._around("enter", control)

    def leave(self, control: int) -> None:
        """Copy them back to their arrays."""
        self._around("leave", control)

    def run(self, control: int, orders: int, numbers: int, apart: int, losses: int, count: int) -> None:
        """Make so many steps.

        Args:
            control: the address of a control block.
            orders: the address of the first step's.
            numbers: the address of the first step's.
            apart: how many places after a step's number the next one's is.
            losses: where the first step's goes.
            count: of the steps.
        """
        table, layout = self._table, self._layout
        table[layout.orders], table[layout.scalars], table[layout.losses] = orders, numbers, losses
        self._count.value, self._apart.value = count, apart
        table[layout.own + CONTROL] = control
        if not self._steps:
            call(self._functions["run"], table, control, self._operations)
            return
        with self._steps.called_with(dict(enumerate(self._own)), self._memory) as numpy:
            table[layout.own + NUMPY] = numpy
            call(self._functions["run"], table, control, self._operations)

    def _around(self, name: str, control: int) -> None:
        function = self._functions.get(name)
        if function is not None:
            self._table[self._layout.own + CONTROL] = control
            function(self._table)


def rows_of(data: Sequence[np.ndarray]) -> int:
    """How many rows all arrays have."""
    return min((len(array) for array in data), default=0)
