"""The values of a function from its arguments to its output, and the chain rule through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from .arithmetic import filled
from .derivatives import gradient_name, jacobian_name
from .evaluation import Values
from .facts import Facts, facts
from .formula import ONE, Formula, symbol
from .greatest import untied
from .jacobians import local_jacobian
from .names import Name, free_letters
from .point import Point
from .segments import Anchor, Onwards, between, pulled


@dataclass(frozen=True, eq=False)
class Chain:
    """The named values between the arguments and the output, and what is known of them.

    Attributes:
        order: the named values that the output needs, the output last.
        moving: those of them that depend on what is differentiated by, in the same order.
        points: the point itself, then others nearby, for functions with kinks.
        shown: whether values are part of the lines.
    """

    order: tuple[Anchor, ...]
    moving: tuple[Anchor, ...]
    points: Callable[[int], Point]
    shown: bool

    @property
    def output(self) -> Anchor:
        return self.order[-1]

    @property
    def here(self) -> Point:
        return self.points(0)

    def gradient_of(self, anchor: Anchor) -> Name:
        """The name of the derivative of the output by a value."""
        return gradient_name(self.output, anchor)

    @cached_property
    def gradients(self) -> dict[Anchor, Name]:
        """The name of the derivative of the output by each value."""
        return {anchor: self.gradient_of(anchor) for anchor in self.moving}

    def values(self, point: Point) -> Values:
        """The arrays of all names at a point: values, gradients, and gradients as rows."""
        return self._values(point)

    @cached_property
    def _values(self) -> Callable[[Point], Values]:
        return cache(self._values_of)

    def _values_of(self, point: Point) -> Values:
        rows = {
            jacobian_name(self.output, anchor): cotangent.reshape(1, -1) if anchor.node.ndim else cotangent
            for anchor, cotangent in point.cotangents.items()
        }
        return {**rows, **point.named(self.gradients)}

    def users(self, source: Anchor) -> list[Anchor]:
        """The values by which the output depends on a source."""
        return [anchor for anchor in self.moving if source in anchor.uses]

    def cotangent(self, anchor: Anchor) -> Formula:
        """∇_anchor J; 1 of the output itself."""
        if anchor is self.output:
            return filled(ONE, anchor.node.shape) if anchor.node.ndim else ONE
        return symbol(self.gradients[anchor], anchor.node.shape)

    def gradient(self, source: Anchor) -> Formula:
        """∇_source J, in the gradients of what uses it."""
        return self.pulled(source, self.users(source))

    def pulled(self, source: Anchor, users: Sequence[Anchor]) -> Formula:
        """The part of ∇_source J that comes by some of what uses it, in their gradients."""
        found = pulled(source, [(user, self.cotangent(user)) for user in users])
        return self.facts.refined(untied(found, self.definitions, self.here.named({})))

    @cached_property
    def definitions(self) -> dict[Formula, Formula]:
        """The formula of each value that is computed."""
        return {anchor.symbol: anchor.formula for anchor in self.order if not anchor.is_argument}

    @cached_property
    def facts(self) -> Facts:
        """What forward propagation says of its values."""
        return facts(self.order)

    @cached_property
    def letters(self) -> str:
        """The letters for places that go on."""
        return free_letters(anchor.name for anchor in self.order)

    def local(self, user: Anchor, source: Anchor) -> Formula | None:
        """∂user/∂source, simplified as it is written."""
        form = local_jacobian(user, source)
        if form is None:
            return None
        form = untied(form, self.definitions, self.here.named({}))
        return self.facts.written(self.facts.refined(form))

    def up_to(self, output: Anchor, sources: Sequence[Anchor]) -> Chain:
        """The part of the chain that leads to another output."""
        order = self.order[: self.order.index(output) + 1]
        return Chain(order, tuple(between(order, sources, output)), self.points, self.shown)

    @cached_property
    def onwards(self) -> Mapping[Anchor, Onwards]:
        """The output as a function of each value."""
        return {anchor: Onwards(self.order, anchor) for anchor in self.order}
