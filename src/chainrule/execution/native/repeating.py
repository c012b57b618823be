"""A step repeated over minibatches without leaving machine code: the loop, made ready and called."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from ...calculus import simplify
from ...errors import ShapeError
from ...graph import Graph
from .emission.dividing import LEAST_PROGRAM
from .emission.module import CONTROL, NUMPY, WORKSPACE
from .emission.sharing import FOREVER, STOP, UNTIL
from .looping import Layout, StepPlan, planned_step
from .machine_code.loading import Loaded, address, constants, loaded
from .passes.memory import copied_to_lines, workspace
from .planning import Readable, in_loops
from .runtime.crowd import Crowd
from .runtime.interrupts import LONG, call, is_long
from .runtime.numpy_steps import Steps
from .target import Target, host

TRIAL = 3e7  # operations of the steps by which two ways are compared: a millisecond
LEAST_LEFT = 5  # times as many steps as that, without which comparing does not pay
LEAST_GAIN = 1.1  # of speed, for which another processor is worth occupying
KEPT = 4000  # times as many steps as that are made as was quicker, without trials: some seconds
AT_FIRST = 3  # times what is long by itself, that is made before Ctrl-C is heard; then as much as takes
HEARD = 0.2  # seconds

#: Runs so many steps: the addresses of their orders, numbers and losses, and how many.
Run = Callable[[int, int, int, int], None]


class Piece(NamedTuple):
    """So many ``steps`` with minibatches of one size, from a row and a step on."""

    size: int
    row: int
    step: int
    steps: int

    def cut(self, steps: int) -> tuple[Piece, Piece]:
        """The first so many steps, and the others."""
        rest = Piece(self.size, self.row + steps * self.size, self.step + steps, self.steps - steps)
        return self._replace(steps=steps), rest


class RepeatedStep(Readable):
    """A compiled loop over minibatches.

    The graph's inputs are the carried values, one number a step, and the rows of a minibatch; its outputs are
    the loss and the next carried values.
    """

    def __init__(self, graph: Graph, carried: int, target: Target, many: bool, loaded: Loaded) -> None:
        self._graph, self._target, self._manifest = graph, target, loaded.manifest
        self._many = many
        self._library = loaded.library
        self._carried, self._scalar = graph.inputs[:carried], graph.inputs[carried]
        self._constants = constants(graph, loaded.manifest)
        self._layout = Layout(carried + len(self._constants), len(graph.inputs) - carried - 1)
        steps = self._manifest.steps
        nodes = in_loops(simplify(graph)).nodes if steps else ()
        self._steps = Steps(steps, nodes, self._layout.own)
        self._crowd = Crowd(self._library, self._library.functions.get("work"))
        self._alone = 0  # steps to come for which help is known to be no use

    @property
    def operations(self) -> float:
        """About how many operations a step takes."""
        return self._manifest.work

    @property
    def ends_each_step(self) -> bool:
        """Whether neither Ctrl-C nor an error can end it within a step, which leaves nothing of use."""
        return not (is_long(self.operations) or self._manifest.steps)

    def writable(self, carried: Sequence[Any], overwrite: bool) -> list[np.ndarray]:
        """The carried values in arrays that the loop may write over: in copies, unless these may be."""
        return [
            np.require(value, node.dtype, ("C", "A", "W"))
            if overwrite
            else copied_to_lines(np.asarray(value), node.dtype)
            for value, node in zip(carried, self._carried, strict=True)
        ]

    def as_numbers(self, numbers: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """One number a step, as the loop reads them, or one for all where they are the same."""
        first = numbers.ravel()[:1]
        same = numbers.size == 1 or (
            numbers.size and ((numbers == first) & (np.signbit(numbers) == np.signbit(first))).all()
        )
        return np.ascontiguousarray(first if same else np.broadcast_to(numbers, shape), self._scalar.dtype)

    def room_for_losses(self, shape: tuple[int, ...]) -> np.ndarray:
        """An array that the loop writes losses to, of the steps that it does not make NaN."""
        return np.empty(shape, self._graph.outputs[0].dtype)

    def with_help(self, steps: int) -> AbstractContextManager[int]:
        """Threads that help with so many steps while the code inside runs, unless help was no use just
        before; gives their control block."""
        alone, self._alone = self._alone > 0, max(0, self._alone - steps)
        return self._crowd.at_work(0.0 if alone else self.operations * steps)

    def as_is_quicker(self, pieces: Iterable[Piece], steps: int, control: int) -> Iterator[Piece]:
        """The pieces; where steps are short, the first ones with help and then alone, the others as was
        quicker: where that is alone, those who helped may leave, and are not asked for some time.

        Help with short steps depends on how soon a processor sees what another has written: on some machines
        twice as late as on others, which makes a step of 40 microseconds slower with help.

        Args:
            pieces: each is run before the next one is asked for.
            steps: of all of them.
            control: the address of the control block of the threads that help.
        """
        until, stop = (ctypes.c_int64.from_address(control + place) for place in (UNTIL, STOP))
        tried = max(2, round(TRIAL / max(self.operations, 1)))
        trials = (2 * tried, tried, tried)  # with help, while the others wake up; with help; alone
        if (
            until.value == FOREVER
            or self.operations >= LEAST_PROGRAM
            or steps < sum(trials) + LEAST_LEFT * tried
        ):
            yield from pieces
            return
        seconds, rows = [0.0, 0.0, 0.0, 0.0], [0, 0, 0, 0]
        for trial, piece in _cut(pieces, trials):
            if trial < len(trials):
                until.value = FOREVER if trial == 2 else 0
            elif seconds[2] / rows[2] < LEAST_GAIN * seconds[1] / rows[1]:
                until.value, stop.value, self._alone = FOREVER, 1, KEPT * tried
            elif until.value == FOREVER:
                until.value = 0
            start = perf_counter()
            yield piece
            seconds[trial] += perf_counter() - start
            rows[trial] += piece.steps * max(piece.size, 1)

    @contextmanager
    def ready(
        self, current: Sequence[np.ndarray], data: Sequence[np.ndarray], control: int, numbers_apart: int
    ) -> Iterator[Run]:
        """The loop over these arrays, while the code inside runs.

        Args:
            current: the carried values, which it writes over.
            data: arrays of rows.
            control: the address of a control block.
            numbers_apart: how many places after a step's number the next one's is.
        """
        layout = self._layout
        memory = workspace(self._manifest.workspace_bytes)
        own = [*current, *self._constants]
        table = (ctypes.c_void_p * layout.entries)(*map(address, own))
        for slot, array in zip((layout.own + WORKSPACE, *layout.data), (memory, *data), strict=True):
            table[slot] = address(array)
        steps, apart, length = map(ctypes.c_int64, (0, numbers_apart, rows_of(data)))
        for slot, number in ((layout.count, steps), (layout.apart, apart), (layout.length, length)):
            table[slot] = ctypes.addressof(number)
        with self._steps.called_with(dict(enumerate(own)), memory) as numpy:
            table[layout.own + CONTROL], table[layout.own + NUMPY] = control, numpy

            def run(orders: int, numbers: int, losses: int, count: int) -> None:
                table[layout.orders], table[layout.scalars], table[layout.losses] = orders, numbers, losses
                steps.value = count
                call(self._library.functions["run"], table, control, self.operations)

            yield run

    def _plan(self) -> StepPlan:
        return planned_step(self._graph, len(self._carried), self._target, self._many)


def compile_repeated(graph: Graph, carried: int, many: bool = True) -> RepeatedStep:
    """Compile a step's graph as a loop; its first ``carried`` inputs are carried from step to step.

    The graph is the one that was traced: to simplify it is the first pass, which is made only where its code
    is not on the disk. ``many``: whether a call makes many steps.
    """
    target, how = host(), f"carrying {carried} {'far' if many else 'a little'}"
    found = loaded(graph, how, target, lambda: planned_step(graph, carried, target, many).made())
    return RepeatedStep(graph, carried, target, many, found)


def run_epochs(
    loops: Mapping[int, RepeatedStep],
    carried: Sequence[Any],
    numbers: np.ndarray,
    orders: np.ndarray,
    data: Sequence[np.ndarray],
    batch_size: int,
    overwrite: bool = False,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Cut each line of orders into minibatches, of which the last may be smaller, and make a step with each.

    Args:
        loops: the compiled step, by the rows in a minibatch.
        carried: the values before the first step.
        numbers: one for each line, or each minibatch.
        orders: row numbers, shape (lines, rows).
        data: arrays of rows.
        batch_size: rows in a minibatch, as many as a line has at most.
        overwrite: whether the carried arrays may be written over; then they hold the values after a whole
            step, whenever Ctrl-C comes.

    Returns:
        The losses, shape (lines, minibatches), NaN after the last step that ran; the carried values after it.
    """
    lines, rows = orders.shape
    full, rest = divmod(rows, batch_size) if rows else (1, 0)  # a step that takes no rows
    minibatches = full + (rest > 0)
    largest = loops[batch_size]
    losses = largest.room_for_losses((lines, minibatches))
    by_line = numbers if numbers.ndim == 2 else numbers[:, None]
    each = largest.as_numbers(by_line, losses.shape)
    apart = int(each.size > 1)
    places = np.ascontiguousarray(orders, np.int64)
    overwrite = overwrite and all(loop.ends_each_step for loop in loops.values())
    current = largest.writable(carried, overwrite)
    first_place, first_number, first_loss = map(address, (places, each, losses))
    with ExitStack() as stack:
        control = stack.enter_context(largest.with_help(losses.size))
        ready = {
            size: stack.enter_context(loop.ready(current, data, control, apart))
            for size, loop in loops.items()
        }
        pieces = _short(_pieces(lines, full, rest, batch_size), largest.operations)
        for size, row, step, count in largest.as_is_quicker(pieces, losses.size, control):
            ready[size](
                first_place + row * places.itemsize,
                first_number + step * apart * each.itemsize,
                first_loss + step * losses.itemsize,
                count,
            )
            if not math.isfinite(losses.item(step + count - 1)):
                _require_rows(places, rows_of(data))
                losses.reshape(-1)[step + count :] = np.nan
                break
    return losses.astype(np.float64, copy=False), current


def rows_of(data: Sequence[np.ndarray]) -> int:
    """How many rows all arrays have."""
    return min((len(array) for array in data), default=0)


def _require_rows(places: np.ndarray, rows: int) -> None:
    """Where a loop ends early: numbers of rows that there are, or an error."""
    whole = places.view(np.uint64)  # of which those below 0 are the greatest
    if whole.size and whole.max() >= rows:
        raise ShapeError(
            f"orders of shape {places.shape} for {rows} rows", expected="(steps, batch), row numbers"
        )


def _cut(pieces: Iterable[Piece], trials: Sequence[int]) -> Iterator[tuple[int, Piece]]:
    """Pieces and the trial that each is of, cut where one with so many steps ends; the rest is of none."""
    trial, left = 0, list(trials)
    for piece in pieces:
        while trial < len(left) and piece.steps >= left[trial]:
            part, piece = piece.cut(left[trial])
            yield trial, part
            trial += 1
        if piece.steps:
            yield trial, piece
            if trial < len(left):
                left[trial] -= piece.steps


def _short(pieces: Iterable[Piece], operations: float) -> Iterator[Piece]:
    """Pieces, after each of which Ctrl-C is heard; while a step runs that is long by itself, it is anyway.
    Around each, values may be copied: so pieces are as long as one can wait."""
    most = math.inf if is_long(operations) else max(1.0, AT_FIRST * LONG / max(operations, 1))
    for piece in pieces:
        while piece.steps > most:
            part, piece = piece.cut(int(most))
            start = perf_counter()
            yield part
            took = perf_counter() - start
            most = most * 2 if took < HEARD / 2 else max(1.0, most / 2) if took > HEARD else most
        yield piece


def _pieces(lines: int, full: int, rest: int, batch_size: int) -> Iterator[Piece]:
    """Steps of one size after the other."""
    if not rest:
        if full and lines:
            yield Piece(batch_size, 0, 0, lines * full)
        return
    rows, minibatches = full * batch_size + rest, full + 1
    for line in range(lines):
        if full:
            yield Piece(batch_size, line * rows, line * minibatches, full)
        yield Piece(rest, line * rows + full * batch_size, line * minibatches + full, 1)
