"""What a repeated step's loop is called with, checked and in the forms that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import tree
from ..arguments import as_count
from ..errors import DtypeError, ShapeError
from .arguments import in_native_order, refuse_unlike_arrays

#: Minibatches of a line that make it worth while to lay carried values out for them, where others follow.
MANY = 16


@dataclass(frozen=True, slots=True)
class LoopArguments:
    """Arguments of a loop.

    Attributes:
        leaves: the carry's arrays.
        structure: how they make up the carry.
        arrays: the data.
        batch_size: the rows of a minibatch as they were asked for; None for those of a line.
        numbers: one for each line of the orders, or each of its minibatches.
        orders: row numbers, a line of minibatches after the other.
    """

    leaves: list[np.ndarray]
    structure: tree.Structure
    arrays: list[np.ndarray]
    batch_size: int | None
    numbers: np.ndarray
    orders: np.ndarray

    @property
    def batch(self) -> int:
        """The rows of a minibatch."""
        rows: int = self.orders.shape[1]
        return rows if self.batch_size is None else min(self.batch_size, rows)

    @property
    def sizes(self) -> dict[int, bool]:
        """The sizes of minibatches, and whether so many of one follow each other that layouts pay."""
        rows, batch = self.orders.shape[1], self.batch
        rest = rows % batch if batch else 0
        if not rest:
            return {batch: True}
        return {batch: rows // batch >= MANY, rest: False}

    @property
    def types(self) -> tuple[Any, ...]:
        """All that a loop depends on but the size of a minibatch."""
        kinds = [(leaf.shape, leaf.dtype) for leaf in self.leaves]
        rows = [(array.shape[1:], array.dtype) for array in self.arrays]
        return self.structure, self.numbers.dtype, *kinds, *rows

    def of_one_step(self, size: int) -> tuple[Any, ...]:
        """Arguments of a step with so many rows."""
        number = self.numbers.flat[0] if self.numbers.size else np.zeros((), self.numbers.dtype)
        rows = [array[np.zeros(size, int)] for array in self.arrays]
        return tree.unflatten(self.structure, self.leaves), number, *rows

    def with_steps(self, numbers: Any, orders: Any) -> LoopArguments:
        """The same with the numbers and orders of other steps, checked."""
        numbers, orders = in_native_order(np.asarray(numbers)), np.asarray(orders)
        _require_places(orders, self.arrays)
        new = LoopArguments(self.leaves, self.structure, self.arrays, self.batch_size, numbers, orders)
        lines, batch = len(orders), new.batch
        each = -(-orders.shape[1] // batch) if batch else 1
        if numbers.shape not in ((lines,), (lines, each)):
            raise ShapeError(
                f"numbers of shape {numbers.shape}",
                expected=f"({lines},), one a line, or {(lines, each)}, one a minibatch",
            )
        return new


def loop_arguments(
    carry: Any, numbers: Any, orders: Any, data: tuple[Any, ...], batch_size: int | None
) -> LoopArguments:
    """The arguments, checked against each other; without a batch size each line is one minibatch."""
    leaves, structure = tree.flatten(carry)
    for array in (*leaves, *data):
        refuse_unlike_arrays(array)
    if not all(map(np.ndim, data)):
        raise ShapeError(
            "a single number among the data", expected="arrays of rows", instead="a number in the carry"
        )
    leaves = [in_native_order(np.asarray(leaf)) for leaf in leaves]
    arrays = [in_native_order(np.ascontiguousarray(array)) for array in data]
    size = None if batch_size is None else as_count(batch_size, "batch_size")
    none = np.zeros(0)
    return LoopArguments(leaves, structure, arrays, size, none, none).with_steps(numbers, orders)


def _require_places(orders: np.ndarray, arrays: list[np.ndarray]) -> None:
    """Two axes of whole numbers, and rows that they can be numbers of: whether there is each of these rows,
    the loop looks itself, just before it reads them."""
    if orders.size and orders.dtype.kind not in "iu":
        raise DtypeError(f"orders of dtype {orders.dtype}", expected="integers, row numbers")
    if orders.ndim != 2 or (orders.size and not arrays):
        raise ShapeError(
            f"orders of shape {orders.shape} for {len(arrays)} arrays of rows",
            expected="(steps, batch), row numbers",
        )
