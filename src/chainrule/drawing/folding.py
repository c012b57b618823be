"""Fewer boxes where there are many: what loops repeat, and chains, as one box each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from ..errors import SourceLine
from ..graph import Node
from ..graph.naming import Place
from .box import Box, joined, users_of

CHAIN = 3  # boxes that are worth folding
TIMES = 4  # a loop repeats boxes, from which on those between the first and the last time are folded
LONGEST = 60  # boxes that are repeated at once


def with_chains(all: Sequence[Box], kept: Collection[Node]) -> list[Box]:
    """The boxes with chains of those not kept, of which each feeds the next alone, as one box each."""
    users, of = users_of(all), {step.node: box for box in all for step in box.steps}
    chains: dict[Box, list[Box]] = {}
    for box in all:
        before = of[box.operands[0]] if len(box.operands) == 1 else box
        linked = before.operands and before.node not in kept
        if linked and users[before.node] == [box] and before.backward == box.backward:
            chains[box] = [*chains.pop(before, [before]), box]
        else:
            chains[box] = [box]
    return [part for chain in chains.values() for part in ([joined(chain)] if len(chain) >= CHAIN else chain)]


def with_loops(all: Iterable[Box], places: Mapping[Node, Place], kept: Collection[Node]) -> list[Box]:
    """The boxes with what a loop repeats, between its first and its last time, as one box.

    It repeats boxes of the same lines and operations, each time in another turn: in the next one, or in back
    propagation in an earlier one. Where a value between them is kept, and does not have the name of its turn
    (h2, h3, …), they all stay; those that are returned are told in the box.
    """
    all = sorted(all, key=lambda box: box.backward)  # each pass by itself
    marks = [_mark(box, places) for box in all]
    found: list[Box] = []
    at = 0
    while at < len(all):
        length, times = _repeated(marks, at)
        inside = all[at + length : at + length * (times - 1)]
        if times < TIMES or any(_stands_out(inside[i::length], kept) for i in range(length)):
            found.append(all[at])
            at += 1
        else:
            found += [*all[at : at + length], joined(inside, times - 2)]
            at += length * (times - 1)
    return found


def with_inputs(all: Sequence[Box]) -> list[Box]:
    """The boxes with the inputs that loops between their first and last turn use alone as one box."""
    users = users_of(all)
    alone: dict[tuple[Box, ...], list[Box]] = {}
    for box in all:
        by = tuple(users[box.node])
        if not box.steps[-1].text and min((user.times for user in by), default=0):
            alone.setdefault(by, []).append(box)
    together: dict[Box, Box] = {}
    for inputs in alone.values():
        if len(inputs) >= TIMES:
            together |= dict.fromkeys(inputs, joined(inputs))
    return list(dict.fromkeys(together.get(box, box) for box in all))


def _stands_out(turns: Sequence[Box], kept: Collection[Node]) -> bool:
    """Whether a value is kept in a turn, and its name is not that of the other turns with its own number."""
    stems = {(box.node in kept, re.sub(r"\d+", "", box.name)) for box in turns}
    return len(stems) > 1 and any(stay for stay, _ in stems)


Mark = tuple[SourceLine, str, bool, int] | None


def _mark(box: Box, places: Mapping[Node, Place]) -> Mark:
    """By what boxes of several turns are known to be the same: line, operation and pass; and the turn."""
    if box.node not in places:
        return None
    line, turn = places[box.node]
    return line, box.node.op, box.backward, turn


def _repeated(marks: Sequence[Mark], at: int) -> tuple[int, int]:
    """How many boxes from one on are repeated at once, and how often: 1 where they are not."""
    for length in range(1, min(LONGEST, (len(marks) - at) // TIMES) + 1):
        times = 1
        while _is_next(marks, at + (times - 1) * length, length):
            times += 1
        if times >= TIMES:
            return length, times
    return 1, 1


def _is_next(marks: Sequence[Mark], at: int, length: int) -> bool:
    """Whether so many boxes come again at once, in another turn."""
    pairs = list(zip(marks[at : at + length], marks[at + length : at + 2 * length], strict=False))
    return len(pairs) == length and all(
        one is not None and other is not None and one[:3] == other[:3] and one[3] != other[3]
        for one, other in pairs
    )
