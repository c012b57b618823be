"""For products: what is only used with its axes in another order is computed in that order.

The rows of a batch, say, come before the vectors that are pulled through it. That costs nothing where the
operand to which the axes belong is computed element by element, for this product alone.
"""

from __future__ import annotations

from collections import Counter

from ....graph import Graph, Node, broadcast_to, build, constant, op, scalar_value


def with_turned_products(graph: Graph) -> Graph:
    """The graph without transposes of products whose left operand can be turned in their place."""
    turning = _Turning(graph)
    return Graph(graph.inputs, tuple(map(turning.done.__getitem__, graph.outputs)), {}, graph.title)


class _Turning:
    """``done`` has what every node has become."""

    def __init__(self, graph: Graph) -> None:
        self.uses = Counter([*graph.outputs, *[operand for node in graph.nodes for operand in node.inputs]])
        self.done: dict[Node, Node] = {}
        for node in graph.nodes:
            self.done[node] = self._turned(node) or self._as_it_is(node)

    def _as_it_is(self, node: Node) -> Node:
        operands = tuple([self.done[operand] for operand in node.inputs])
        return node if operands == node.inputs else node.with_inputs(operands)

    def _turned(self, node: Node) -> Node | None:
        """A transpose of a product as a product whose results lie in that order, those of a row together."""
        product = node.inputs[0] if node.op == "transpose" else node
        if product is node or product.op not in ("einsum", "absorbing_einsum") or self.uses[product] > 1:
            return None
        letters, output = product.params["spec"].split("->")
        first, second = letters.split(",")
        wanted = "".join(output[axis] for axis in node.params["axes"])
        moved = [new for new, old in zip(wanted, output, strict=True) if new != old]
        rows, columns = product.inputs
        if output[-1] in moved or not set(moved) <= set(first) - set(second) or not self._is_computed(rows):
            return None
        following = iter(moved)
        order = "".join(next(following) if letter in moved else letter for letter in first)
        turned = self._transposed(rows, tuple(map(first.index, order)))
        return build(product.op, turned, self.done[columns], spec=f"{order},{second}->{wanted}")

    def _is_computed(self, node: Node) -> bool:
        return node.primitive.lower.kind == "scalar" and self.uses[node] == 1

    def _transposed(self, node: Node, axes: tuple[int, ...]) -> Node:
        """A node with its axes in another order: of what is computed element by element, the operands."""
        value = scalar_value(node)
        if value is not None:
            return broadcast_to(constant(value, node.dtype), tuple(node.shape[axis] for axis in axes))
        if node.op == "transpose":
            inner = tuple(node.params["axes"][axis] for axis in axes)
            whole = self.done[node.inputs[0]]
            return whole if inner == tuple(sorted(inner)) else op.transpose(whole, axes=inner)
        if self._is_computed(node):
            return build(node.op, *[self._transposed(x, axes) for x in node.inputs], **node.params)
        return op.transpose(self.done[node], axes=axes)
