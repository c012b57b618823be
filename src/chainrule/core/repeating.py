"""A training step repeated over minibatches as one native loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import tree
from ..arguments import as_count
from ..errors import DtypeError, ShapeError
from .arguments import array_type, in_native_order
from .specialise import PLANNED, SINGLE, Specialisation, Specialiser

Step = Callable[..., tuple[Any, Any]]
#: Minibatches of a line that make it worth while to lay carried values out for them, where others follow.
MANY = 16


@dataclass(frozen=True, slots=True)
class Given:
    """What a loop is called with, in the forms that it takes.

    Attributes:
        leaves: the carry's arrays.
        structure: how they make up the carry.
        numbers: one for each line of the orders, or each of its minibatches.
        orders: row numbers, a line of minibatches after the other.
        arrays: the data.
        batch: the rows of a minibatch.
    """

    leaves: list[np.ndarray]
    structure: tree.Structure
    numbers: np.ndarray
    orders: np.ndarray
    arrays: list[np.ndarray]
    batch: int

    @property
    def sizes(self) -> dict[int, bool]:
        """The sizes of minibatches, and whether so many of one follow each other that layouts pay."""
        rows = self.orders.shape[1]
        rest = rows % self.batch if self.batch else 0
        if not rest:
            return {self.batch: True}
        return {self.batch: rows // self.batch >= MANY, rest: False}

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


class Repeated:
    """A step as a native loop over minibatches, compiled for each shape and dtype."""

    def __init__(self, step: Step) -> None:
        self._specialiser = Specialiser(step, wrt=(), worth=PLANNED)
        self._loops: dict[Any, Any] = {}  # found by types alone: training calls one many times

    def __reduce__(self) -> tuple[Any, ...]:
        return Repeated, (self._specialiser.function,)

    def __call__(
        self,
        carry: Any,
        numbers: Any,
        orders: Any,
        *data: Any,
        batch_size: int | None = None,
        overwrite: bool = False,
    ) -> tuple[np.ndarray, Any]:
        from ..execution.native import run_epochs

        g = _given(carry, numbers, orders, data, batch_size)
        losses, after = run_epochs(
            self._loops_for(g), g.leaves, g.numbers, g.orders, g.arrays, g.batch, overwrite
        )
        return losses if batch_size else losses[:, 0], tree.unflatten(g.structure, after)

    def compile(
        self, carry: Any, numbers: Any, orders: Any, *data: Any, batch_size: int | None = None
    ) -> None:
        """Have the loop for arguments like these compiled, without a step."""
        self._loops_for(_given(carry, numbers, orders, data, batch_size))

    def explain(self, carry: Any, numbers: Any, orders: Any, *data: Any) -> str:
        """The kernels of a step with these arguments, and what NumPy computes among them, and why."""
        return str(self._loop_of(carry, numbers, orders, data).explain())

    def ir(self, carry: Any, numbers: Any, orders: Any, *data: Any, stage: str = "llvm") -> str:
        """What the loop has become at one of the stages, which are those of what :func:`chainrule.compile`
        makes, or after a single pass, such as "lower", "carrying", "inplace" or "grouping"."""
        return str(self._loop_of(carry, numbers, orders, data).ir(stage))

    def _loop_of(self, carry: Any, numbers: Any, orders: Any, data: tuple[Any, ...]) -> Any:
        (loop,) = self._loops_for(_given(carry, numbers, orders, data, None)).values()
        return loop

    def _loops_for(self, given: Given) -> dict[int, Any]:
        """The loops by the sizes of their minibatches, made where they are not there yet.

        One of a size stays, however many minibatches the next call has: training makes them for whole epochs,
        and asks for pieces of an epoch then.
        """
        if self._specialiser.changed():
            self._loops = {}
        known = self._loops  # another thread may begin anew
        types, loops = given.types, {}
        for size, many in given.sizes.items():
            key = (types, size)
            if key not in known:
                known[key] = self._compiled(given, size, many)
            loops[size] = known[key]
        return loops

    def _compiled(self, given: Given, size: int, many: bool) -> Any:
        special, _ = self._specialiser.at(given.of_one_step(size), {})
        special = special.for_every_value()
        name = "repeated often" if many else "repeated"
        if name not in special.executables:
            from ..execution.native import compile_repeated

            _require_same_carry(special, given)
            special.executables[name] = compile_repeated(special.traced, len(given.leaves), many)
        return special.executables[name]


def _given(carry: Any, numbers: Any, orders: Any, data: tuple[Any, ...], batch_size: int | None) -> Given:
    """The arguments, checked against each other; without a batch size each line is one minibatch."""
    leaves, structure = tree.flatten(carry)
    leaves = [in_native_order(np.asarray(leaf)) for leaf in leaves]
    arrays = [in_native_order(np.ascontiguousarray(array)) for array in data]
    numbers, orders = in_native_order(np.asarray(numbers)), np.asarray(orders)
    _require_places(orders, arrays)
    rows = orders.shape[1]
    batch = rows if batch_size is None else min(as_count(batch_size, "batch_size"), rows)
    each = -(-rows // batch) if batch else 1
    if numbers.shape not in ((len(orders),), (len(orders), each)):
        raise ShapeError(
            f"numbers of shape {numbers.shape}",
            expected=f"({len(orders)},), one a line, or {(len(orders), each)}, one a minibatch",
        )
    return Given(leaves, structure, numbers, orders, arrays, batch)


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


def _require_same_carry(special: Specialisation, given: Given) -> None:
    """The next values are written over the last ones, so they must be as large."""
    if special.output != tree.flatten((0.0, tree.unflatten(given.structure, given.leaves)))[1]:
        raise ShapeError(
            "the step returned values in another structure",
            expected="the loss, and the next carried values in the structure of the first ones",
        )
    loss, *after = (node.type for node in special.traced.outputs)
    if loss.shape != () or not loss.is_float or loss.dtype.itemsize < SINGLE.itemsize:
        raise ShapeError(f"the step returned a loss {loss}", expected="one number, float32 or wider")
    for carried, returned in zip(map(array_type, given.leaves), after, strict=True):
        if carried != returned:
            raise ShapeError(
                f"the step returned {returned} for a carried value {carried}",
                expected="the same shape and dtype",
            )


def repeat(step: Step) -> Repeated:
    """Repeat a step over minibatches in machine code, without returning to Python in between.

    For each step k: ``loss, carry = step(carry, numbers[k], *[array[orders[k]] for array in data])``.

    Args:
        step: a function of the carried values (a tree of arrays), one number, and the rows of a minibatch,
            written in plain NumPy, that returns the loss and the next carried values in the same structure.

    Returns:
        A function ``repeated(carry, numbers, orders, *data)`` of numbers of shape (steps,), row indices of
        shape (steps, batch), and arrays of rows. It returns the losses, float64 of shape (steps,), and the
        carry after the last step. With ``batch_size=`` the orders have shape (epochs, rows), and each line
        is cut into minibatches, of which the last may be smaller; there is a number for each line, shape
        (epochs,), or for each minibatch, and the losses have shape (epochs, minibatches). With
        ``overwrite=True`` the arrays of the carry, which share no memory then, may be written over: that
        spares copies.

        Where a loss is not finite, that step makes no update, and the losses after it are NaN. Subnormal
        numbers count as zero inside, and quotients a/(√x + c) are within 7 ulp, which in float64 concerns
        processors with AVX-512; there, one of float32 whose a is a number times something, such as Adam's
        rate times a mean, becomes infinite, or NaN if x is, where |a| ≥ 2¹²⁷, and one of float64 within a
        part in 2²⁵ of the largest number. What has no machine code, a decomposition for instance, NumPy
        computes within each step; ``.explain`` with the same arguments says what and why, and ``.ir`` prints
        the loop after each pass.

    Raises:
        CompilationError: the step could not be compiled.
        ShapeError: numbers, orders and data that do not fit, or a step that returns anything but a number
            and values like those it was given. A row that is not there is noticed by the step that would
            read it.
        DtypeError: orders that are not integers.

    Source: the lecture, "Gradient descent (any 3-layer NN)".

    >>> import numpy as np, chainrule as cr
    >>> def step(w, rate, x):
    ...     loss, gradient = cr.value_and_grad(lambda w: np.mean((w - x) ** 2))(w)
    ...     return loss, w - rate * gradient
    >>> x = np.array([1.0, 3.0])
    >>> losses, w = cr.repeat(step)(np.array(0.0), np.array([0.5, 0.5]), np.array([[0, 1], [0, 1]]), x)
    >>> losses.tolist(), float(w)
    ([5.0, 1.0], 2.0)
    """
    return Repeated(step)
