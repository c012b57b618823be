"""The reference executor: NumPy, node by node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..graph import Graph, Node, topological_order

Step = tuple[Callable[..., Any], tuple[int, ...], int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Program:
    """A graph made ready to run: calls in order, on numbered slots.

    Attributes:
        slots: what the slots hold before a run: the constants.
        steps: for each call its function, the slots of its operands, the slot of its result, and the slots
            whose values nobody needs afterwards.
        results: the slots of the outputs, and whether each must be copied, being a view of something else.
    """

    slots: tuple[Any, ...]
    steps: tuple[Step, ...]
    results: tuple[tuple[int, bool], ...]

    def __call__(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, none of which shares memory with an input or a constant."""
        values = list(self.slots)
        values[: len(arrays)] = arrays
        with np.errstate(all="ignore"):
            for function, operands, result, finished in self.steps:
                values[result] = function(*[values[slot] for slot in operands])
                for slot in finished:
                    values[slot] = None
        return [np.array(values[slot]) if copied else values[slot] for slot, copied in self.results]


def compile_reference(graph: Graph) -> Program:
    """Turn a graph into a program of NumPy calls."""
    inputs, outputs = set(graph.inputs), set(graph.outputs)
    operands = {node: _operands(node) for node in graph.nodes}
    needed = _needed(outputs, operands)
    order = [*graph.inputs, *(node for node in graph.nodes if node in needed and node not in inputs)]
    slot = {node: position for position, node in enumerate(order)}
    calls = [node for node in order if node.op not in ("input", "constant")]
    last_use = {operand: node for node in calls for operand in operands[node]}
    finished: dict[Node, list[int]] = {}
    for operand, node in last_use.items():
        if operand not in outputs and operand.op != "constant":
            finished.setdefault(node, []).append(slot[operand])
    steps = tuple(
        (bound(node), tuple(slot[o] for o in operands[node]), slot[node], tuple(finished.get(node, ())))
        for node in calls
    )
    held = tuple(node.params["value"].value if node.op == "constant" else None for node in order)
    return Program(held, steps, tuple(_results(graph.outputs, slot)))


def evaluate(nodes: Sequence[Node], known: dict[Node, Any]) -> list[Any]:
    """The values of nodes, given those of the inputs; every value on the way is added to ``known``."""
    with np.errstate(all="ignore"):
        for node in topological_order(nodes, known):
            known[node] = bound(node)(*[known[operand] for operand in node.inputs])
    return [known[node] for node in nodes]


def bound(node: Node) -> Callable[..., Any]:
    """A node's NumPy function with its parameters filled in."""
    function = node.primitive.evaluate
    return partial(function, **node.params) if node.params else function


def _operands(node: Node) -> tuple[Node, ...]:
    """What a call is given: NumPy's element-wise functions broadcast by themselves."""
    if not node.primitive.elementwise:
        return node.inputs
    bare = tuple(operand.inputs[0] if operand.op == "broadcast_to" else operand for operand in node.inputs)
    shapes = [operand.shape for operand in bare]
    return bare if node.shape in shapes or np.broadcast_shapes(*shapes) == node.shape else node.inputs


def _needed(outputs: Iterable[Node], operands: dict[Node, tuple[Node, ...]]) -> set[Node]:
    needed: set[Node] = set()
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node not in needed:
            needed.add(node)
            stack.extend(operands[node])
    return needed


def _results(outputs: Sequence[Node], slot: dict[Node, int]) -> Iterator[tuple[int, bool]]:
    """For each output its slot, and whether its memory may be that of something else, or a part of it."""
    seen: set[Node] = set()
    for node in outputs:
        whole = node
        while whole.op in ("reshape", "transpose"):
            whole = whole.inputs[0]
        yield slot[node], whole.primitive.lower.kind in ("view", "literal") or whole in seen
        seen.add(whole)
