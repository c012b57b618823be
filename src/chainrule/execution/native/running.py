"""Loops over minibatches that go on with the same carried values, call after call."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import ShapeError
from .machine_code.loading import address
from .pieces import of_one_size, short
from .ready import Ready, rows_of
from .repeating import RepeatedStep
from .runtime.arrays import copied_to_lines, in_one_block, views_of, writable

#: Compiled steps, by the rows in a minibatch.
Loops = Mapping[int, RepeatedStep]


class Running:
    """Carried values and rows, and the loops that go on with them.

    A loop may have the values in its own memory, in the order in which it computes with them, and they stay
    there from call to call, until someone asks for them or another loop goes on.

    Args:
        carried: C-contiguous arrays, which are written over.
        data: arrays of rows.
        memory: the bytes that hold all of the carried arrays, if they lie together.
    """

    def __init__(
        self, carried: Sequence[np.ndarray], data: Sequence[np.ndarray], memory: np.ndarray | None = None
    ) -> None:
        self._carried, self._data, self._memory = list(carried), data, memory
        self._kept = None if memory is None else _like(memory, self._carried)
        self._ready: dict[RepeatedStep, Ready] = {}
        self._at: RepeatedStep | None = None  # whose memory the values are in
        self._settled = True  # whether the arrays have them too

    @classmethod
    def of(
        cls, carried: Sequence[np.ndarray], data: Sequence[np.ndarray], together: bool, overwrite: bool
    ) -> Running:
        """Loops over copies of these values, in one block of memory if they are to lie ``together``, or over
        the arrays themselves, if these may be written over and are no views of others."""
        if together:
            memory, arrays = in_one_block(carried)
            return cls(arrays, data, memory)
        own = [overwrite and value.flags.owndata for value in carried]
        return cls(list(map(writable, carried, [value.dtype for value in carried], own)), data)

    def enter(self, loop: RepeatedStep) -> None:
        """Lay the values out for a loop."""
        with loop.alone() as control:
            self._enter(loop, control)

    def forget(self) -> None:
        """Keep no loop's memory: there will be others."""
        self.carried()
        self._at = None
        self._ready.clear()

    def carried(self) -> list[np.ndarray]:
        """The values after the last whole step, in arrays that the next one writes over."""
        if self._at is not None and not self._settled:
            with self._at.alone() as control:
                self._settle_surely(control)
        return self._carried

    def copied(self) -> Running:
        """The same with arrays of its own."""
        return Running.of(self.carried(), self._data, self._memory is not None, overwrite=False)

    def kept(self) -> list[np.ndarray]:
        """Copies of the values, which lie together, until the next ones are asked for."""
        assert self._memory is not None
        assert self._kept is not None
        self.carried()
        memory, copies = self._kept
        np.copyto(memory, self._memory)
        return copies

    def renew(self, positions: Collection[int]) -> None:
        """Go on with copies of some of the arrays, and leave those themselves as they are.

        Only for loops that end each step.
        """
        carried = self.carried() if positions else []
        for position in positions:
            carried[position] = copied_to_lines(carried[position], carried[position].dtype)
            for ready in self._ready.values():
                ready.replace(position, carried[position])

    def run(
        self, loops: Loops, numbers: np.ndarray, orders: np.ndarray, batch_size: int, stay: bool = True
    ) -> np.ndarray:
        """Cut each line of orders into minibatches, of which the last may be smaller, and make a step with
        each. The values are then those after a whole step, whenever Ctrl-C comes, if all loops end each one.

        Args:
            loops: the compiled step, by the rows in a minibatch.
            numbers: one for each line, or each minibatch.
            orders: row numbers, shape (lines, rows).
            batch_size: rows in a minibatch, as many as a line has at most.
            stay: whether the values may stay where a loop has them.

        Returns:
            The losses, shape (lines, minibatches), NaN after the last step that ran.
        """
        lines, rows = orders.shape
        full, rest = divmod(rows, batch_size) if rows else (1, 0)  # a step that takes no rows
        largest = loops[batch_size]
        losses = largest.room_for_losses((lines, full + (rest > 0)))
        by_line = numbers if numbers.ndim == 2 else numbers[:, None]
        each = largest.as_numbers(by_line, losses.shape)
        apart = int(each.size > 1)
        places = np.ascontiguousarray(orders, np.int64)
        first_place, first_number, first_loss = map(address, (places, each, losses))
        pieces = short(of_one_size(lines, full, rest, batch_size), largest.operations)
        with largest.with_help(losses.size) as control:
            try:
                for size, row, step, count in largest.as_is_quicker(pieces, losses.size, control):
                    self._enter(loops[size], control)
                    self._settled = False
                    self._ready[loops[size]].run(
                        control,
                        first_place + row * places.itemsize,
                        first_number + step * apart * each.itemsize,
                        apart,
                        first_loss + step * losses.itemsize,
                        count,
                    )
                    if not math.isfinite(losses.item(step + count - 1)):
                        _require_rows(places, rows_of(self._data))
                        losses.reshape(-1)[step + count :] = np.nan
                        break
            finally:
                if not stay:
                    self._settle_surely(control)
        return losses.astype(np.float64, copy=False)

    def _enter(self, loop: RepeatedStep, control: int) -> None:
        if loop is self._at:
            return
        self._settle(control)
        self._at = None
        if loop not in self._ready:
            self._ready[loop] = loop.ready(self._carried, self._data)
        self._ready[loop].enter(control)
        self._at = loop

    def _settle_surely(self, control: int) -> None:
        try:
            self._settle(control)
        except BaseException:  # of a signal, perhaps before it was done
            self._settle(control)
            raise

    def _settle(self, control: int) -> None:
        if self._at is not None and not self._settled:
            self._ready[self._at].leave(control)
            self._settled = True


def _like(memory: np.ndarray, arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """As much memory, and in it arrays like these."""
    other = np.empty_like(memory)
    return other, views_of(other, arrays)


def run_epochs(
    loops: Loops,
    carried: Sequence[Any],
    numbers: np.ndarray,
    orders: np.ndarray,
    data: Sequence[np.ndarray],
    batch_size: int,
    overwrite: bool = False,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Run loops once, as :meth:`Running.run` says.

    Args:
        loops: the compiled step, by the rows in a minibatch.
        carried: the values before the first step.
        numbers: one for each line, or each minibatch.
        orders: row numbers, shape (lines, rows).
        data: arrays of rows.
        batch_size: rows in a minibatch, as many as a line has at most.
        overwrite: whether the carried arrays may be written over.

    Returns:
        The losses, and the carried values after the last step.
    """
    overwrite = overwrite and ends_each_step(loops)
    running = Running(loops[batch_size].writable(carried, overwrite), data)
    losses = running.run(loops, numbers, orders, batch_size, stay=False)
    return losses, running.carried()


def ends_each_step(loops: Loops) -> bool:
    """Whether neither Ctrl-C nor an error can end one of the loops within a step."""
    return all(loop.ends_each_step for loop in loops.values())


def _require_rows(places: np.ndarray, rows: int) -> None:
    """Where a loop ends early: numbers of rows that there are, or an error."""
    outside = places[(places < 0) | (places >= rows)]
    if outside.size:
        known = f"row numbers from 0 to {rows - 1}" if rows else "data that has rows"
        raise ShapeError(f"orders with row {outside[0]}, for {rows} rows", expected=known)
