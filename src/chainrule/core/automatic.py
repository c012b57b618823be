"""NumPy at first, machine code once the work outweighs compiling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..calculus.counting import work
from ..execution import compile_reference
from ..graph import Graph

WORTH_COMPILING = 2e8  # multiplications and elements written, by which compiling has been worth it
NUMPY_CALL = 1_000  # what one call of NumPy's costs beside them


class Automatic:
    """A graph that runs in NumPy, and as machine code after so much work that compiling pays.

    When that is depends on the calls alone, never on time, so that the same calls give the same bits.
    """

    def __init__(self, graph: Graph, compile: Callable[[Graph], Callable[..., list[Any]]]) -> None:
        self._graph, self._compile = graph, compile
        self._program: Callable[..., list[Any]] = compile_reference(graph)
        self._per_call = work(graph.nodes).total + NUMPY_CALL * len(graph.nodes)
        self._left, self._compiled = WORTH_COMPILING, False

    def __call__(self, *arrays: Any) -> list[Any]:
        if not self._compiled and self._left <= 0:
            self._program, self._compiled = self._compile(self._graph), True
        self._left -= self._per_call
        return self._program(*arrays)
