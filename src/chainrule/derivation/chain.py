"""The lines of a derivation: forward propagation, the chain rule from the output to the arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import numpy as np

from .arithmetic import add, filled, is_nothing, is_zero, product
from .checks import Check, Probe, compared, directions, measured, probes_along
from .derivatives import gradient_name, jacobian_name, jacobian_symbol
from .evaluation import Values, applied, evaluate
from .facts import Facts, facts
from .formula import ONE, Formula, number, substituted, symbol
from .jacobians import flat, local_jacobian
from .magnitude import magnitude
from .matrices import matmul, transpose
from .names import Name
from .point import Point
from .rules import gradient_rule, jacobian_rule
from .segments import Anchor, Onwards, between, pulled, pushed
from .step import Draft, Step
from .styling import styled
from .writers.plain_notation import PlainNotation
from .writing import write

Differences = Callable[[], tuple[Check, ...]]

FORWARD, CHAIN, RESULT = "forward propagation", "chain rule", "result"
LARGEST_JACOBIAN = 100_000  # elements of a matrix whose value is shown


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
        return self.facts.refined(
            pulled(source, [(user, self.cotangent(user)) for user in self.users(source)])
        )

    @cached_property
    def facts(self) -> Facts:
        """What forward propagation says of its values."""
        return facts(self.order)

    # Lines.

    def definition(self, anchor: Anchor) -> Draft:
        """How a value is computed."""
        right = styled(anchor.formula)
        values = self.here.named({})
        what = f"{anchor.name.label} = {written(right)}"
        ours, terms = evaluate(right, values), evaluate(magnitude(right), values)
        check = compared(what, "the function", ours, np.asarray(self.here.values[anchor], ours.dtype), terms)
        constant = anchor.node.op == "constant"  # its line is where it is used
        source = anchor.node.source.text if anchor.node.source and not constant else ""
        value = self.here.values[anchor]
        return self.line(
            FORWARD, "a constant" if constant else "definition", anchor.symbol, right, (check,), value, source
        )

    def chain_rule(self, source: Anchor) -> Iterator[Draft]:
        """The product of Jacobians by which the output depends on a value, then each new factor."""
        users = self.users(source)
        forms = {user: self.local(user, source) for user in users if user is not self.output}
        if None not in forms.values():
            yield self._row(source, {user: form for user, form in forms.items() if form is not None})
        for user, form in forms.items():
            if form is not None:
                yield self._jacobian(user, source, form)

    def lines_of(self, source: Anchor) -> list[Draft]:
        """All lines on one value: the chain rule, its factors, and the gradient."""
        lines = list(self.chain_rule(source))
        if lines and not source.node.ndim and self.users(source) == [self.output]:
            return lines  # of a number the row is the gradient
        return [*lines, self.gradient_line(source)]

    def constant(self, source: Anchor) -> Draft:
        """The gradient by what the output does not depend on, or by the output itself."""
        itself = source is self.output
        left, value = symbol(self.gradient_of(source), source.node.shape), float(itself)
        right = styled(filled(number(value), source.node.shape)) if source.node.ndim else number(value)

        def probes(point: Point) -> Iterator[Probe]:
            return self._whole(point, source, lambda v: np.full(1, value))

        differences = self.differences(f"{left.data.text} = {written(right)}", probes)
        rule = "the output itself" if itself else "the output does not depend on it"
        at = np.full(source.node.shape, value)
        return self.line(RESULT, rule, left, right, (), at, differences=differences)

    def local(self, user: Anchor, source: Anchor) -> Formula | None:
        """∂user/∂source, simplified as it is written."""
        form = local_jacobian(user, source)
        return None if form is None else self.facts.written(self.facts.refined(form))

    def _row(self, source: Anchor, forms: dict[Anchor, Formula]) -> Draft:
        """∂J/∂vec[source] = Σ ∂J/∂user ∂user/∂vec[source]."""
        terms = []
        replaced: dict[Formula, Formula] = {}
        for user, form in forms.items():
            outer = symbol(jacobian_name(self.output, user), _row_shape(user))
            factor = jacobian_symbol(user, source)
            replaced[factor] = form
            terms.append(matmul(outer, factor) if factor.shape else product(outer, factor))
        if self.output in self.users(source):
            direct = pulled(source, [(self.output, self.cotangent(self.output))])
            direct = self.facts.refined(direct)
            if not terms or not is_zero(direct):
                direct = transpose(flat(direct)) if source.node.ndim else direct
                terms.append(self.facts.written(direct))
        right = add(*terms)
        left = symbol(jacobian_name(self.output, source), _row_shape(source))
        alone = len(terms) == 1 and not forms
        rule = "derivative of the output, a row" if alone else "chain rule"
        rule = "derivative of the output" if alone and not source.node.ndim else rule
        claimed = substituted(right, replaced)

        def probes(point: Point) -> Iterator[Probe]:
            values = self.values(point)
            return self._whole(point, source, lambda v: applied(claimed, v, values))

        what, row = f"{left.data.text} = {written(right)}", self.here.cotangents[source]
        theirs = [np.dot(row.ravel(), v).reshape(1) for v in directions(row.size)]
        exact = self._along(what, "reverse mode", claimed, theirs, source, magnitude(claimed))
        value = row.reshape(1, -1) if source.node.ndim else row
        differences = self.differences(what, probes)
        return self.line(CHAIN, rule, left, right, (exact,), value, differences=differences)

    def _jacobian(self, user: Anchor, source: Anchor, form: Formula) -> Draft:
        """∂user/∂source, all else fixed."""

        left, rule = jacobian_symbol(user, source), jacobian_rule(user, source, form)

        def probes(point: Point) -> Iterator[Probe]:
            values, moved = point.named({}), partial(point.segment, user, source)
            return probes_along(point.values[source], moved, lambda v: applied(form, v, values))

        what = f"{left.data.text} = {written(form)}"
        along = directions(source.node.type.size)
        theirs = [pushed(user, source, v, self.here.stand_ins).ravel() for v in along]
        raw = (local_jacobian(user, source) if is_nothing(form) else None) or form
        exact = self._along(what, "forward mode", form, theirs, source, magnitude(styled(raw)))
        return self._matrix_line(CHAIN, rule, left, form, (exact,), self.differences(what, probes))

    def _along(
        self,
        what: str,
        against: str,
        form: Formula,
        theirs: list[np.ndarray],
        source: Anchor,
        added: Formula,
    ) -> Check:
        """The products of a Jacobian with directions, against another way to compute them."""
        values, along = self.values(self.here), list(directions(source.node.type.size))
        ours = [applied(form, v, values).ravel() for v in along]
        terms = [applied(added, np.abs(v), values).ravel() for v in along]
        return compared(what, against, np.array(ours), np.array(theirs), np.array(terms))

    def jacobian_line(self, section: str, rule: str, left: Formula, form: Formula, source: Anchor) -> Draft:
        """∂output/∂source, all between moving along."""

        def probes(point: Point) -> Iterator[Probe]:
            values = point.named({})
            return self._whole(point, source, lambda v: applied(form, v, values))

        differences = self.differences(f"{left.data.text} = {written(form)}", probes)
        return self._matrix_line(section, rule, left, form, (), differences)

    def _matrix_line(
        self,
        section: str,
        rule: str,
        left: Formula,
        form: Formula,
        checks: Sequence[Check],
        differences: Differences,
    ) -> Draft:
        """A Jacobian as a matrix, with its value where it is small."""
        small = int(np.prod(left.shape)) <= LARGEST_JACOBIAN
        value = evaluate(form, self.here.named({})) if small and self.shown else None
        return self.line(section, rule, left, form, checks, value, differences=differences)

    def up_to(self, output: Anchor, sources: Sequence[Anchor]) -> Chain:
        """The part of the chain that leads to another output."""
        order = self.order[: self.order.index(output) + 1]
        return Chain(order, tuple(between(order, sources, output)), self.points, self.shown)

    def gradient_line(self, source: Anchor) -> Draft:
        """∇_source J in the gradients of what uses it: the row un-vectorised."""
        users = self.users(source)
        right = self.facts.written(self.gradient(source))
        left = self.cotangent(source)
        forms = [self.local(user, source) for user in users]
        rule = gradient_rule(users, source, forms)
        if users == [self.output]:
            rule = "gradient: the row transposed, of the shape of the value" if source.node.ndim else rule
        exact, value = self.against_reverse(left, right, source), self.here.cotangents[source]
        differences = self._local_differences(left, right, source)
        return self.line(CHAIN, rule, left, right, exact, value, differences=differences)

    def against_reverse(self, left: Formula, right: Formula, source: Anchor) -> tuple[Check, ...]:
        values = self.values(self.here)
        added = right
        if is_nothing(right):  # what cancels there, to which rounding is relative
            added = styled(pulled(source, [(user, self.cotangent(user)) for user in self.users(source)]))
        ours, terms = evaluate(right, values), evaluate(magnitude(added), values)
        what = f"{left.data.text} = {written(right)}"
        theirs = self.here.cotangents[source].reshape(source.node.shape)
        return (compared(what, "reverse mode", ours, theirs, terms),)

    def _local_differences(self, left: Formula, right: Formula, source: Anchor) -> Differences:
        """⟨∇_source J, v⟩ against Σ ⟨∇_user J, the user's difference along v⟩."""
        users = self.users(source)

        def probes(point: Point) -> Iterator[Probe]:
            claimed = evaluate(right, self.values(point)).ravel()

            def parts(at: np.ndarray) -> list[np.ndarray]:
                return [point.cotangents[user] * point.segment(user, source, at) for user in users]

            def moved(at: np.ndarray) -> np.ndarray:
                return np.asarray(sum(map(np.sum, parts(at))))

            at = point.values[source]
            added = float(sum(np.sum(np.abs(part)) for part in parts(at)))
            return probes_along(at, moved, partial(np.dot, claimed), added=added)

        return self.differences(f"{left.data.text} = {written(right)}", probes)

    def whole_differences(self, left: Formula, right: Formula, source: Anchor) -> Differences:
        """A closed form against differences of the whole function."""
        what = f"{left.data.text} = {written(right)}"

        def probes(point: Point) -> Iterator[Probe]:
            claimed = evaluate(right, self.values(point)).ravel()
            return self._whole(point, source, partial(np.dot, claimed))

        return self.differences(what, probes)

    def measured_along(
        self, what: str, source: Anchor, v: np.ndarray, claim: Callable[[Point], np.ndarray]
    ) -> Differences:
        """What a line claims of the derivative along one direction, against differences."""

        def probes(point: Point) -> Iterator[Probe]:
            return self._whole(point, source, lambda _: claim(point), [v])

        return self.differences(what, probes)

    def _whole(
        self,
        point: Point,
        source: Anchor,
        claim: Callable[[np.ndarray], Any],
        along: Sequence[np.ndarray] | None = None,
    ) -> Iterator[Probe]:
        """Probes of the output where a value moves and all that depends on it moves along."""
        at = np.asarray(point.values.get(source, np.zeros(source.node.shape)))
        moved = self.onwards.get(source) or Onwards(self.order, source)
        return probes_along(at, partial(moved, point.values), claim, along)

    @cached_property
    def onwards(self) -> Mapping[Anchor, Onwards]:
        """The output as a function of each value."""
        return {anchor: Onwards(self.order, anchor) for anchor in self.order}

    def differences(self, what: str, probes: Callable[[Point], Iterator[Probe]]) -> Differences:
        """What takes a line's differences."""
        return partial(self._measured, what, probes)

    def _measured(self, what: str, probes: Callable[[Point], Iterator[Probe]]) -> tuple[Check, ...]:
        """Differences at the point; where it has kinks there, at points nearby."""
        for k in range(3):
            check = measured(what, list(probes(self.points(k))))
            if check is not None:
                return (check if k == 0 else Check("differences nearby", check.error, check.bound),)
        return ()

    def line(
        self,
        section: str,
        rule: str,
        left: Formula,
        right: Formula,
        checks: Sequence[Check],
        value: np.ndarray | None,
        source: str = "",
        remark: str = "",
        differences: Differences = tuple,
    ) -> Draft:
        """A line that agrees with forward or reverse mode, if it was compared; without the differences."""
        value = value if self.shown else None
        return Draft(Step(section, rule, left, right, tuple(checks), value, remark, source), differences)


def _row_shape(anchor: Anchor) -> tuple[int, ...]:
    return (1, anchor.node.type.size) if anchor.node.ndim else ()


def written(formula: Formula) -> str:
    """A formula as plain text, for messages."""
    return write(formula, PlainNotation())
