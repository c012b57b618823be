"""Carried values with which a repeated step goes on from call to call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import tree
from .loop_arguments import LoopArguments


class Repetition:
    """A loop that goes on from call to call, and its carried values, which stay in between where it has them,
    laid out as it computes with them.

    Args:
        loops_for: finds the loops for arguments.
        given: the first ones.
        data: their arrays of rows as they came, which may change between runs.
        keep: whether the values before each run are kept; what is given out is then copied.
    """

    def __init__(
        self,
        loops_for: Callable[[LoopArguments], Mapping[int, Any]],
        given: LoopArguments,
        data: Sequence[Any],
        keep: bool,
    ) -> None:
        from ..execution.native import Running

        self._loops_for, self._keep = loops_for, keep
        self._first = loops_for(given)[given.batch]
        self._running = Running.of_copies(given.leaves, given.arrays, together=keep)
        types = [np.broadcast_to(np.zeros((), leaf.dtype), leaf.shape) for leaf in given.leaves]
        self._given = replace(given, leaves=types)
        self._places = tree.unflatten(given.structure, list(range(len(given.leaves))))
        pairs = zip(given.arrays, data, strict=True)
        self._copies = [(copy, array) for copy, array in pairs if not np.may_share_memory(copy, array)]
        self._before: list[np.ndarray] | None = None
        self._held: set[int] = set()  # the places of arrays that someone else has

    @property
    def before(self) -> Any:
        """The carried values before the last run, if they were kept, until the next one."""
        return None if self._before is None else tree.unflatten(self._given.structure, self._before)

    def enter(self) -> None:
        """Lay the values out for the loop now rather than in the first run."""
        self._running.enter(self._first)

    def run(self, numbers: Any, orders: Any) -> np.ndarray:
        """Go on, as the repeated step's own call says; gives the losses."""
        given = self._given.with_steps(numbers, orders)
        loops = self._loops_for(given)
        for copy, array in self._copies:
            np.copyto(copy, array)
        running = self._begin(loops)
        losses: np.ndarray = running.run(loops, given.numbers, given.orders, given.batch, stay=not self._keep)
        self._running, self._held = running, set()
        return losses

    def carried(self, *keys: Any) -> Any:
        """The carried values after the last whole step, or the part of them that these keys lead to, in
        read-only arrays that later runs leave as they are."""
        places, structure = self._part(keys)
        values = self._running.carried()
        found = [values[place].copy() if self._keep else values[place] for place in places]
        for leaf in found:
            for array in (leaf, leaf.base):
                if array is not None:
                    array.setflags(write=False)
        if not self._keep:
            self._held.update(places)
        return tree.unflatten(structure, found)

    def seen(self, *keys: Any) -> Any:
        """The same to look at before the next run, which writes over them."""
        places, structure = self._part(keys)
        values = self._running.carried()
        return tree.unflatten(structure, [values[place] for place in places])

    def _begin(self, loops: Mapping[int, Any]) -> Any:
        """What the next run is of, and leaves the values before it where they are wanted."""
        from ..execution.native import ends_each_step

        running = self._running
        if not ends_each_step(loops):  # what is interrupted within a step leaves nothing of use
            self._before = running.carried() if self._keep else None
            return running.copied()
        if self._keep:
            self._before = running.kept()
        running.renew(self._held)
        return running

    def _part(self, keys: tuple[Any, ...]) -> tuple[list[int], tree.Structure]:
        part = self._places
        for key in keys:
            part = part[key]
        return tree.flatten(part)
