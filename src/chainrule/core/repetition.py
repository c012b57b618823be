"""Carried values with which a repeated step goes on from call to call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from .. import tree
from ..errors import ArgumentError
from .loop_arguments import LoopArguments


class Repeated(Protocol):
    """A step that is repeated."""

    def known_loops(self) -> dict[Any, Any]:
        """The loops made so far; another dict once what the step reads beside its arguments has changed."""

    def loops_for(self, given: LoopArguments, known: dict[Any, Any]) -> Mapping[int, Any]:
        """The loops by the sizes of their minibatches."""


class Repetition:
    """A loop that goes on from call to call, and its carried values, which stay in between where it has them,
    laid out as it computes with them.

    Args:
        repeated: finds the loops for arguments.
        given: the first ones.
        data: their arrays of rows as they came, which may change between runs.
        keep: whether the values before each run are kept; what is given out is then copied.
        overwrite: whether the arrays that the carry came in may be written over.
    """

    def __init__(
        self,
        repeated: Repeated,
        given: LoopArguments,
        data: Sequence[Any],
        keep: bool,
        overwrite: bool,
    ) -> None:
        from ..execution.native import Running

        self._repeated, self._keep = repeated, keep
        self._among: dict[Any, Any] = {}  # the loops that these were found among
        self._known: dict[Any, tuple[Mapping[int, Any], bool]] = {}
        types = [np.broadcast_to(np.zeros((), leaf.dtype), leaf.shape) for leaf in given.leaves]
        self._given = replace(given, leaves=types)
        self._running: Any = None
        self._loops(self._given)  # compiled before there are copies: LLVM needs memory of its own
        self._running = Running.of(given.leaves, given.arrays, together=keep, overwrite=overwrite)
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
        loops, _ = self._loops(self._given)
        self._running.enter(loops[self._given.batch])

    def run(self, numbers: Any, orders: Any) -> np.ndarray:
        """Go on, as the repeated step's own call says; gives the losses."""
        given = self._given.with_steps(numbers, orders)
        loops, whole_steps = self._loops(given)
        for copy, array in self._copies:
            np.copyto(copy, array)
        running = self._begin(whole_steps)
        losses: np.ndarray = running.run(loops, given.numbers, given.orders, given.batch, stay=not self._keep)
        self._running, self._held = running, set()
        return losses

    def carried(self, *keys: Any) -> Any:
        """The carried values after the last whole step, or the part of them that these keys lead to, in
        read-only arrays that later runs leave as they are.

        Raises:
            ArgumentError: there is no such part.
        """
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

    def _loops(self, given: LoopArguments) -> tuple[Mapping[int, Any], bool]:
        """The loops for arguments, and whether nothing can end them within a step; looked up by what differs
        from run to run, since most of their types are the same."""
        known = self._repeated.known_loops()
        if known is not self._among:
            if self._running is not None:
                self._running.forget()
            self._known.clear()
            self._among = known
        key = *given.sizes.items(), given.numbers.dtype
        if key not in self._known:
            from ..execution.native import ends_each_step

            loops = self._repeated.loops_for(given, known)
            self._known[key] = loops, ends_each_step(loops)
        return self._known[key]

    def _begin(self, whole_steps: bool) -> Any:
        """What the next run is of, the values before it being left where they are wanted."""
        running = self._running
        if not whole_steps:  # what is interrupted within a step leaves nothing of use
            self._before = running.carried() if self._keep else None
            return running.copied()
        if self._keep:
            self._before = running.kept()
        running.renew(self._held)
        return running

    def _part(self, keys: tuple[Any, ...]) -> tuple[list[int], tree.Structure]:
        part = self._places
        for key in keys:
            try:
                part = part[key]
            except (KeyError, IndexError, TypeError):
                paths = ", ".join(filter(None, tree.paths(self._given.structure)))
                known = f"keys to {paths}" if paths else "no keys: the carry is a single value"
                given = "/".join(map(str, keys))
                raise ArgumentError(f"no carried value {given!r}", expected=known) from None
        return tree.flatten(part)
