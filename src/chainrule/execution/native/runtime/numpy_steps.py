"""What NumPy computes within a program: machine code calls back for each such step and goes on after it.

It calls one function with the step's number, which answers 1 if the step was made. Where it raised an error,
the machine code stops, and what called it raises that error.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ....graph import Graph, Node
from ...reference import bound
from ..expressions import Buffer
from ..kernels import Kernel, ReferenceStep

_Function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)


@dataclass(frozen=True, slots=True)
class NumpyStep:
    """A step by numbers, as it is kept on disk.

    Attributes:
        node: which node of the graph in operations that have loops.
        operands: where its operands lie: entries of the pointer table, beyond them bytes of the workspace.
        target: where its result goes, likewise.
    """

    node: int
    operands: tuple[int, ...]
    target: int


def numpy_steps(
    kernels: Sequence[Kernel], graph: Graph, slots: Mapping[Buffer, int], offsets: Mapping[Buffer, int]
) -> tuple[NumpyStep, ...]:
    """The steps among a program's kernels, in the order of their numbers."""
    positions = {node: position for position, node in enumerate(graph.nodes)}
    places = {**slots, **{buffer: len(slots) + offset for buffer, offset in offsets.items()}}
    return tuple(
        NumpyStep(positions[step.node], tuple(places[b] for b in step.operands), places[step.target])
        for step in kernels
        if isinstance(step, ReferenceStep)
    )


class Steps:
    """NumPy's steps of a program.

    Args:
        steps: where they read and write.
        nodes: of the program's graph in operations that have loops.
        slots: how many entries of the pointer table come before the workspace.
    """

    def __init__(self, steps: Sequence[NumpyStep], nodes: Sequence[Node], slots: int) -> None:
        self._steps, self._nodes, self._slots = steps, [nodes[step.node] for step in steps], slots
        self._functions = list(map(bound, self._nodes))

    def __len__(self) -> int:
        return len(self._steps)

    @contextmanager
    def called_with(self, arrays: Mapping[int, np.ndarray], workspace: np.ndarray) -> Iterator[int]:
        """The address of the function for one call of the program, while the code inside runs.

        Args:
            arrays: by entry of the pointer table.
            workspace: the bytes from the workspace's beginning.

        Raises:
            Exception: whatever a step raised.
        """
        if not self._steps:
            yield 0
            return
        calls = [self._call(number, arrays, workspace) for number in range(len(self._steps))]
        errors: list[BaseException] = []
        answers = _answers(calls, errors)
        next(answers)
        function = _Function(answers.send)
        yield ctypes.cast(function, ctypes.c_void_p).value or 0
        if errors:
            raise errors.pop()

    def _call(self, number: int, arrays: Mapping[int, np.ndarray], memory: np.ndarray) -> Callable[[], None]:
        step, node = self._steps[number], self._nodes[number]

        def array(place: int, like: Any) -> np.ndarray:
            if place < self._slots:
                return arrays[place].reshape(like.shape)
            return np.ndarray(like.shape, like.dtype, buffer=memory, offset=place - self._slots)

        operands = [array(place, like) for place, like in zip(step.operands, node.inputs, strict=True)]
        return partial(_compute, self._functions[number], operands, array(step.target, node))


def _compute(function: Callable[..., Any], operands: Sequence[np.ndarray], target: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        target[...] = function(*operands)


def _answers(calls: Sequence[Callable[[], None]], errors: list[BaseException]) -> Generator[bool, int, None]:
    """Make the call of each number that is sent, and answer whether it was made; an error waits until machine
    code, which it cannot cross, has ended.

    A function's own ``try`` would come too late for what the handler of a signal raises that came while
    machine code ran: it is raised as a function begins. Here it is raised where the next number is awaited.
    """
    made = False
    while True:
        try:
            while True:
                number = yield made
                made = False
                calls[number]()
                made = True
        except GeneratorExit:
            return
        except BaseException as error:  # noqa: BLE001 - raised when machine code has ended
            errors.append(error)
            made = False
