"""Which derivatives must keep their zeros, whatever they are multiplied with: 0·∞ = 0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..graph import Node
from ..linear_maps import LinearMap

Mark = tuple[Node, int] | None  # a condition and its branch, or a derivative that may be infinite
MOST_MARKS = 8


@dataclass(slots=True)
class Guards:
    """For each node, the guarding maps that its derivative has passed.

    ``np.where`` masks the derivative of each branch, and what is masked out must stay zero even where the
    branch's own derivative is infinite or NaN. Where the derivatives of both branches come together again,
    nothing is masked any more, and a map of everything on everything (a softmax) hands on no masked zeros.
    """

    marks: dict[Node, frozenset[Mark]] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> Guards:
        """Guards for derivatives of these nodes whose zeros must stay zero from the beginning."""
        return cls({node: frozenset({None}) for node in nodes})

    def through(self, source: Node, choice: Node, i: int, jacobian: LinearMap, target: Node) -> LinearMap:
        """The map by which the derivative goes from one node to the next, absorbing where it must be.

        ``choice`` is the node whose i-th input's Jacobian the map is.
        """
        marks = self._open(source)
        if marks:
            jacobian = jacobian.absorbing()
        if jacobian.mixes:
            return jacobian
        if jacobian.guards and (choice.op == "where" or not marks):
            marks |= {(choice.inputs[0], i) if choice.op == "where" else None}
        if marks:
            self.marks[target] = self.marks.get(target, frozenset()) | marks
        return jacobian

    def _open(self, node: Node) -> frozenset[Mark]:
        """The marks of a node without the conditions both of whose branches it has."""
        marks = self.marks.get(node, frozenset())
        whole = {mark[0] for mark in marks if mark and (mark[0], 1) in marks and (mark[0], 2) in marks}
        left = frozenset(mark for mark in marks if not mark or mark[0] not in whole)
        return left if len(left) <= MOST_MARKS else frozenset({None})
