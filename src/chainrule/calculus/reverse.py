"""Reverse mode: the chain rule's product of Jacobians, multiplied from the left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph import Node, dependents, provenance, topological_order
from ..linear_maps import Zero
from .guards import Guards


def pull(seeds: Mapping[Node, Node], wrt: Sequence[Node], *, guarded: bool = False) -> dict[Node, Node]:
    """The cotangents pᵀ·∂outputs/∂node of every node between ``wrt`` and the outputs.

    A node's cotangent is the sum, over the nodes that use it, of their cotangents pulled through their local
    Jacobians. ``seeds`` gives p for the outputs, with any leading batch axes. Nodes that no output depends on
    have no entry.

    A cotangent that has passed a guarding map (``np.where``, √ at 0) stays zero where it is zero, whatever it
    is multiplied with: that is how ``where(x > 0, sqrt(x), 0)`` has a finite derivative at 0. ``guarded``: so
    does every zero of the seeds.
    """
    order = topological_order(seeds)
    relevant = dependents(order, wrt)
    cotangents = dict(seeds)
    guards = Guards.of(seeds) if guarded else Guards()
    for node in reversed(order):
        if node not in cotangents or node not in relevant:
            continue
        with provenance(node.source, of=node):
            for i, operand in enumerate(node.inputs):
                if operand not in relevant or not operand.type.is_float:
                    continue
                jacobian = node.primitive.jacobian(i, node)
                if isinstance(jacobian, Zero):
                    continue
                jacobian = guards.through(node, node, i, jacobian, operand)
                contribution = jacobian.pull(cotangents[node])
                earlier = cotangents.get(operand)
                cotangents[operand] = contribution if earlier is None else earlier + contribution
    return cotangents
