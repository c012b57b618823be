"""Running a function on traced arrays and collecting its graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import tree
from ..errors import ChainruleError, SourceLine, TraceError
from ..graph import ArrayType, Graph, Node, constant, input_node
from .tracer import Trace, Traced


@dataclass(frozen=True, slots=True)
class TraceResult:
    """A traced function: its graph, how its return value is put together, and whether it looked at values.

    ``branched_at`` is the user's line that branched on a value; such a graph holds for these values only.
    ``captured`` are arrays of enclosing traces; the graph's last inputs stand for them.
    """

    graph: Graph
    output: tree.Structure
    branched_at: SourceLine | None
    captured: tuple[Traced, ...]


_depth: ContextVar[int] = ContextVar("depth", default=0)


def trace_function(
    call: Callable[[Sequence[Any]], Any],
    types: Sequence[ArrayType],
    labels: Sequence[str],
    *,
    values: Sequence[Any] | None = None,
    title: str = "f",
) -> TraceResult:
    """The graph of ``call(arrays)``.

    Args:
        call: the function of a list of arrays.
        types: the type of each array.
        labels: the name of each array.
        values: the arrays themselves, for functions that branch on values.
        title: the function's name.

    Raises:
        NeedsValue: the function looks at a value and ``values`` were not given.
        TraceError: the function does something that cannot become a graph.
    """
    inputs = tuple(map(input_node, types, labels))
    known = None if values is None else dict(zip(inputs, values, strict=True))
    trace = Trace(_depth.get() + 1, values=known)
    token = _depth.set(trace.depth)
    try:
        result = _own_errors(lambda: call([Traced(node, trace) for node in inputs]))
    finally:
        _depth.reset(token)
    leaves, structure = tree.flatten(result)
    outputs = tuple(_output_node(trace, leaf) for leaf in leaves)
    names = _distinct(trace.names, dict(zip(inputs, labels, strict=True)))
    further = tuple(node for node, _ in trace.captured.values())
    captured = tuple(array for _, array in trace.captured.values())
    return TraceResult(Graph(inputs + further, outputs, names, title), structure, trace.branched_at, captured)


def _own_errors(call: Callable[[], Any]) -> Any:
    """Call, and where NumPy has wrapped one of our errors in another of its own, raise ours."""
    try:
        return call()
    except (SystemError, TypeError, ValueError) as error:
        cause = error.__cause__
        while isinstance(cause, SystemError):
            cause = cause.__cause__
        if isinstance(cause, ChainruleError) and not isinstance(error, ChainruleError):
            raise cause from None
        raise


def _output_node(trace: Trace, leaf: Any) -> Node:
    if isinstance(leaf, Traced):
        return trace.node_of(leaf)
    array = np.asarray(leaf)
    if array.dtype.kind not in "fiub":
        raise TraceError(
            f"the function returned {leaf!r}, which is not an array of real numbers",
            expected="arrays, or dicts, lists and tuples of them",
            instead="a return statement at its end" if leaf is None else "return the arrays alone",
        )
    return constant(array)


def _distinct(names: Sequence[tuple[str, Node]], inputs: dict[Node, str]) -> dict[str, Node]:
    """Each name once, those of the inputs first: a name given again gets a number."""
    distinct = {label: node for node, label in inputs.items()}
    for label, node in names:
        unique, count = label, 1
        while unique in distinct and distinct[unique] is not node:
            count += 1
            unique = f"{label}_{count}"
        distinct[unique] = node
    return distinct
