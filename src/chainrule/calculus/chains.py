"""A graph's Jacobian as a chain: cut at the values through which everything passes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from ..graph import Graph, Node, cast, topological_order
from ..linear_maps import Identity, LinearMap, Reshape, Zero
from .bracketing import Structure

MOST_CUTS = 32  # bracketings are compared in time cubic in this

Edges = Mapping[Node, Sequence[tuple[Node, LinearMap]]]
Ends = tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Segment:
    """A factor of the chain: the Jacobian ∂targets/∂sources, each side one node, or several at an end.

    ``maps`` are the local Jacobians on the paths between them; ``is_path``: there is one path.
    """

    sources: Ends
    targets: Ends
    maps: tuple[LinearMap, ...]
    is_path: bool

    @cached_property
    def structure(self) -> Structure:
        """Block-diagonal with as many blocks as all local Jacobians have."""
        single = len(self.sources) == len(self.targets) == 1
        blocks = math.gcd(*[jacobian.blocks for jacobian in self.maps]) if single and self.maps else 1
        return Structure(_size(self.targets), _size(self.sources), max(blocks, 1))

    @cached_property
    def explicit(self) -> Node | None:
        """The blocks in one array, where one local Jacobian holds them and all others are identities."""
        others = [jacobian for jacobian in self.maps if not isinstance(jacobian, (Identity, Reshape))]
        if not self.is_path or len(others) > 1:
            return None
        array = (others or self.maps)[0].block_array()
        return None if array is None else cast(array, self.targets[0].dtype)

    @property
    def guards(self) -> bool:
        """Whether a zero may have to stay zero beside infinity."""
        return any(jacobian.guards for jacobian in self.maps)


@dataclass(frozen=True)
class Chain:
    """The factors of a Jacobian in the order of computation, and the local Jacobians that they are made of.

    ``edges`` gives for each node between the inputs and the outputs, in order, its operands there, each with
    ∂node/∂operand. There are no segments where no output depends on an input.
    """

    segments: tuple[Segment, ...]
    edges: Edges

    @property
    def guarded(self) -> bool:
        return any(segment.guards for segment in self.segments)

    def uncut(self) -> Chain:
        """All factors as one."""
        first, last = self.segments[0], self.segments[-1]
        maps = tuple(jacobian for segment in self.segments for jacobian in segment.maps)
        is_path = all(segment.is_path for segment in self.segments)
        return Chain((Segment(first.sources, last.targets, maps, is_path),), self.edges)


def chain_of(graph: Graph, wrt: Sequence[Node]) -> Chain:
    """The chain from the inputs ``wrt`` to the graph's outputs; one factor where nothing can be cut."""
    order = topological_order(graph.outputs)
    edges = _edges(order, wrt, graph.outputs)
    inner = [node for node in order if node in edges or node in wrt]
    if set(inner).isdisjoint(graph.outputs):
        return Chain((), edges)
    cuts = _narrowest(_apart(_cuts(inner, edges, wrt, graph.outputs), edges))
    ends: list[Ends] = [tuple(wrt), *[(node,) for node in cuts], tuple(graph.outputs)]
    ends = [end for i, end in enumerate(ends) if not i or end != ends[i - 1]]
    if len(ends) == 1:  # the output is the input itself
        ends = ends * 2
    return Chain(tuple(_segments(inner, edges, ends)), edges)


def _segments(inner: Sequence[Node], edges: Edges, ends: Sequence[Ends]) -> Iterator[Segment]:
    """The factors between the ends, each with the local Jacobians of the nodes between its own."""
    position = {node: i for i, node in enumerate(inner)}
    bounds = [-1, *[position[end[0]] for end in ends[1:-1]], len(inner)]
    for (sources, targets), (start, stop) in zip(pairwise(ends), pairwise(bounds), strict=True):
        local = [edges[node] for node in inner[start + 1 : stop + 1] if node in edges]
        single = len(sources) == len(targets) == 1 and all(len(into) == 1 for into in local) and bool(local)
        yield Segment(sources, targets, tuple(jacobian for into in local for _, jacobian in into), single)


def _edges(order: Sequence[Node], wrt: Sequence[Node], outputs: Sequence[Node]) -> Edges:
    """The local Jacobians that are not zero, on the paths from the inputs to the outputs."""
    reached = set(wrt)
    forward: dict[Node, list[tuple[Node, LinearMap]]] = {}
    for node in order:
        if node in reached or reached.isdisjoint(node.inputs) or not node.type.is_float:
            continue
        local = [
            (operand, node.primitive.jacobian(i, node))
            for i, operand in enumerate(node.inputs)
            if operand in reached
        ]
        local = [(operand, jacobian) for operand, jacobian in local if not isinstance(jacobian, Zero)]
        if local:
            forward[node] = local
            reached.add(node)
    needed = set(outputs)
    for node in reversed(order):
        if node in needed and node in forward:
            needed.update(operand for operand, _ in forward[node])
    return {node: local for node, local in forward.items() if node in needed}


def _cuts(inner: Sequence[Node], edges: Edges, wrt: Sequence[Node], outputs: Sequence[Node]) -> list[Node]:
    """The nodes that every path from the inputs to the outputs passes: those that no edge jumps over."""
    position = {node: i for i, node in enumerate(inner)}
    spans = [(position[operand], position[node]) for node, local in edges.items() for operand, _ in local]
    spans += [(-1, position[node]) for node in set(wrt) if node in position]
    spans += [(position[node], len(inner)) for node in set(outputs) if node in position]
    opened, closed = Counter(start + 1 for start, _ in spans), Counter(stop for _, stop in spans)
    over = accumulate(opened[i] - closed[i] for i in range(len(inner)))
    return [node for node, count in zip(inner, over, strict=True) if not count]


def _apart(cuts: Sequence[Node], edges: Edges) -> list[Node]:
    """Without those that another cut follows by an identity: adding a bias, changing the shape."""

    def same(node: Node, following: Node) -> bool:
        local = edges.get(following, ())
        return len(local) == 1 and local[0][0] is node and isinstance(local[0][1], (Identity, Reshape))

    kept = [node for node, following in pairwise(cuts) if not same(node, following)]
    return [*kept, *cuts[-1:]]


def _narrowest(cuts: Sequence[Node]) -> list[Node]:
    if len(cuts) <= MOST_CUTS:
        return list(cuts)
    kept = set(sorted(cuts, key=lambda node: node.type.size)[:MOST_CUTS])
    return [node for node in cuts if node in kept]


def _size(nodes: Sequence[Node]) -> int:
    return sum(node.type.size for node in nodes)
