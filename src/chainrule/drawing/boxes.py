"""What is drawn of a graph: a box for each value, folded where there are many."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from ..graph import Graph, Node
from ..graph.naming import identifiers
from ..graph.statements import LONGEST_PART, Statement, needed, statements

MANY = 40  # operations: above that, short ones go into the expression that uses them, and chains are folded
CHAIN = 3  # boxes that are worth folding


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A value, or a chain of values of which each is computed from the one before alone.

    Attributes:
        steps: the statements, the last one giving the value that others use; of an input without text.
        operands: the values of other boxes that it is computed from.
        backward: whether it belongs to the backward pass: whether it is a derivative, or needs one.
    """

    steps: tuple[Statement, ...]
    operands: tuple[Node, ...] = ()
    backward: bool = False

    @property
    def node(self) -> Node:
        return self.steps[-1].node

    @property
    def name(self) -> str:
        return self.steps[-1].name


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes of a graph in order, and the names of all its values.

    ``of`` gives the box of a value that others use; ``values`` are those inside chains, too.
    """

    all: tuple[Box, ...]
    names: Mapping[Node, str]
    of: Mapping[Node, Box] = field(init=False)
    values: Set[Node] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "of", {box.node: box for box in self.all})
        object.__setattr__(self, "values", {step.node for box in self.all for step in box.steps})

    def users(self) -> dict[Node, list[Box]]:
        """For the value of each box, the boxes that use it."""
        users: dict[Node, list[Box]] = {box.node: [] for box in self.all}
        for box in self.all:
            for operand in box.operands:
                users[operand].append(box)
        return users


def boxes(graph: Graph) -> Boxes:
    """The boxes of a graph: one for each operation where they are few, else one for each statement."""
    order = needed(graph)
    names = identifiers(graph, {}, {"np"})
    longest = LONGEST_PART if len(order) > MANY else 0
    kept = {*graph.names.values(), *graph.outputs}
    found, _ = statements(order, names, graph.outputs, kept, longest)
    by_name = {names[node]: node for node in graph.inputs} | {each.name: each.node for each in found}
    drawn = [Box((Statement(node, names[node], ""),)) for node in graph.inputs]
    backward: set[Node] = set()
    for statement in found:
        used = tuple(_mentioned(statement.text, by_name))
        if statement.node.of is not None or not backward.isdisjoint(used):
            backward.add(statement.node)
        drawn.append(Box((statement,), used, statement.node in backward))
    whole = Boxes(tuple(drawn), names)
    return _folded(whole, kept) if len(order) > MANY else whole


def _mentioned(text: str, by_name: Mapping[str, Node]) -> Iterable[Node]:
    """The values that an expression names, each once."""
    words = [part.id for part in ast.walk(ast.parse(text, mode="eval")) if isinstance(part, ast.Name)]
    return dict.fromkeys(by_name[word] for word in words if word in by_name)


def _folded(whole: Boxes, kept: Iterable[Node]) -> Boxes:
    """The boxes with chains of unnamed ones as one box each."""
    users, named = whole.users(), set(kept)
    chains: dict[Node, list[Box]] = {}
    for box in whole.all:
        before = whole.of[box.operands[0]] if len(box.operands) == 1 else None
        linked = before is not None and before.operands and before.node not in named
        if before is not None and linked and users[before.node] == [box] and before.backward == box.backward:
            chains[box.node] = [*chains.pop(before.node, [before]), box]
        else:
            chains[box.node] = [box]
    return Boxes(tuple(part for chain in chains.values() for part in _as_one(chain)), whole.names)


def _as_one(chain: Sequence[Box]) -> Sequence[Box]:
    if len(chain) < CHAIN:
        return chain
    steps = tuple(step for box in chain for step in box.steps)
    return [Box(steps, chain[0].operands, chain[0].backward)]
