"""A layer that repeats is derived once: lines that differ in one number only become one line for k."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .chain import Chain
from .checks import Check
from .derivatives import gradient_name, jacobian_name
from .formula import Formula, walk
from .indices import Fixed, Running
from .names import Name, general_name, shifted
from .segments import Anchor
from .series import runs, with_series
from .step import Draft, Step

Group = tuple[Anchor, Sequence[Draft]]
PLACED = {"index", "put"}
STRIDES = (1, 2, 3)  # places by which slices move on from turn to turn
FEWEST = 3  # layers
LONGEST_PERIOD = 12  # named values in a layer


def with_recursions(chain: Chain, groups: Sequence[Group]) -> list[Step]:
    """The lines of all groups in order, each run of alike ones written once, for k (or a free letter).

    Differences are taken of every line that is written: for k, of its first and its last, and of those
    between where they have no exact check.
    """
    if not chain.letters:
        return [draft.checked() for _, drafts in groups for draft in drafts]
    reader = _Reader(chain)
    templates = [reader.template(group) for group in groups]
    found: list[Step] = []
    at = 0
    while at < len(groups):
        run = _run(templates, at)
        if run is None:
            found += reader.folded(groups[at][1])
            at += 1
            continue
        turns = groups[at : at + run.period * run.count]
        lines = [reader.generalised(turns[place :: run.period], run.indices) for place in range(run.period)]
        if None in lines:
            lines = [reader.folded(drafts) for _, drafts in turns]
        found += [line for of_one in lines for line in of_one or ()]
        at += len(turns)
    return [replace(step, right=with_series(step.right, reader)) for step in found]


@dataclass(frozen=True, slots=True)
class _Run:
    period: int
    count: int
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Template:
    """A group without its numbers, and the number of the value that it is about."""

    pattern: Any
    index: int


def _run(templates: Sequence[_Template | None], at: int) -> _Run | None:
    """The longest run of alike periods from here."""
    best: _Run | None = None
    for period in range(1, LONGEST_PERIOD + 1):
        run = _run_of(templates, at, period)
        if run and (best is None or run.period * run.count > best.period * best.count):
            best = run
    return best


def _run_of(templates: Sequence[_Template | None], at: int, period: int) -> _Run | None:
    first = templates[at : at + period]
    if len(first) < period or None in first:
        return None
    step = _step_between(first, templates[at + period : at + 2 * period])
    if step not in (-1, 1):
        return None
    second, count = templates[at + period : at + 2 * period], 2
    while (later := templates[at + count * period : at + (count + 1) * period]) and (
        _step_between(first, later) == step * count and _step_between(second, later) == step * (count - 1)
    ):
        count += 1
    start = min(part.index for part in first if part is not None)
    return _Run(period, count, tuple(start + step * k for k in range(count))) if count >= FEWEST else None


def _step_between(first: Sequence[_Template | None], later: Sequence[_Template | None]) -> int | None:
    """By how much all numbers differ between two periods that are alike otherwise."""
    if len(first) != len(later):
        return None
    steps: set[int] = set()
    for a, b in zip(first, later, strict=True):
        if a is None or b is None or a.pattern != b.pattern:
            return None
        steps.add(b.index - a.index)
    return steps.pop() if len(steps) == 1 else None


class _Reader:
    """What the names in lines stand for, to put a letter in place of their numbers."""

    def __init__(self, chain: Chain) -> None:
        self.letter = chain.letters[0]
        self.meaning: dict[Name, tuple[Callable[..., Name], tuple[Anchor, ...]]] = {}
        for anchor in chain.order:
            self.meaning[anchor.name] = (_own_name, (anchor,))
        self.alike = Counter(anchor.name.pattern[0] for anchor in chain.order)
        for anchor in chain.moving:
            for user in (*chain.users(anchor), chain.output):
                self.meaning[jacobian_name(user, anchor)] = (jacobian_name, (user, anchor))
            self.meaning[gradient_name(chain.output, anchor)] = (gradient_name, (chain.output, anchor))

    def template(self, group: Group) -> _Template | None:
        anchor, drafts = group
        base, index = anchor.name.pattern
        if index is None:
            return None
        steps = [draft.step for draft in drafts]
        sides = [(step.left, step.right) for step in steps]
        lines = tuple(tuple(self.pattern(side, index) for side in line) for line in sides)
        return _Template((base, lines), index)

    def index_of(self, formula: Formula) -> int | None:
        """The number of the first name that is numbered, else the place of an entry, else that of a slice."""
        for part in walk(formula):
            if part.kind == "symbol" and part.data in self.meaning:
                for anchor in self.meaning[part.data][1]:
                    base, index = anchor.name.pattern
                    if index is not None and self._repeats(base):
                        return index
        placed = [part.data for part in walk(formula) if _has_place(part) and part.data.first is not None]
        entries = [index for index in placed if isinstance(index.entries[0], int)]
        return next((index.first for index in (*entries, *placed)), None)

    def general(self, formulas: Sequence[Formula], indices: Sequence[int]) -> Formula | None:
        """What is the formula for k, whichever of the turns one takes for k; None where there is no such."""
        neighbours = [*formulas[1:], formulas[-2]]
        turns = zip(formulas, neighbours, indices, strict=True)
        found = {self._changed(formula, other, index, {}) for formula, other, index in turns}
        return found.pop() if len(found) == 1 else None

    def folded(self, drafts: Sequence[Draft]) -> list[Step]:
        """The lines of one value, alike Jacobians by it written once."""
        lines = [Formula("line", (draft.step.right, draft.step.left), ()) for draft in drafts]
        found: list[Step] = []
        for run, indices in runs(drafts, lines, self, FEWEST):
            line = self._general(run, indices) if indices else None
            found += [draft.checked() for draft in run] if line is None else [line]
        return found

    def pattern(self, formula: Formula, index: int) -> Any:
        if formula.kind == "symbol":
            if formula.data not in self.meaning:  # numbered by the letter
                return formula
            make, anchors = self.meaning[formula.data]
            return make, formula.ndim, tuple(self._relative(anchor.name, index) for anchor in anchors)
        parts = tuple(self.pattern(part, index) for part in formula.parts)
        if _has_place(formula):
            place = _PlacePattern.of(formula.data, index)
            return formula.kind, formula.ndim, place, parts
        data = None if formula.kind in ("commutation", "diag") else formula.data
        named = data[0] if isinstance(data, tuple) and data and isinstance(data[0], str) else data
        return formula.kind, formula.ndim, named, parts

    def _relative(self, name: Name, index: int) -> tuple[str, int | None]:
        base, own = name.pattern
        return (name.label, None) if own is None or not self._repeats(base) else (base, own - index)

    def generalised(self, members: Sequence[Group], indices: Sequence[int]) -> list[Step] | None:
        """The lines of a value, for k; None where one of them is not the same for all."""
        lines = [
            self._general(alike, indices) for alike in zip(*(drafts for _, drafts in members), strict=True)
        ]
        return None if None in lines else [line for line in lines if line is not None]

    def _general(self, drafts: Sequence[Draft], indices: Sequence[int]) -> Step | None:
        left = self.general([draft.step.left for draft in drafts], indices)
        right = self.general([draft.step.right for draft in drafts], indices)
        if left is None or right is None:
            return None
        alike = _checked(drafts)
        step = alike[0]
        names: dict[str, str] = {}
        self._changed(step.right, step.right, indices[0], names)
        self._changed(step.left, step.left, indices[0], names)
        rule = step.rule
        for own in sorted(names, key=len, reverse=True):
            rule = rule.replace(own, names[own])
        listed = (
            ", ".join(map(str, indices))
            if len(indices) <= 4
            else f"{indices[0]}, {indices[1]}, …, {indices[-1]}"
        )
        same = len({tuple(shape for _, shape in one.shapes) for one in alike}) == 1
        k, value = self.letter, alike[-1].value
        remark = f"for {k} = {listed}" + ("" if same else f"; the shapes are those of {k} = {indices[0]}")
        remark += f"; the value is that of {k} = {indices[-1]}" if value is not None else ""
        checks = tuple(
            Check(first.against, max(c.error for c in column), max(c.bound for c in column))
            for first, *_ in [[check] for check in step.checks]
            if (column := [c for one in alike for c in one.checks if c.against == first.against])
        )
        return replace(
            step, left=left, right=right, rule=rule, remark=remark, value=value, checks=checks, source=""
        )

    def _changed(self, formula: Formula, following: Formula, index: int, names: dict[str, str]) -> Formula:
        """A formula with k in place of an index, in names, and in places that the following one has moved."""
        pairs = zip(formula.parts, following.parts, strict=True)
        parts = tuple(self._changed(part, other, index, names) for part, other in pairs)
        data = formula.data
        if _has_place(formula) and data != following.data:
            first, stride = data.first or 0, abs((following.data.first or 0) - (data.first or 0))
            data = Running.of(data, self.letter, first - stride * index, stride)
        elif formula.kind == "symbol" and data in self.meaning:
            make, anchors = self.meaning[data]
            data = make(*[self._with_k(anchor, index, names) for anchor in anchors])
        return replace(formula, parts=parts, data=data)

    def _with_k(self, anchor: Anchor, first: int, names: dict[str, str]) -> Anchor:
        base, index = anchor.name.pattern
        if index is None or not self._repeats(base):
            return anchor
        name = general_name(base, shifted(self.letter, index - first), anchor.node.ndim > 0)
        names[anchor.name.text] = name.text
        return replace(anchor, name=name)

    def _repeats(self, base: str) -> bool:
        """Whether several values have this name with different numbers."""
        return self.alike[base] > 1


def _checked(alike: Sequence[Draft]) -> list[Step]:
    ends = (alike[0], alike[-1])
    return [draft.checked() if draft in ends or not draft.step.checks else draft.step for draft in alike]


@dataclass(frozen=True, slots=True, eq=False)
class _PlacePattern:
    """An index: the same in every layer, or its first place moving on by a few places from layer to layer."""

    place: int | None
    number: int
    rest: Any

    @staticmethod
    def of(index: Fixed, number: int) -> _PlacePattern:
        place = index.first
        if place is None:
            return _PlacePattern(None, number, index.entries)
        entry, *others = index.entries
        extent = () if isinstance(entry, int) else entry[1:]
        return _PlacePattern(place, number, (extent, *others))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _PlacePattern) or self.rest != other.rest:
            return False
        if self.place is None or other.place is None or self.place == other.place:
            return self.place == other.place
        moved, turns = self.place - other.place, self.number - other.number
        return any(moved == stride * turns for stride in STRIDES)


def _has_place(formula: Formula) -> bool:
    """Whether it is a part of an array at places that are known."""
    return formula.kind in PLACED and isinstance(formula.data, Fixed)


def _own_name(anchor: Anchor) -> Name:
    return anchor.name
