"""What NumPy computes within a program: machine code calls back for each such step and goes on after it.

It calls one function with the step's number. Where a step raises an error, the machine code stops, and what
called it raises that error.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
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
        failure = _Failure()
        calls = [self._call(number, arrays, workspace) for number in range(len(self._steps))]

        def run(number: int) -> int:
            with failure:
                calls[number]()
                return 0
            return 1

        function = _Function(run)
        yield ctypes.cast(function, ctypes.c_void_p).value or 0
        if failure.error is not None:
            raise failure.error

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


class _Failure:
    """An error that waits until machine code, which it cannot cross, has ended."""

    error: BaseException | None = None

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.error = error
        return error is not None
