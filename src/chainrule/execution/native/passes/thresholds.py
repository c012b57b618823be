"""Comparisons with a number, made on the greater of both where that is at hand.

z > c is max(z, c) > c, also where z is NaN, and z < c is min(z, c) < c. So a ReLU unit's derivative reads the
unit rather than what the unit was computed from, which then need not be stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ....graph import Node, scalar_value

CLIPPING = {"greater": "maximum", "less": "minimum"}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What has been found to be the greater, or the smaller, of a value and a number."""

    clipped: dict[tuple[str, Node, float], Node] = field(default_factory=dict)

    def note(self, node: Node) -> None:
        """Remember a node, if it is such a one."""
        if node.op in CLIPPING.values():
            z, number = node.inputs
            limit = scalar_value(number)
            if limit is not None:
                self.clipped[node.op, z, limit] = node

    def instead(self, op: str, operands: tuple[Node, ...]) -> tuple[Node, ...]:
        """The operands of an operation, or others with which it gives the same."""
        if op not in CLIPPING:
            return operands
        z, number = operands
        limit = scalar_value(number)
        found = None if limit is None else self.clipped.get((CLIPPING[op], z, limit))
        return operands if found is None or found.type != z.type else (found, number)
