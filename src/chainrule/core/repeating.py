"""A training step repeated over minibatches as one native loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .. import tree
from ..collecting import collector_at_rest
from ..errors import CarryError, TraceError
from ..graph import Graph
from .arguments import array_type
from .comparing import same_graphs
from .loop_arguments import LoopArguments, loop_arguments
from .repetition import Repetition
from .specialise import PLANNED, SINGLE, Specialisation, Specialiser

Step = Callable[..., tuple[Any, Any]]


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

        g = loop_arguments(carry, numbers, orders, data, batch_size)
        losses, after = run_epochs(
            self.loops_for(g, self.known_loops()), g.leaves, g.numbers, g.orders, g.arrays, g.batch, overwrite
        )
        return losses if batch_size else losses[:, 0], tree.unflatten(g.structure, after)

    def start(
        self,
        carry: Any,
        numbers: Any,
        orders: Any,
        *data: Any,
        batch_size: int | None = None,
        keep: bool = False,
        overwrite: bool = False,
    ) -> Repetition:
        """The loop for arguments like these, compiled and ready to go on from the carry, without a step.

        Args:
            carry: the values to start from.
            numbers: like those of a run.
            orders: likewise.
            data: arrays of rows; what changes in them between runs is read anew.
            batch_size: as in a call.
            keep: whether ``before`` are the values before the last run.
            overwrite: whether the carry's arrays, which share no memory then, may be written over, and become
                read-only where they are given out.
        """
        given = loop_arguments(carry, numbers, orders, data, batch_size)
        return Repetition(self, given, data, keep, overwrite)

    def explain(
        self, carry: Any, numbers: Any, orders: Any, *data: Any, batch_size: int | None = None
    ) -> str:
        """The kernels of a step with these arguments, and what NumPy computes among them, and why."""
        return str(self._loop_of(loop_arguments(carry, numbers, orders, data, batch_size)).explain())

    def ir(
        self,
        carry: Any,
        numbers: Any,
        orders: Any,
        *data: Any,
        batch_size: int | None = None,
        stage: str = "llvm",
    ) -> str:
        """What the loop has become at one of the stages, which are those of what :func:`chainrule.compile`
        makes, or after a single pass, such as "lower", "carrying", "inplace" or "grouping"."""
        return str(self._loop_of(loop_arguments(carry, numbers, orders, data, batch_size)).ir(stage))

    def _loop_of(self, given: LoopArguments) -> Any:
        """The loop of whole minibatches."""
        return self.loops_for(given, self.known_loops())[given.batch]

    def known_loops(self) -> dict[Any, Any]:
        """The loops made so far; another dict once what the step reads beside its arguments has changed."""
        if self._specialiser.changed():
            self._loops = {}
        return self._loops

    def loops_for(self, given: LoopArguments, known: dict[Any, Any]) -> dict[int, Any]:
        """The loops by the sizes of their minibatches, made where they are not among the known ones yet.

        One of a size stays, however many minibatches the next call has: training makes them for whole epochs,
        and asks for pieces of an epoch then.
        """
        types, loops = given.types, {}
        for size, many in given.sizes.items():
            key = (types, size)
            if key not in known:
                with collector_at_rest():
                    known[key] = self._compiled(given, size, many)
            loops[size] = known[key]
        return loops

    def _compiled(self, given: LoopArguments, size: int, many: bool) -> Any:
        arguments = given.of_one_step(size)
        special, _ = self._specialiser.at(arguments, {})
        special = special.for_every_value()
        if not self._specialiser.surroundings.steady:
            special = _traced_alike(special, self._specialiser.at(arguments, {})[0])
        name = "repeated often" if many else "repeated"
        if name not in special.executables:
            from ..execution.native import compile_repeated

            graph = _loop(special, given)
            special.executables[name] = compile_repeated(graph, len(given.leaves), many)
        return special.executables[name]


def _traced_alike(special: Specialisation, again: Specialisation) -> Specialisation:
    """What a step was traced as again.

    Raises:
        TraceError: it is another graph, so that steps which are made one after the other would differ.
    """
    if not same_graphs(special.traced, again.traced):
        raise TraceError(
            "the step computes with other numbers each time it is called, as where it draws random ones",
            expected="one of its arguments alone, since a loop computes with the same numbers in every step",
            instead="numbers drawn beforehand, as rows of the data",
        )
    return again


def _loop(special: Specialisation, given: LoopArguments) -> Graph:
    """A step's graph whose next values come in the order of the last ones, over which they are written.

    Raises:
        CarryError: they are not like these.
    """
    traced, output = special.traced, special.output
    wanted = tree.Structure(tuple, (0, 1), (tree.LEAF, given.structure))
    places = tree.in_order(output, wanted)
    if places is None:
        raise CarryError(
            f"the step returned {_difference(output, wanted)}",
            expected="the loss, and the next carried values in the structure of the first ones",
        )
    outputs = tuple(traced.outputs[place] for place in places)
    loss, *after = (node.type for node in outputs)
    if loss.shape != () or not loss.is_float or loss.dtype.itemsize < SINGLE.itemsize:
        raise CarryError(f"the step returned a loss {loss}", expected="one number, float32 or wider")
    types = map(array_type, given.leaves)
    for path, carried, returned in zip(tree.paths(given.structure), types, after, strict=True):
        if carried != returned:
            name, same = f"{path}, " if path else "", carried.shape == returned.shape
            raise CarryError(
                f"the step returned {returned} for {name}a carried {carried}",
                expected="the same shape and dtype",
                instead=f"numbers of {carried.dtype}, or .astype(np.{carried.dtype})" if same else None,
            )
    return replace(traced, outputs=outputs)


def _difference(output: tree.Structure, wanted: tree.Structure) -> str:
    """What a step returned that is not wanted, or did not return."""
    if output.kind is not tuple or len(output.children) != len(wanted.children):
        return "no pair"
    found, paths = (tree.paths(structure.children[1]) for structure in (output, wanted))
    sides = ("also", set(found).difference(paths)), ("no", set(paths).difference(found))
    listed = [f"{how} {', '.join(sorted(names))}" for how, names in sides if any(names)]
    return " and ".join(listed) or "values in another structure"


def repeat(step: Step) -> Repeated:
    """Repeat a step over minibatches in machine code, without returning to Python in between.

    For each step k: ``loss, carry = step(carry, numbers[k], *[array[orders[k]] for array in data])``.

    Args:
        step: a function of the carried values (a tree of arrays), one number, and the rows of a minibatch,
            written in plain NumPy, that returns the loss and the next carried values in the same structure,
            whatever the order of its keys.

    Returns:
        A function ``repeated(carry, numbers, orders, *data)`` of numbers of shape (steps,), row indices of
        shape (steps, batch), and arrays of rows. It returns the losses, float64 of shape (steps,), and the
        carry after the last step. With ``batch_size=`` the orders have shape (epochs, rows), and each line
        is cut into minibatches, of which the last may be smaller; there is a number for each line, shape
        (epochs,), or for each minibatch, and the losses have shape (epochs, minibatches). With
        ``overwrite=True`` the arrays of the carry, which share no memory then, may be written over: that
        spares copies.

        Where steps are made in several calls, as between two looks at a validation loss, values are copied
        less often by ``r = repeated.start(carry, numbers, orders, *data)``, which compiles the loop for
        arguments like these and makes no step. Each ``r.run(numbers, orders)`` goes on and returns the
        losses as a line for each of the orders, and ``r.carried()`` gives the carry, read-only.

        Where a loss is not finite, that step makes no update, and the losses after it are NaN. Subnormal
        numbers count as zero inside, and quotients a/(√x + c) are within 7 ulp, which in float64 concerns
        processors with AVX-512; there, one of float32 whose a is a number times something, such as Adam's
        rate times a mean, becomes infinite, or NaN if x is, where |a| ≥ 2¹²⁷, and one of float64 within a
        part in 2²⁵ of the largest number. What has no machine code, a decomposition for instance, NumPy
        computes within each step; ``.explain`` with the same arguments says what and why, and ``.ir`` prints
        the loop after each pass.

    Raises:
        CompilationError: the step could not be compiled.
        CarryError: the step returns anything but a number and values like those it was given.
        ShapeError: numbers, orders and data that do not fit. A row that is not there is noticed by the step
            that would read it.
        DtypeError: orders that are not integers, masked arrays.
        TraceError: the step branches on values, or computes with other numbers each time it is called.

    Source: the lecture, "Gradient descent (any 3-layer NN)".

    >>> import numpy as np, chainrule as cr
    >>> def step(w, rate, x):
    ...     loss, gradient = cr.value_and_grad(lambda w: np.mean((w - x) ** 2))(w)
    ...     return loss, w - rate * gradient
    >>> x = np.array([1.0, 3.0])
    >>> losses, w = cr.repeat(step)(np.array(0.0), np.array([0.5, 0.5]), np.array([[0, 1], [0, 1]]), x)
    >>> losses.tolist(), float(w)
    ([5.0, 1.0], 2.0)
    >>> r = cr.repeat(step).start(np.array(0.0), np.zeros(0), np.zeros((0, 2), int), x)
    >>> r.run(np.array([0.5]), np.array([[0, 1]])), float(r.carried())
    (array([[5.]]), 2.0)
    """
    return Repeated(step)
