"""Carried values with which a repeated step goes on from call to call."""

from __future__ import annotations

from collections.abc import Callable
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
    """

    def __init__(self, loops_for: Callable[[LoopArguments], dict[int, Any]], given: LoopArguments) -> None:
        from ..execution.native import Running

        largest = loops_for(given)[given.batch]
        leaves = largest.writable(given.leaves, overwrite=False)
        self._loops_for, self._given = loops_for, replace(given, leaves=leaves)
        self._running = Running(leaves, given.arrays)
        self._places = tree.unflatten(given.structure, list(range(len(given.leaves))))
        self._held: set[int] = set()  # the places of arrays that someone else has
        self._largest = largest

    def enter(self) -> None:
        """Lay the values out for the loop now rather than in the first run."""
        self._running.enter(self._largest)

    def run(self, numbers: Any, orders: Any) -> np.ndarray:
        """Go on, as the repeated step's own call says; gives the losses."""
        from ..execution.native import ends_each_step

        given = self._given.with_steps(numbers, orders)
        loops = self._loops_for(given)
        running = self._running
        if ends_each_step(loops):
            running.renew(self._held)
        else:  # what is interrupted in the middle of a step leaves nothing of use
            running = running.copied()
        losses = running.run(loops, given.numbers, given.orders, given.batch)
        self._running, self._held = running, set()
        return losses

    def carried(self, *keys: Any) -> Any:
        """The carried values after the last whole step, or the part of them that these keys lead to, in
        read-only arrays that later runs leave as they are."""
        found = self.seen(*keys)
        places, _ = tree.flatten(self._part(keys))
        for leaf in tree.flatten(found)[0]:
            for array in (leaf, leaf.base):
                if array is not None:
                    array.setflags(write=False)
        self._held.update(places)
        return found

    def seen(self, *keys: Any) -> Any:
        """The same to look at before the next run, which writes over them."""
        places, structure = tree.flatten(self._part(keys))
        values = self._running.carried()
        return tree.unflatten(structure, [values[place] for place in places])

    def _part(self, keys: tuple[Any, ...]) -> Any:
        part = self._places
        for key in keys:
            part = part[key]
        return part
