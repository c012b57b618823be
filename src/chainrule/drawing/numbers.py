"""The numbers at a point: the value of every node, and the output's derivative by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..calculus.reverse import pull
from ..errors import ArgumentError
from ..execution import evaluate
from ..graph import Graph, Node, constant

LONGEST = 4  # numbers that a short text lists; of more it tells the range


@dataclass(frozen=True, slots=True)
class Numbers:
    """Values and adjoints by node; empty where the graph is drawn without a point."""

    values: Mapping[Node, Any] = field(default_factory=dict)
    adjoints: Mapping[Node, Any] = field(default_factory=dict)


def numbers_at(graph: Graph, arrays: Sequence[Any]) -> Numbers:
    """Forward propagation, and back propagation where the graph returns one real number.

    Raises:
        ArgumentError: there are more arrays than inputs, or fewer.
    """
    if len(arrays) != len(graph.inputs):
        raise ArgumentError(
            f"{len(arrays)} arrays for a graph of {len(graph.inputs)} inputs",
            expected=", ".join(node.params["label"] for node in graph.inputs) or "none",
        )
    known: dict[Node, Any] = dict(zip(graph.inputs, arrays, strict=True))
    nodes = list(graph.nodes)
    values = dict(zip(nodes, evaluate(nodes, known), strict=True))
    if len(graph.outputs) != 1 or graph.outputs[0].shape or not graph.outputs[0].type.is_float:
        return Numbers(values)
    (output,) = graph.outputs
    sources = [node for node in graph.inputs if node.type.is_float]
    pulled = pull({output: constant(np.ones((), output.dtype))}, sources)
    return Numbers(values, dict(zip(pulled, evaluate(list(pulled.values()), known), strict=True)))


def short_text(value: Any) -> str:
    """A few numbers as they are, of many the least and the greatest."""
    array = np.asarray(value)
    if array.size <= LONGEST:
        return _nested(array.tolist())
    return f"{_nested(array.min().item())} … {_nested(array.max().item())}"


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_nested, value))}]"
    return str(value) if isinstance(value, bool) else f"{value + 0:.3g}"  # + 0 makes −0 a 0


def long_text(value: Any) -> list[str]:
    """Lines of numbers."""
    return np.array2string(
        np.asarray(value), precision=5, separator=", ", threshold=60, edgeitems=3, max_line_width=70
    ).splitlines()
