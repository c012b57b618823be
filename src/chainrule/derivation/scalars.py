"""Every entry by itself: partial derivatives of numbers, with cases where a function has pieces."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import numpy as np

from ..calculus import gradient_graph
from ..calculus.counting import work
from ..errors import ArgumentError
from ..execution import evaluate as run
from ..graph import Graph, Node, Shape
from .chain import RESULT, Chain, written
from .checks import compared
from .conditions import negated
from .entries import Entries, entries_of, exact_entries
from .entry_forms import forms_of, length
from .entry_sums import Entry, entry_name, with_entry_sums
from .evaluation import evaluate
from .formula import Formula, cases, is_number, mapped, symbol
from .legibility import nesting
from .magnitude import magnitude
from .names import Name
from .point import Point
from .reading import DECOMPOSITIONS, parts_of_decomposition, read
from .segments import Anchor
from .step import Step
from .styling import styled
from .translation import Translation
from .writers.latex_notation import LatexNotation
from .writers.plain_notation import PlainNotation
from .writing import write

MOST_ENTRIES = 100
FIRST = 12  # entries of each source that are written where there are more
MOST_OPERATIONS = 50_000  # on numbers that each have a formula
LONGEST = 60  # operations in an entry that is written in the arguments alone
FEW = 3  # forms of an entry that are written, of which one is taken


def scalar_lines(chain: Chain, graph: Graph, sources: tuple[Anchor, ...]) -> Iterator[Step]:
    """The derivative by every entry of each source: in the arguments where that is short, else by names.

    Of more than a hundred entries the first few of each source are written.

    Raises:
        ArgumentError: the function computes with so many numbers that their formulas would take minutes.
    """
    count = sum(source.node.type.size for source in sources)
    derivative = gradient_graph(_with_names(graph, chain), [source.node for source in sources])
    effort = work(derivative.nodes).total
    if effort > MOST_OPERATIONS:
        raise ArgumentError(
            f"{effort:,} operations on numbers, each with a formula",
            expected=f"at most {MOST_OPERATIONS:,}",
            instead='level="steps", or arrays of fewer entries',
        )
    writer = _Writer(chain, derivative, sources)
    for source in sources:
        size = source.node.type.size
        shown = size if count <= MOST_ENTRIES else min(size, FIRST)
        *lines, last = [writer.line(source, index) for index in islice(np.ndindex(source.node.shape), shown)]
        yield from lines
        more = f"{size - shown:,} more entries are not written" if shown < size else ""
        yield replace(last, remark=more)


@dataclass(frozen=True)
class _Entry:
    """One entry of a named value, as a symbol of formulas and of sympy."""

    formula: Formula
    value: Callable[[Point], np.ndarray]


class _Writer:
    """The entries of the gradient graph, and the names of entries."""

    def __init__(self, chain: Chain, derivative: Graph, sources: tuple[Anchor, ...]) -> None:
        self.chain = chain
        self.translation = Translation()
        self.entries: dict[Name, _Entry] = {}
        self.places: dict[Name, Entry] = {}
        anchors = {anchor.name.label: anchor for anchor in chain.order if not anchor.is_argument}
        self.named = {
            node: anchors[label]
            for label, node in derivative.names.items()
            if label in anchors and node.shape == anchors[label].node.shape and node.inputs
        }
        self.formulas = {node: anchor.symbol for node, anchor in self.named.items()}
        arguments = sorted((a for a in chain.order if a.is_argument), key=_is_data)
        known = {anchor.node: self._argument(anchor) for anchor in arguments}
        found = entries_of(derivative.outputs, known, self._opaque)
        if max(map(_operations, found), default=0) > LONGEST:
            named = {node: self._symbols(anchor) for node, anchor in self.named.items()}
            found = entries_of(derivative.outputs, known | named, self._opaque)
        self.results = dict(zip(sources, found, strict=True))

    def line(self, source: Anchor, index: tuple[int, ...]) -> Step:
        """∂J/∂W₁₁ = …"""
        forms = sorted(forms_of(self.results[source][index]), key=length)[:FEW]
        rights = [_zero_first(self.translation.back(form)) for form in forms]
        lengths = [length(form) + nesting(right) for form, right in zip(forms, rights, strict=True)]
        right = rights[lengths.index(min(lengths))]
        left = symbol(self._derivative_name(source, index), ())
        what = f"{left.data.text} = {written(right)}"
        values = self._values(self.chain.here)
        at = self.chain.here.cotangents[source].reshape(source.node.shape)[index]
        ours, terms = evaluate(right, values), evaluate(magnitude(right), values)
        check = compared(what, "reverse mode", ours, np.asarray(at), terms)
        along = _unit(source, index)
        differences = self.chain.measured_along(what, source, along, lambda p: self._at(right, p))
        rule = "each entry by itself" if source.node.ndim else "derivative of numbers"
        line = self.chain.line(RESULT, rule, left, right, (check,), np.asarray(at), differences=differences)
        checked = line.checked()
        return replace(checked, right=with_entry_sums(checked.right, self.places))

    def _at(self, formula: Formula, point: Point) -> np.ndarray:
        return evaluate(formula, self._values(point))

    def _values(self, point: Point) -> Mapping[Name, np.ndarray]:
        return {name: entry.value(point) for name, entry in self.entries.items()}

    def _argument(self, anchor: Anchor) -> Entries:
        """The entries of an argument; whole numbers are the numbers of the point."""
        if anchor.node.type.is_float:
            return self._symbols(anchor)
        self.formulas[anchor.node] = anchor.symbol
        return exact_entries(self.chain.here.values[anchor])

    def _symbols(self, anchor: Anchor) -> Entries:
        """A symbol for each entry of a named value."""
        self.formulas[anchor.node] = anchor.symbol
        return self._made(anchor.node.shape, anchor.name, partial(_value_of, anchor))

    def _opaque(self, node: Node) -> Entries:
        """Symbols for the entries of a value that is computed as a whole; its formula is their name."""
        if node in self.named:
            return self._symbols(self.named[node])
        formula = read([node], self.formulas)[0]
        arguments = {a.node: a for a in self.chain.order if a.is_argument}
        if node.op not in DECOMPOSITIONS or node.ndim != 1:
            return self._made(node.shape, _name_of(styled(formula)), partial(_computed, node, arguments))
        parts = []
        for part, start in parts_of_decomposition(node, formula.parts[0]):
            value = partial(_part_computed, node, arguments, start, part.shape)
            parts.append(self._made(part.shape, _name_of(styled(part)), value).ravel())
        return np.concatenate(parts)

    def _made(self, shape: Shape, name: Name, value: Callable[[Point], np.ndarray]) -> Entries:
        import sympy

        result = np.empty(shape, dtype=object)
        for index in np.ndindex(shape):
            own = entry_name(name, index)
            formula = symbol(own, ())
            self.entries[own] = _Entry(formula, partial(_entry_at, value, index))
            self.places[own] = (name, index)
            unique = sympy.Symbol(f"a{len(self.translation.symbols):04d}", real=True)
            result[index] = self.translation.symbols.setdefault(formula, unique)
        return result

    def _derivative_name(self, source: Anchor, index: tuple[int, ...]) -> Name:
        J, entry = self.chain.output.name, entry_name(source.name, index)
        return Name(
            f"d{J.label}/d{entry.label}",
            f"∂{J.text}/∂{entry.text}",
            f"\\frac{{\\partial {J.latex}}}{{\\partial {entry.latex}}}",
        )


def _is_data(anchor: Anchor) -> bool:
    """Whether it is x or y, which stand behind the parameters in a product."""
    return anchor.name.label[0] in "xyXY"


def _with_names(graph: Graph, chain: Chain) -> Graph:
    names = {anchor.name.label: anchor.node for anchor in chain.order if not anchor.is_argument}
    return Graph(graph.inputs, graph.outputs, names, graph.title)


def _operations(entries: Entries) -> int:
    import sympy

    return max((int(sympy.count_ops(entry)) for entry in entries.ravel()), default=0)


def _zero_first(formula: Formula) -> Formula:
    """As in the lecture: 0 where z ≤ 0, and the rest elsewhere."""

    def change(part: Formula) -> Formula:
        if part.kind == "cases" and is_number(part.parts[2], 0) and part.parts[0].kind == "compare":
            return cases(negated(part.parts[0]), part.parts[2], part.parts[1])
        return part

    return mapped(formula, change)


def _name_of(formula: Formula) -> Name:
    """A formula as a name, in parentheses."""
    plain, latex = write(formula, PlainNotation()), write(formula, LatexNotation())
    return Name(plain, f"({plain})", rf"\left({latex}\right)")


def _entry_at(value: Callable[[Point], np.ndarray], index: tuple[int, ...], point: Point) -> np.ndarray:
    return np.asarray(value(point)[index])


def _value_of(anchor: Anchor, point: Point) -> np.ndarray:
    return np.asarray(point.values[anchor])


def _computed(node: Node, arguments: Mapping[Node, Anchor], point: Point) -> np.ndarray:
    (value,) = run([node], {node: point.values[anchor] for node, anchor in arguments.items()})
    return np.asarray(value)


def _unit(source: Anchor, index: tuple[int, ...]) -> np.ndarray:
    unit = np.zeros(source.node.shape)
    unit[index] = 1.0
    return unit.ravel()


def _part_computed(
    node: Node, arguments: Mapping[Node, Anchor], start: int, shape: Shape, point: Point
) -> np.ndarray:
    return _computed(node, arguments, point)[start : start + math.prod(shape)].reshape(shape)
