"""What the factors of a chain cost: counted on the graphs of their products with one vector."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..graph import Graph, Node, input_node
from .bracketing import Bracket, Factor, Formed
from .chains import Chain, Ends, Segment
from .counting import NOTHING, Work, work
from .forward import push
from .reverse import pull
from .simplify import simplify


@dataclass(frozen=True, slots=True)
class Costs:
    """The work of one factor: of its product with one vector, and of forming it by columns or by rows.

    ``to_push``, ``to_pull`` and ``to_give`` are what is computed once, whatever is multiplied: the local
    derivatives that products with vectors need, and the array of a factor that is given.
    """

    push: Work
    pull: Work
    by_columns: Work
    by_rows: Work
    to_push: frozenset[Node]
    to_pull: frozenset[Node]
    to_give: frozenset[Node]

    def factor(self, segment: Segment) -> Factor:
        """The segment as the search for the best bracketing sees it."""
        formed: dict[Formed, Work] = {"columns": self.by_columns, "rows": self.by_rows}
        if segment.explicit is not None:
            repeated = _is_repeated(segment.explicit)
            formed = {"given": Work(0, segment.structure.entries) if repeated else NOTHING}
        return Factor(segment.structure, self.push, self.pull, formed)


def costs_of(graph: Graph, chain: Chain) -> list[Costs]:
    """The costs of every factor of a chain that was made from a graph."""
    probes: dict[_Key, _Probe] = {}
    for segment in chain.segments:
        for product, end in ((_push, segment.sources), (_pull, segment.targets)):
            for nodes in {end, *[(node,) for node in end]}:
                probes[segment, product, nodes] = product(segment, nodes)
        probes[segment, _give, ()] = _give(segment, ())
    found = _found(graph, probes)

    def formed(segment: Segment, product: _Product, end: Ends) -> Work:
        """The work of as many products as the blocks have columns, or rows, and of writing the vectors."""
        s = segment.structure
        counts = [node.type.size // s.blocks for node in end]
        parts = [found[segment, product, (node,)].work * n for node, n in zip(end, counts, strict=True)]
        return sum(parts, Work(0, sum(counts) * (s.rows + s.columns)))

    return [
        Costs(
            found[segment, _push, segment.sources].work,
            found[segment, _pull, segment.targets].work,
            formed(segment, _push, segment.sources),
            formed(segment, _pull, segment.targets),
            found[segment, _push, segment.sources].once,
            found[segment, _pull, segment.targets].once,
            found[segment, _give, ()].once,
        )
        for segment in chain.segments
    ]


def once(costs: Sequence[Costs], bracket: Bracket) -> frozenset[Node]:
    """What a bracketing computes once, beside its products."""
    parts = [once(costs, part) for part in bracket.parts]
    taken = [number for part in bracket.parts for number in range(part.first, part.last + 1)]
    own = [costs[number] for number in range(bracket.first, bracket.last + 1) if number not in taken]
    if bracket.how == "given":
        parts += [each.to_give for each in own]
    elif bracket.how in ("columns", "push"):
        parts += [each.to_push for each in own]
    else:
        parts += [each.to_pull for each in own]
    return frozenset().union(*parts)


def passes(costs: Sequence[Costs], pushes: int, pulls: int) -> Work:
    """The work of so many vectors pushed, and so many pulled, through the whole chain."""
    needed: set[Node] = set()
    products = NOTHING
    for each in costs:
        products += each.push * pushes + each.pull * pulls
        needed |= (each.to_push if pushes else frozenset()) | (each.to_pull if pulls else frozenset())
    return products + work(needed)


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


@dataclass(frozen=True, slots=True)
class _Found:
    """The work of a product with a vector, and what it needs that does not depend on the vector."""

    work: Work
    once: frozenset[Node]


_Product = Callable[[Segment, Ends], _Probe]
_Key = tuple[Segment, _Product, Ends]


def _push(segment: Segment, sources: Ends) -> _Probe:
    vector = {node: _one(node, "v") for node in sources}
    pushed = push(segment.targets, vector)
    return _Probe(tuple(vector.values()), tuple(pushed[n] for n in segment.targets if n in pushed))


def _pull(segment: Segment, targets: Ends) -> _Probe:
    vector = {node: _one(node, "p") for node in targets}
    pulled = pull(vector, segment.sources)
    return _Probe(tuple(vector.values()), tuple(pulled[n] for n in segment.sources if n in pulled))


def _one(node: Node, label: str) -> Node:
    """A vector as it runs, in a batch: what it is multiplied by is then repeated, and not multiplied out."""
    return input_node(node.type.with_shape((1, *node.shape)), label)


def _give(segment: Segment, _: Ends) -> _Probe:
    return _Probe((), () if segment.explicit is None else (segment.explicit,))


def _found(graph: Graph, probes: Mapping[_Key, _Probe]) -> dict[_Key, _Found]:
    """What every probe takes, all simplified as one graph."""
    vectors = [node for probe in probes.values() for node in probe.vector]
    products = [node for probe in probes.values() for node in probe.products]
    simplified = simplify(Graph((*graph.inputs, *vectors), tuple(products)))
    owner = {node: key for key, probe in probes.items() for node in probe.vector}
    nodes: dict[_Key, list[Node]] = {key: [] for key in probes}
    for node in simplified.nodes:
        key = next((owner[operand] for operand in node.inputs if operand in owner), None)
        if key is not None:
            owner[node] = key
            nodes[key].append(node)
    results = iter(simplified.outputs)
    beyond = {*graph.nodes, *owner}
    found = {}
    for key, probe in probes.items():
        ends = [next(results) for _ in probe.products]
        operands = [operand for node in nodes[key] for operand in node.inputs]
        found[key] = _Found(work(nodes[key]), _reached([*ends, *operands], beyond))
    return found


def _reached(nodes: Iterable[Node], beyond: Container[Node]) -> frozenset[Node]:
    """The nodes and all that they are computed from, but for what is ``beyond``."""
    pending, reached = list(nodes), set[Node]()
    while pending:
        node = pending.pop()
        if node not in beyond and node not in reached:
            reached.add(node)
            pending += node.inputs
    return frozenset(reached)
