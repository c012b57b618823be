"""The number that is differentiated: a function's own, or pᵀf of a function of several for any p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import ShapeError
from ..graph import Graph, Node, input_node, op
from .names import fresh

SEED = 1


@dataclass(frozen=True, slots=True)
class Objective:
    """A graph that returns one number.

    Attributes:
        graph: the graph; where the function has several numbers, with an input more for each output.
        weights: the values of those inputs: p.
        outputs: the outputs of the function itself, that p multiplies.
    """

    graph: Graph
    weights: tuple[np.ndarray, ...]
    outputs: tuple[Node, ...]


def objective(graph: Graph) -> Objective:
    """What is differentiated: the graph itself, or J = Σ p ∘ f.

    Raises:
        ShapeError: it returns no real number.
    """
    reals = list(dict.fromkeys(node for node in graph.outputs if node.type.is_float))
    if not reals:
        raise ShapeError(
            f"{graph.title} returns {', '.join(repr(n.type) for n in graph.outputs) or 'nothing'}",
            expected="real numbers, to be differentiated",
            instead="return a float: whole numbers move in steps, whose derivative is 0",
        )
    if len(reals) == 1 and reals[0].type.size == 1:
        return Objective(Graph(graph.inputs, (reals[0],), graph.names, graph.title), (), ())
    return _weighted(graph, tuple(reals))


def _weighted(graph: Graph, outputs: tuple[Node, ...]) -> Objective:
    taken = {*graph.names, *[str(node.params["label"]) for node in graph.inputs], graph.title}
    names = dict(graph.names)
    weights = []
    terms = []
    for k, node in enumerate(outputs):
        label = "p" if len(outputs) == 1 and "p" not in taken else fresh("p", taken)
        taken.add(label)
        weights.append(input_node(node.type, label))
        terms.append(
            op.sum(weights[k] * node, axis=tuple(range(node.ndim))) if node.ndim else weights[k] * node
        )
        if node not in names.values() and node not in graph.inputs:
            own = graph.title if graph.title.isidentifier() else "f"
            names[own if len(outputs) == 1 and own not in names else fresh(own, names)] = node
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    title = "J" if "J" not in taken | set(names) else fresh("J", taken | set(names))
    rng = np.random.default_rng(SEED)
    values = tuple(np.asarray(rng.normal(size=node.shape)) for node in outputs)
    return Objective(Graph((*graph.inputs, *weights), (total,), names, title), values, outputs)
