"""Closed forms: the gradient by an argument in the values of forward propagation alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .arithmetic import add, coefficient, filled, negative
from .cancelling import cancelled, in_one_form, with_what_happened
from .chain import Chain
from .comparing import against_reverse, whole_differences, written
from .decompositions import is_decomposed
from .derivatives import jacobian_symbol
from .equations import CHAIN, RESULT, draft, jacobian_line
from .evaluation import evaluate
from .facts import facts
from .formula import ONE, ZERO, Formula, substituted, walk
from .jacobians import chained
from .matrices import identity
from .names import Name
from .segments import Anchor
from .step import Draft, Step
from .styling import styled
from .vanishing import vanishes

LARGEST = 45  # operations in a closed form before a part of it keeps its name
SMALL = 14  # operations that are written out wherever they stand
SHORT = 8  # operations that are written out in the one place where they stand, where there are many layers
TINY = 4  # operations that are written out wherever they stand where there are many layers


DEEP = 10  # named values between; where there are more, they are layers
FEWEST_TURNS = 3  # of a loop whose values each keep their name
MANY = 4  # parts with names of their own; where there are more, each layer keeps its own


def closed_forms(
    chain: Chain, sources: tuple[Anchor, ...], cancelling: bool = False
) -> list[tuple[Anchor, list[Draft]]]:
    """The gradient by each source; first what it has in common with others or would be too long with.

    Before these, if ``cancelling``, those by values between that are shorter with all put in, as ŷ − y is.
    """
    own = {anchor: chain.gradient(anchor) for anchor in chain.moving[:-1]}
    formulas, nothing = _written_out(chain, own, LARGEST, SMALL)
    named = max((len(_named_parts(chain, formulas, formulas[source])) for source in sources), default=0)
    if named > MANY or (named and len(chain.moving) > DEEP):
        formulas, nothing = _written_out(chain, own, SHORT, TINY)
    final = {source for source in sources if source is not chain.output}
    wanted = final.union(nothing, *[_named_parts(chain, formulas, formulas[source]) for source in final])
    last_first = list(reversed(chain.moving[:-1]))
    shorter = {a for a in own if a not in wanted and length(formulas[a]) < length(own[a])}
    before = [anchor for anchor in last_first if cancelling and anchor in shorter | nothing]
    after = [anchor for anchor in last_first if anchor in wanted and anchor not in before]

    def lines(anchor: Anchor) -> list[Draft]:
        if anchor in nothing:
            return _lines_of_nothing(chain, anchor, formulas[anchor])
        if anchor in shorter:
            return [_shorter_line(chain, anchor, formulas)]
        return list(_lines(chain, anchor, cancelled(chain, formulas[anchor]), anchor in final))

    return [(anchor, lines(anchor)) for anchor in (*before, *after)]


def _written_out(
    chain: Chain,
    own: Mapping[Anchor, Formula],
    largest: int,
    small: int,
    kept: frozenset[Formula] = frozenset(),
) -> tuple[dict[Anchor, Formula], set[Anchor]]:
    """The gradient by each value, with the gradients by later values put in where that stays short.

    Also the values by which the derivative vanishes: nothing is put in for these. Those that ``kept`` names
    are not put in, nor what would stand in a line more than once.
    """
    once, turns = _used_once(chain, own), of_loops(own)
    found: dict[Anchor, Formula] = {}
    nothing: set[Anchor] = set()
    put_in: dict[Formula, Formula] = {}
    same: dict[Formula, Formula] = {}  # gradients that are those by a later value, under its name, or tiny
    named: dict[Formula, Formula] = {}
    for anchor in reversed(chain.moving[:-1]):
        whole = chain.facts.refined(substituted(own[anchor], put_in))
        if length(whole) > LARGEST:
            whole = chain.facts.refined(substituted(own[anchor], same))
        repeated = _repeated(whole, put_in)
        if repeated:
            return _written_out(chain, own, largest, small, kept | repeated)
        found[anchor], cotangent = whole, chain.cotangent(anchor)
        if vanishes(chain, whole):
            nothing.add(anchor)
            put_in[cotangent] = same[cotangent] = ZERO
            continue
        if own[anchor].kind == "symbol":
            same[cotangent] = same.get(own[anchor], own[anchor])
            put_in[cotangent] = put_in.get(same[cotangent], same[cotangent])
            continue
        size = length(substituted(whole, named))
        if size <= TINY:
            same[cotangent] = whole
        if cotangent in kept:
            named[cotangent] = whole
        elif size <= (largest if anchor in once else TINY if anchor in turns else small):
            put_in[cotangent] = whole
    return found, nothing


def _repeated(formula: Formula, put_in: Mapping[Formula, Formula]) -> set[Formula]:
    """The names of gradients that were put in and stand more than once still, unless they are short."""
    times = Counter(walk(formula))
    twice = [(name, written) for name, written in put_in.items() if times[written] > 1]
    return {name for name, written in twice if written.kind == "matmul" or length(written) > TINY}


def _used_once(chain: Chain, own: Mapping[Anchor, Formula]) -> set[Anchor]:
    """The values whose gradients stand in one other alone, as do those of the same name in other layers."""
    uses = Counter(part for formula in own.values() for part in set(walk(formula)) if part.kind == "symbol")
    most: Counter[str] = Counter()
    for anchor in own:
        most[anchor.name.pattern[0]] = max(most[anchor.name.pattern[0]], uses[chain.cotangent(anchor)])
    return {anchor for anchor in own if most[anchor.name.pattern[0]] == 1}


def of_loops(anchors: Collection[Anchor]) -> set[Anchor]:
    """The values of a line that runs several times, which are one recursion, and what it begins with.

    Several values in a line
    that runs once are none.
    """
    runs: dict[tuple[Any, str, str], set[int]] = {}
    for anchor in anchors:
        base, number = anchor.name.pattern
        if number is not None and anchor.node.source:
            runs.setdefault((anchor.node.source, anchor.node.op, base), set()).add(number)
    bases = {base for (_, _, base), numbers in runs.items() if len(numbers) >= FEWEST_TURNS}
    return {anchor for anchor in anchors if anchor.name.pattern[0] in bases}


def length(formula: Formula) -> int:
    """How many operations and names there are to read."""
    return sum(part.kind not in ("number", "spread") for part in walk(formula))


def _named_parts(chain: Chain, formulas: Mapping[Anchor, Formula], formula: Formula) -> set[Anchor]:
    """The values whose gradients a formula still names, and those that these name."""
    by_symbol = {chain.cotangent(anchor): anchor for anchor in chain.moving[:-1]}
    needed: set[Anchor] = set()
    pending = [formula]
    while pending:
        for part in walk(pending.pop()):
            anchor = by_symbol.get(part)
            if anchor is not None and anchor not in needed:
                needed.add(anchor)
                pending.append(formulas[anchor])
    return needed


def _lines(chain: Chain, anchor: Anchor, formula: Formula, final: bool) -> Iterator[Draft]:
    right, left = in_one_form(chain, formula), chain.cotangent(anchor)
    checks = against_reverse(chain, left, right, anchor)
    differences = whole_differences(chain, left, right, anchor)
    value = chain.here.cotangents[anchor].reshape(anchor.node.shape)
    rule = "closed form" if final else "a part that keeps its name"
    yield draft(chain, RESULT, rule, left, right, checks, value, differences=differences)
    for rule, shorter, held in _at_this_point(chain, formula, right) if final else ():
        checks = against_reverse(chain, left, shorter, anchor)
        remark = f"as {', '.join(held)} at this point"
        yield draft(chain, RESULT, rule, left, shorter, checks, value, remark=remark)


def _shorter_line(chain: Chain, anchor: Anchor, formulas: Mapping[Anchor, Formula]) -> Draft:
    """A line of the chain rule: a gradient with those by later values put in."""
    found = formulas[anchor]
    (line, *_) = _lines(chain, anchor, found, final=False)
    later = [user for user in chain.users(anchor) if user is not chain.output]
    put_in = {chain.cotangent(user): formulas[user] for user in later}
    put_in = {name: written for name, written in put_in.items() if name not in set(walk(found))}
    names = ", ".join(name.data.text for name in put_in)
    rule = with_what_happened(f"{names} put in", substituted(chain.gradient(anchor), put_in), found)
    return replace(line, step=replace(line.step, section=CHAIN, rule=rule))


def _lines_of_nothing(chain: Chain, anchor: Anchor, formula: Formula) -> list[Draft]:
    """The terms of a derivative that vanishes, and that it does."""
    (first, *_), left = _lines(chain, anchor, formula, final=False), chain.cotangent(anchor)
    terms = first.step.right
    equal = add(*[term for term in terms.parts if coefficient(term)[0] > 0]) if terms.kind == "add" else terms
    others = add(*[negative(term) for term in terms.parts if coefficient(term)[0] < 0])
    checks = against_reverse(chain, left, ZERO, anchor)
    differences = whole_differences(chain, left, ZERO, anchor)
    value = chain.here.cotangents[anchor]
    remark = f"as {written(equal)} = {written(others)}, with the definitions put in"
    cancel = draft(chain, RESULT, "terms that cancel", left, ZERO, checks, value, "", remark, differences)
    return [first, cancel]


def _at_this_point(
    chain: Chain, formula: Formula, written_before: Formula
) -> Iterator[tuple[str, Formula, list[str]]]:
    """What a closed form becomes by what holds at the point, with the rule and the facts it uses."""
    collapsed, sums = _with_whole_targets(chain, formula)
    if sums:
        yield "targets that sum to one", chain.facts.written(chain.facts.refined(collapsed)), sums
        return
    names = [anchor.name for anchor in chain.order if chain.shown and _is_symmetric(chain, anchor)]
    for name in names[::-1]:  # what the arguments say is said of these
        fewer = [other for other in names if other is not name]
        if _written_with(chain, formula, fewer) == _written_with(chain, formula, names):
            names = fewer
    shorter = _written_with(chain, formula, names)
    if names and shorter != written_before:
        yield "symmetric matrices", shorter, [f"{name.text}ᵀ = {name.text}" for name in names]


def _is_symmetric(chain: Chain, anchor: Anchor) -> bool:
    """Whether it is a symmetric argument, or a value that is symmetric at points nearby, too."""
    value = chain.here.values[anchor]
    if value.ndim != 2 or not value.shape[0] == value.shape[1] > 1 or not np.array_equal(value, value.T):
        return False
    if anchor.is_argument:
        return True
    if is_decomposed(anchor.formula):
        return False  # eigenvectors of 2×2 matrices are, by the signs that are chosen for them
    near = chain.points(1).values[anchor]
    return np.array_equal(near, near.T)


def _written_with(chain: Chain, formula: Formula, symmetric: Sequence[Name]) -> Formula:
    """The formula as it is written where these arguments are symmetric."""
    known = facts(chain.order, symmetric)
    return known.written(known.refined(formula))


def _with_whole_targets(chain: Chain, formula: Formula) -> tuple[Formula, list[str]]:
    """The formula with 1 for sums of values that are 1 at the point, such as those of one-hot targets."""
    facts: dict[Formula, str] = {}
    values = chain.here.named({})
    still = {anchor.symbol for anchor in chain.order if anchor not in chain.moving}
    for part in walk(formula):
        if chain.shown and part.kind == "sum" and part.parts[0] in still and _is_one(evaluate(part, values)):
            facts[part] = f"{written(styled(part))} = {'𝟏' if part.shape else '1'}"
    ones_instead = {part: filled(ONE, part.shape) if part.shape else ONE for part in facts}
    return substituted(formula, ones_instead), list(facts.values())


def _is_one(value: np.ndarray) -> bool:
    return bool(value.size) and bool(np.allclose(value, 1.0, rtol=0, atol=1e-12))


def closed_jacobians(
    chain: Chain, sources: tuple[Anchor, ...], outputs: tuple[Anchor, ...]
) -> Iterator[Step]:
    """Of a function of several numbers, its Jacobian by each source as one product, if that is short."""
    for output in outputs:
        own = chain.up_to(output, sources)
        forms = _products(own)
        for source in sources:
            form = forms.get(source)
            if form is not None and source is not output:
                left, right = jacobian_symbol(output, source), own.facts.written(own.facts.refined(form))
                rule = "the Jacobian: the product of all"
                yield jacobian_line(own, RESULT, rule, left, right, source).checked()


def _products(chain: Chain) -> dict[Anchor, Formula | None]:
    """For each value the product of the Jacobians from the output to it, summed over the paths."""
    size = chain.output.node.type.size
    found: dict[Anchor, Formula | None] = {chain.output: identity(size) if chain.output.node.ndim else ONE}
    for anchor in reversed(chain.moving[:-1]):
        terms = []
        for user in chain.users(anchor):
            outer, inner = found[user], chain.local(user, anchor)
            terms.append(None if outer is None or inner is None else chained(outer, inner))
        known = [term for term in terms if term is not None]
        total = add(*known) if len(known) == len(terms) else None
        found[anchor] = total if total is not None and length(total) <= LARGEST else None
    return found
