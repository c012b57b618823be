"""The lines of a derivation: forward propagation, the chain rule from the output to the arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from .arithmetic import add, filled, is_nothing, is_zero, product
from .chain import Chain
from .checks import Check, Probe, compared, directions, probes_along
from .comparing import (
    Differences,
    against_reverse,
    compared_along,
    differences_of,
    local_differences,
    probes_of_output,
    written,
)
from .derivatives import jacobian_name, jacobian_symbol
from .evaluation import applied, evaluate
from .formula import Formula, number, substituted, symbol
from .jacobians import flat, local_jacobian
from .magnitude import magnitude
from .matrices import matmul, transpose
from .point import Point
from .rules import gradient_rule, jacobian_rule
from .segments import Anchor, pushed
from .step import Draft, Step
from .styling import styled

FORWARD, CHAIN, RESULT = "forward propagation", "chain rule", "result"
LARGEST_JACOBIAN = 100_000  # elements of a matrix whose value is shown


def definition(chain: Chain, anchor: Anchor) -> Draft:
    """How a value is computed."""
    right = styled(anchor.formula)
    values = chain.here.named({})
    what = f"{anchor.name.label} = {written(right)}"
    ours, terms = evaluate(right, values), evaluate(magnitude(right), values)
    check = compared(what, "the function", ours, np.asarray(chain.here.values[anchor], ours.dtype), terms)
    constant = anchor.node.op == "constant"  # its line is where it is used
    source = anchor.node.source.text if anchor.node.source and not constant else ""
    value = chain.here.values[anchor]
    return draft(
        chain,
        FORWARD,
        "a constant" if constant else "definition",
        anchor.symbol,
        right,
        (check,),
        value,
        source,
    )


def chain_rule(chain: Chain, source: Anchor) -> Iterator[Draft]:
    """The product of Jacobians by which the output depends on a value, then each new factor."""
    users = chain.users(source)
    forms = {user: chain.local(user, source) for user in users if user is not chain.output}
    if None not in forms.values():
        yield _row(chain, source, {user: form for user, form in forms.items() if form is not None})
    for user, form in forms.items():
        if form is not None:
            yield _jacobian(chain, user, source, form)


def lines_of(chain: Chain, source: Anchor) -> list[Draft]:
    """All lines on one value: the chain rule, its factors, and the gradient."""
    lines = list(chain_rule(chain, source))
    if lines and not source.node.ndim and chain.users(source) == [chain.output]:
        return lines  # of a number the row is the gradient
    return [*lines, gradient_line(chain, source)]


def constant(chain: Chain, source: Anchor) -> Draft:
    """The gradient by what the output does not depend on, or by the output itself."""
    itself = source is chain.output
    left, value = symbol(chain.gradient_of(source), source.node.shape), float(itself)
    right = styled(filled(number(value), source.node.shape)) if source.node.ndim else number(value)

    def probes(point: Point) -> Iterator[Probe]:
        return probes_of_output(chain, point, source, lambda v: np.full(1, value))

    differences = differences_of(chain, f"{left.data.text} = {written(right)}", probes)
    rule = "the output itself" if itself else "the output does not depend on it"
    at = np.full(source.node.shape, value)
    return draft(chain, RESULT, rule, left, right, (), at, differences=differences)


def _row(chain: Chain, source: Anchor, forms: dict[Anchor, Formula]) -> Draft:
    """∂J/∂vec[source] = Σ ∂J/∂user ∂user/∂vec[source]."""
    terms = []
    replaced: dict[Formula, Formula] = {}
    for user, form in forms.items():
        outer = symbol(jacobian_name(chain.output, user), _row_shape(user))
        factor = jacobian_symbol(user, source)
        replaced[factor] = form
        terms.append(matmul(outer, factor) if factor.shape else product(outer, factor))
    if chain.output in chain.users(source):
        direct = _direct(chain, source)
        if not terms or not is_zero(direct):
            direct = transpose(flat(direct)) if source.node.ndim else direct
            terms.append(chain.facts.written(direct))
    right = add(*terms)
    left = symbol(jacobian_name(chain.output, source), _row_shape(source))
    alone = len(terms) == 1 and not forms
    rule = "derivative of the output, a row" if alone else "chain rule"
    rule = "derivative of the output" if alone and not source.node.ndim else rule
    claimed = substituted(right, replaced)

    def probes(point: Point) -> Iterator[Probe]:
        values = chain.values(point)
        return probes_of_output(chain, point, source, lambda v: applied(claimed, v, values))

    what, row = f"{left.data.text} = {written(right)}", chain.here.cotangents[source]
    theirs = [np.dot(row.ravel(), v).reshape(1) for v in directions(row.size)]
    exact = compared_along(chain, what, "reverse mode", claimed, theirs, source, magnitude(claimed))
    value = row.reshape(1, -1) if source.node.ndim else row
    differences = differences_of(chain, what, probes)
    return draft(chain, CHAIN, rule, left, right, (exact,), value, differences=differences)


def _direct(chain: Chain, source: Anchor) -> Formula:
    """The part of ∇_source J by which the output's own definition names the source."""
    return chain.pulled(source, [chain.output])


def _matters(chain: Chain, source: Anchor) -> bool:
    """Whether there is such a part: a condition has none, and all of it where there is no other."""
    return chain.users(source) == [chain.output] or not is_zero(_direct(chain, source))


def _jacobian(chain: Chain, user: Anchor, source: Anchor, form: Formula) -> Draft:
    """∂user/∂source, all else fixed."""

    left, rule = jacobian_symbol(user, source), jacobian_rule(user, source, form)

    def probes(point: Point) -> Iterator[Probe]:
        values, moved = point.named({}), partial(point.segment, user, source)
        return probes_along(point.values[source], moved, lambda v: applied(form, v, values))

    what = f"{left.data.text} = {written(form)}"
    along = directions(source.node.type.size)
    theirs = [pushed(user, source, v, chain.here.stand_ins).ravel() for v in along]
    raw = (local_jacobian(user, source) if is_nothing(form) else None) or form
    exact = compared_along(chain, what, "forward mode", form, theirs, source, magnitude(styled(raw)))
    return _matrix_line(chain, CHAIN, rule, left, form, (exact,), differences_of(chain, what, probes))


def jacobian_line(
    chain: Chain, section: str, rule: str, left: Formula, form: Formula, source: Anchor
) -> Draft:
    """∂output/∂source, all between moving along."""

    def probes(point: Point) -> Iterator[Probe]:
        values = point.named({})
        return probes_of_output(chain, point, source, lambda v: applied(form, v, values))

    differences = differences_of(chain, f"{left.data.text} = {written(form)}", probes)
    return _matrix_line(chain, section, rule, left, form, (), differences)


def _matrix_line(
    chain: Chain,
    section: str,
    rule: str,
    left: Formula,
    form: Formula,
    checks: Sequence[Check],
    differences: Differences,
) -> Draft:
    """A Jacobian as a matrix, with its value where it is small."""
    small = int(np.prod(left.shape)) <= LARGEST_JACOBIAN
    value = evaluate(form, chain.here.named({})) if small and chain.shown else None
    return draft(chain, section, rule, left, form, checks, value, differences=differences)


def gradient_line(chain: Chain, source: Anchor) -> Draft:
    """∇_source J in the gradients of what uses it: the row un-vectorised."""
    users = [user for user in chain.users(source) if user is not chain.output or _matters(chain, source)]
    right = chain.facts.written(chain.gradient(source))
    left = chain.cotangent(source)
    forms = [chain.local(user, source) for user in users]
    rule = gradient_rule(users, source, forms)
    if users == [chain.output]:
        rule = "gradient: the row transposed, of the shape of the value" if source.node.ndim else rule
    exact, value = against_reverse(chain, left, right, source), chain.here.cotangents[source]
    differences = local_differences(chain, left, right, source)
    return draft(chain, CHAIN, rule, left, right, exact, value, differences=differences)


def draft(
    chain: Chain,
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
    value = value if chain.shown else None
    return Draft(Step(section, rule, left, right, tuple(checks), value, remark, source), differences)


def _row_shape(anchor: Anchor) -> tuple[int, ...]:
    return (1, anchor.node.type.size) if anchor.node.ndim else ()
