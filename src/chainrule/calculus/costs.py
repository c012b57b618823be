"""What the factors of a chain cost: counted on the graphs of their products with one vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..graph import Graph, Node, input_node
from .bracketing import Factor
from .chains import Chain, Ends, Segment
from .counting import NOTHING, Work, work
from .forward import push
from .reverse import pull
from .simplify import simplify


@dataclass(frozen=True, slots=True)
class Costs:
    """The work of one factor: of its product with one vector, and of forming it by columns or by rows."""

    push: Work
    pull: Work
    by_columns: Work
    by_rows: Work

    @property
    def columns_are_cheaper(self) -> bool:
        return self.by_columns.total <= self.by_rows.total

    def factor(self, segment: Segment) -> Factor:
        """The segment as the search for the best bracketing sees it."""
        form = self.by_columns if self.columns_are_cheaper else self.by_rows
        if segment.explicit is not None:
            form = Work(0, segment.structure.entries) if _is_repeated(segment.explicit) else NOTHING
        return Factor(segment.structure, form, self.push, self.pull)


def costs_of(graph: Graph, chain: Chain) -> list[Costs]:
    """The costs of every factor of a chain that was made from a graph."""
    probes: dict[_Key, _Probe] = {}
    for segment in chain.segments:
        for product, end in ((_push, segment.sources), (_pull, segment.targets)):
            for nodes in {end, *[(node,) for node in end]}:
                probes[segment, product, nodes] = product(segment, nodes)
    works = _works(graph, probes)

    def formed(segment: Segment, product: _Product, end: Ends) -> Work:
        """The work of as many products as the blocks have columns, or rows, and of writing the vectors."""
        s = segment.structure
        counts = [node.type.size // s.blocks for node in end]
        parts = [works[segment, product, (node,)] * n for node, n in zip(end, counts, strict=True)]
        return sum(parts, Work(0, sum(counts) * (s.rows + s.columns)))

    return [
        Costs(
            works[segment, _push, segment.sources],
            works[segment, _pull, segment.targets],
            formed(segment, _push, segment.sources),
            formed(segment, _pull, segment.targets),
        )
        for segment in chain.segments
    ]


def _is_repeated(array: Node) -> bool:
    """Whether an array repeats a smaller one, so that it has to be written first."""
    while array.op in ("reshape", "astype"):
        array = array.inputs[0]
    return array.op == "broadcast_to"


@dataclass(frozen=True, slots=True)
class _Probe:
    """A product with one vector: the inputs that the vector consists of, and the results."""

    vector: tuple[Node, ...]
    products: tuple[Node, ...]


_Product = Callable[[Segment, Ends], _Probe]
_Key = tuple[Segment, _Product, Ends]


def _push(segment: Segment, sources: Ends) -> _Probe:
    vector = {node: input_node(node.type, "v") for node in sources}
    pushed = push(segment.targets, vector)
    return _Probe(tuple(vector.values()), tuple(pushed[n] for n in segment.targets if n in pushed))


def _pull(segment: Segment, targets: Ends) -> _Probe:
    vector = {node: input_node(node.type, "p") for node in targets}
    pulled = pull(vector, segment.sources)
    return _Probe(tuple(vector.values()), tuple(pulled[n] for n in segment.sources if n in pulled))


def _works(graph: Graph, probes: Mapping[_Key, _Probe]) -> dict[_Key, Work]:
    """The work of every probe, all simplified as one graph; what does not depend on a vector is computed once
    whatever is multiplied, and is not counted."""
    vectors = [node for probe in probes.values() for node in probe.vector]
    products = [node for probe in probes.values() for node in probe.products]
    owner = {node: key for key, probe in probes.items() for node in probe.vector}
    nodes: dict[_Key, list[Node]] = {key: [] for key in probes}
    for node in simplify(Graph((*graph.inputs, *vectors), tuple(products))).nodes:
        key = next((owner[operand] for operand in node.inputs if operand in owner), None)
        if key is not None:
            owner[node] = key
            nodes[key].append(node)
    return {key: work(own) for key, own in nodes.items()}
