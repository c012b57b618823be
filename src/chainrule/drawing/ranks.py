"""Which boxes stand beside each other: each pass in columns, and these broken into rows, as text is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .box import Box, Boxes

Row = list[Box]


def rows(boxes: Boxes, width: Callable[[Box], float], widest: float) -> list[Row]:
    """The boxes of each row: forward propagation first, then the backward pass.

    A row takes whole columns, as many as fit into the widest; a column has a box's width and at least one.

    Args:
        boxes: what is drawn.
        width: the width of a box, and the gap beside it.
        widest: the width of a row.
    """
    found: list[Row] = []
    for backward in (False, True):
        part = [box for box in boxes.all if box.backward == backward]
        found += _broken(part, _columns(part, boxes), width, widest)
    return _beside_users(found, boxes)


def _beside_users(found: list[Row], boxes: Boxes) -> list[Row]:
    """The rows, with what needs nothing of its own pass in the row of the first box that uses it."""
    place = {box: i for i, row in enumerate(found) for box in row}
    users = boxes.users()
    for box in place:
        own = [boxes.of[operand] for operand in box.operands if boxes.of[operand].backward == box.backward]
        after = [place[user] for user in users[box.node] if user.backward == box.backward]
        if after and not own:
            place[box] = min(after)
    moved: list[Row] = [[] for _ in found]
    for box, i in place.items():
        moved[i].append(box)
    return [row for row in moved if row]


def _columns(part: Sequence[Box], boxes: Boxes) -> dict[Box, int]:
    """Each box to the right of its operands, and what has none just left of where it is used first."""
    inside = set(part)
    column: dict[Box, int] = {}
    for box in part:
        before = [column[boxes.of[operand]] for operand in box.operands if boxes.of[operand] in inside]
        column[box] = max(before, default=-1) + 1
    users = boxes.users()
    for box in part:
        after = [column[user] for user in users[box.node] if user in inside]
        if column[box] == 0 and after:
            column[box] = min(after) - 1
    return column


def _broken(
    part: Sequence[Box], column: dict[Box, int], width: Callable[[Box], float], widest: float
) -> list[Row]:
    found: list[Row] = []
    room = 0.0
    for at in range(max(column.values(), default=-1) + 1):
        boxes = [box for box in part if column[box] == at]
        needed = max(map(width, boxes), default=0.0)
        if not found or room < needed:
            found.append([])
            room = widest
        found[-1] += boxes
        room -= needed
    return found
