"""Forward mode: the chain rule's product of Jacobians, multiplied from the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph import Node, dependents, provenance, topological_order
from ..linear_maps import Zero
from .guards import Guards


def push(
    outputs: Sequence[Node], tangents: Mapping[Node, Node], *, guarded: bool = False
) -> dict[Node, Node]:
    """The tangents ∂node/∂inputs·v of every node between the inputs and the outputs.

    ``tangents`` gives v for the inputs, with any leading batch axes. Nodes that depend on no input have no
    entry. Guarded zeros are kept as in :func:`.reverse.pull`; ``guarded``: so are those of ``tangents``.
    """
    order = topological_order(outputs)
    relevant = dependents(order, tangents)
    result = dict(tangents)
    guards = Guards.of(tangents) if guarded else Guards()
    for node in order:
        if node in result or node not in relevant or not node.type.is_float:
            continue
        with provenance(node.source, of=node):
            for i, operand in enumerate(node.inputs):
                if operand not in result:
                    continue
                jacobian = node.primitive.jacobian(i, node)
                if isinstance(jacobian, Zero):
                    continue
                jacobian = guards.through(operand, node, i, jacobian, node)
                contribution = jacobian.push(result[operand])
                earlier = result.get(node)
                result[node] = contribution if earlier is None else earlier + contribution
    return result
