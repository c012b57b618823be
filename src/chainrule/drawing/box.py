"""Boxes: what a drawing shows of a graph's values, each alone or several together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from ..graph import Node
from ..graph.statements import Statement


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A value, a chain of values of which each is computed from the one before alone, what a loop
    repeats, or the inputs of that.

    Attributes:
        steps: the statements; the last one's value gives the box its name. That of an input has no text.
        used: for each statement the values that it names.
        backward: whether it belongs to the backward pass: whether it is a derivative, or needs one.
        times: of a loop, how often the steps are repeated in it.
    """

    steps: tuple[Statement, ...]
    used: tuple[tuple[Node, ...], ...] = ((),)
    backward: bool = False
    times: int = 0

    @property
    def operands(self) -> tuple[Node, ...]:
        """The values of other boxes that it is computed from."""
        own = {step.node for step in self.steps}
        return tuple(dict.fromkeys(node for names in self.used for node in names if node not in own))

    @property
    def node(self) -> Node:
        return self.steps[-1].node

    @property
    def name(self) -> str:
        return self.steps[-1].name


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes of a graph in order, and the names of all its values.

    ``of`` gives the box of each value.
    """

    all: tuple[Box, ...]
    names: Mapping[Node, str]
    of: Mapping[Node, Box] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "of", {step.node: box for box in self.all for step in box.steps})

    @property
    def values(self) -> Set[Node]:
        """What has a box, or a place in one."""
        return self.of.keys()

    def users(self) -> dict[Node, list[Box]]:
        """For each value the other boxes that use it."""
        return users_of(self.all)

    def leaving(self, box: Box) -> list[Node]:
        """The values of a box that others use, or its last one."""
        if len(box.steps) == 1:
            return [box.node]
        users = self.users()
        return [step.node for step in box.steps if users[step.node]] or [box.node]


def joined(boxes: Sequence[Box], times: int = 0) -> Box:
    """Several boxes as one."""
    steps = tuple(step for box in boxes for step in box.steps)
    used = tuple(names for box in boxes for names in box.used)
    return Box(steps, used, boxes[0].backward, times)


def users_of(boxes: Sequence[Box]) -> dict[Node, list[Box]]:
    """For the value of each step the other boxes that use it."""
    users: dict[Node, list[Box]] = {step.node: [] for box in boxes for step in box.steps}
    for box in boxes:
        for operand in box.operands:
            users[operand].append(box)
    return users
