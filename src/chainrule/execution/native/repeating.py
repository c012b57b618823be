"""A step repeated over minibatches without leaving machine code: the compiled loop."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any

import numpy as np

from ...calculus import simplify
from ...graph import Graph
from .emission.dividing import LEAST_PROGRAM
from .emission.sharing import FOREVER, STOP, UNTIL
from .looping import Layout, StepPlan
from .machine_code.loading import Loaded, constants, loaded
from .pieces import Piece, in_trials
from .planning import Readable, in_loops
from .ready import Ready
from .runtime.arrays import writable
from .runtime.crowd import Crowd
from .runtime.interrupts import is_long
from .runtime.numpy_steps import Steps
from .step_planning import planned_step
from .target import Target, host

TRIAL = 3e7  # operations of the steps by which two ways are compared: a millisecond
LEAST_LEFT = 5  # times as many steps as that, without which comparing does not pay
LEAST_GAIN = 1.1  # of speed, for which another processor is worth occupying
KEPT = 4000  # times as many steps as that are made as was quicker, without trials: some seconds


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
        pairs = zip(carried, self._carried, strict=True)
        return [writable(value, node.dtype, overwrite) for value, node in pairs]

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

    def alone(self) -> AbstractContextManager[int]:
        """The control block of one thread that does all."""
        return self._crowd.at_work(0.0)

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
        for trial, piece in in_trials(pieces, trials):
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

    def ready(self, carried: Sequence[np.ndarray], data: Sequence[np.ndarray]) -> Ready:
        """The loop over these arrays: the carried values, which it writes over, and rows."""
        own = (*carried, *self._constants)
        return Ready(self._library, self._manifest, self._layout, self._steps, own, data)

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
