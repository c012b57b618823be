"""Every entry by itself: partial derivatives of numbers, with cases where a function has pieces."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..calculus import gradient_graph
from ..calculus.counting import work
from ..errors import ArgumentError
from ..execution import evaluate as run
from ..graph import Graph, Node, Shape, input_node, topological_order
from .arithmetic import cases
from .chain import Chain
from .checks import compared
from .closed import of_loops
from .comparing import measured_along, written
from .conditions import negated
from .entries import Entries, entries_of, exact_entries
from .entry_forms import forms_of, length
from .entry_names import Entry
from .entry_sums import with_entry_sums
from .equations import RESULT, draft
from .evaluation import evaluate
from .formula import Formula, is_number, mapped, substituted, symbol
from .legibility import nesting
from .magnitude import magnitude
from .names import Name
from .point import Point
from .reading import DECOMPOSITIONS, parts_of_decomposition, read
from .segments import Anchor, pulled_node
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
LONGEST_OF_VALUES = 40  # of one that is written in named values, and not in the derivatives by them
DEEPEST = 3  # sums within one another in such an entry
PUT_IN = 6  # operations in a derivative that is written out wherever it stands
PUT_IN_OF_TURNS = 2  # the same of a value that each turn of a loop has
FEW = 3  # forms of an entry that are written, of which one is taken

Index = tuple[int, ...]
Value = Callable[[Point], np.ndarray]


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
    for anchor, wanted in (*writer.parts.items(), *[(source, _indices(source)) for source in sources]):
        few = count <= MOST_ENTRIES and len(wanted) <= MOST_ENTRIES
        shown = wanted if few else wanted[:FIRST]
        *lines, last = [writer.line(anchor, index) for index in shown]
        yield from lines
        left = len(wanted) - len(shown)
        yield replace(last, remark=f"{left:,} more entries are not written" if left else "")


def _indices(anchor: Anchor) -> list[Index]:
    return list(np.ndindex(anchor.node.shape))


class _Writer:
    """The entries of the derivatives, and the names of entries.

    Attributes:
        results: the entries of the derivative by each source, and by each value of ``parts``.
        parts: the values the derivatives by which are named in others, and which of their entries are.
    """

    def __init__(self, chain: Chain, derivative: Graph, sources: tuple[Anchor, ...]) -> None:
        self.chain = chain
        self.translation = Translation()
        self.values: dict[Name, Value] = {}
        self.entries: dict[Name, Entry] = {}
        self.inputs: dict[Node, Value] = {}
        anchors = {anchor.name.label: anchor for anchor in chain.order if not anchor.is_argument}
        self.named = {
            node: anchors[label]
            for label, node in derivative.names.items()
            if label in anchors and node.shape == anchors[label].node.shape and node.inputs
        }
        self.formulas = {node: anchor.symbol for node, anchor in self.named.items()}
        self.parts: dict[Anchor, list[Index]] = {}
        self.results: dict[Anchor, Entries] = {}
        arguments = sorted((a for a in chain.order if a.is_argument), key=_is_data)
        known = {anchor.node: self._argument(anchor) for anchor in arguments}
        found = entries_of(derivative.outputs, known, self._opaque)
        if max(map(_operations, found), default=0) > LONGEST:
            named = {node: self._symbols(anchor) for node, anchor in self.named.items()}
            found = entries_of(derivative.outputs, known | named, self._opaque)
            entries = [entry for of_source in found for entry in of_source.ravel()]
            if any(map(self._reads_badly, entries)):
                self._by_the_chain_rule(sources, known)
                return
        self.results = dict(zip(sources, found, strict=True))

    def _reads_badly(self, entry: Any) -> bool:
        """Whether it is long, and sums stand in sums in sums, or its terms are of many kinds."""
        import sympy

        deep = sympy.count_ops(entry) > LONGEST_OF_VALUES and _depth_of_sums(entry) > DEEPEST
        return deep or self._kinds_of_terms(entry) > LONGEST_OF_VALUES

    def _kinds_of_terms(self, entry: Any) -> int:
        """The operations in the terms of an entry, those that differ in their indices alone counted once."""
        import sympy

        arrays = {
            unique: sympy.Symbol(f"A {self.entries[formula.data].array.label}", real=True)
            for formula, unique in self.translation.symbols.items()
        }
        alike = {term.xreplace(arrays) for term in sympy.Add.make_args(entry)}
        return int(sum(map(sympy.count_ops, alike)))

    def _by_the_chain_rule(self, sources: Sequence[Anchor], known: dict[Node, Entries]) -> None:
        """The derivative by each value in those by the values that use it, which have names."""
        known = known | {a.stand_in: self._symbols(a) for a in self.chain.order if not a.is_argument}
        of: dict[Any, tuple[Anchor, Index]] = {}
        written_out: dict[Formula, Formula] = {}
        own: dict[Anchor, Entries] = {self.chain.output: exact_entries(np.ones(self.chain.output.node.shape))}
        turns = of_loops(self.chain.moving)
        for anchor in reversed(self.chain.moving[:-1]):
            seeds = {user: input_node(user.node.type, "p") for user in self.chain.users(anchor)}
            node, values = pulled_node(anchor, seeds)
            for user, seed in seeds.items():
                known[seed], self.inputs[seed] = own[user], partial(_cotangent_of, user)
                cotangent = self.chain.cotangent(user)
                self.formulas[seed] = written_out.get(cotangent, cotangent)
            self.formulas |= {value: user.symbol for value, user in values.items()}
            here = known | {value: known[user.stand_in] for value, user in values.items()}
            (self.results[anchor],) = entries_of([node], here, self._opaque)
            own[anchor] = self.results[anchor]
            if _operations(own[anchor]) <= (PUT_IN_OF_TURNS if anchor in turns else PUT_IN):
                whole = substituted(self.chain.gradient(anchor), written_out)
                written_out[self.chain.cotangent(anchor)] = whole
            else:
                own[anchor] = self._derivatives(anchor)
                of |= {entry: (anchor, index) for index, entry in np.ndenumerate(own[anchor])}
        self.parts = self._needed(sources, of)

    def _needed(
        self, sources: Sequence[Anchor], of: Mapping[Any, tuple[Anchor, Index]]
    ) -> dict[Anchor, list[Index]]:
        """The entries of derivatives that those by the sources name, and that these name."""
        needed: set[tuple[Anchor, Index]] = set()
        pending = [entry for source in sources for entry in self.results[source].ravel()]
        while pending:
            for entry in pending.pop().free_symbols & of.keys():
                anchor, index = of[entry]
                if (anchor, index) not in needed:
                    needed.add((anchor, index))
                    pending.append(self.results[anchor][index])
        found: dict[Anchor, list[Index]] = {}
        for anchor in reversed(self.chain.moving):
            if anchor not in sources:
                wanted = [index for index in _indices(anchor) if (anchor, index) in needed]
                found |= {anchor: wanted} if wanted else {}
        return found

    def line(self, source: Anchor, index: tuple[int, ...]) -> Step:
        """∂J/∂W₁₁ = …"""
        forms = sorted(forms_of(self.results[source][index]), key=length)[:FEW]
        rights = [_zero_first(self.translation.back(form)) for form in forms]
        lengths = [length(form) + nesting(right) for form, right in zip(forms, rights, strict=True)]
        right = rights[lengths.index(min(lengths))]
        left = symbol(Entry(source.name, index, self.chain.output.name).name, ())
        what = f"{left.data.text} = {written(right)}"
        values = self._values(self.chain.here)
        at = self.chain.here.cotangents[source].reshape(source.node.shape)[index]
        ours, terms = evaluate(right, values), evaluate(magnitude(right), values)
        check = compared(what, "reverse mode", ours, np.asarray(at), terms)
        along = _unit(source, index)
        differences = measured_along(self.chain, what, source, along, lambda p: self._at(right, p))
        rule = "each entry by itself" if source.node.ndim else "derivative of numbers"
        rule = "a part that keeps its name" if source in self.parts else rule
        line = draft(self.chain, RESULT, rule, left, right, (check,), np.asarray(at), differences=differences)
        checked = line.checked()
        return replace(checked, right=with_entry_sums(checked.right, self.entries))

    def _at(self, formula: Formula, point: Point) -> np.ndarray:
        return evaluate(formula, self._values(point))

    def _values(self, point: Point) -> Mapping[Name, np.ndarray]:
        return {name: value(point) for name, value in self.values.items()}

    def _argument(self, anchor: Anchor) -> Entries:
        """The entries of an argument; whole numbers are the numbers of the point."""
        if anchor.node.type.is_float:
            return self._symbols(anchor)
        self.formulas[anchor.node] = anchor.symbol
        self.inputs[anchor.node] = partial(_value_of, anchor)
        return exact_entries(self.chain.here.values[anchor])

    def _symbols(self, anchor: Anchor) -> Entries:
        """A symbol for each entry of a named value."""
        self.formulas[anchor.node] = self.formulas[anchor.stand_in] = anchor.symbol
        self.inputs[anchor.node] = self.inputs[anchor.stand_in] = partial(_value_of, anchor)
        return self._made(anchor.node.shape, Entry(anchor.name, ()), partial(_value_of, anchor))

    def _derivatives(self, anchor: Anchor) -> Entries:
        """A symbol for each entry of the derivative by a named value."""
        entry = Entry(anchor.name, (), self.chain.output.name)
        return self._made(anchor.node.shape, entry, partial(_cotangent_of, anchor))

    def _opaque(self, node: Node) -> Entries:
        """Symbols for the entries of a value that is computed as a whole; its formula is their name."""
        if node in self.named:
            return self._symbols(self.named[node])
        formula = read([node], self.formulas)[0]
        computed = partial(_computed, node, dict(self.inputs))
        if node.op not in DECOMPOSITIONS or node.ndim != 1:
            return self._made(node.shape, Entry(_name_of(styled(formula)), ()), computed)
        parts = []
        for part, start in parts_of_decomposition(node, formula.parts[0]):
            value = partial(_part_of, computed, start, part.shape)
            parts.append(self._made(part.shape, Entry(_name_of(styled(part)), ()), value).ravel())
        return np.concatenate(parts)

    def _made(self, shape: Shape, whole: Entry, value: Value) -> Entries:
        import sympy

        result = np.empty(shape, dtype=object)
        for index in np.ndindex(shape):
            entry = whole.at(index)
            formula = symbol(entry.name, ())
            self.values[entry.name] = partial(_entry_at, value, index)
            self.entries[entry.name] = entry
            unique = sympy.Symbol(f"a{len(self.translation.symbols):04d}", real=True)
            result[index] = self.translation.symbols.setdefault(formula, unique)
        return result


def _is_data(anchor: Anchor) -> bool:
    """Whether it is x or y, which stand behind the parameters in a product."""
    return anchor.name.label[0] in "xyXY"


def _with_names(graph: Graph, chain: Chain) -> Graph:
    names = {anchor.name.label: anchor.node for anchor in chain.order if not anchor.is_argument}
    return Graph(graph.inputs, graph.outputs, names, graph.title)


def _operations(entries: Entries) -> int:
    import sympy

    return max((int(sympy.count_ops(entry)) for entry in entries.ravel()), default=0)


def _depth_of_sums(expression: Any) -> int:
    """How many sums stand within one another."""
    inside = max(map(_depth_of_sums, expression.args), default=0)
    return inside + bool(expression.is_Add)


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


def _entry_at(value: Value, index: tuple[int, ...], point: Point) -> np.ndarray:
    return np.asarray(value(point)[index])


def _value_of(anchor: Anchor, point: Point) -> np.ndarray:
    return np.asarray(point.values[anchor])


def _cotangent_of(anchor: Anchor, point: Point) -> np.ndarray:
    return np.asarray(point.cotangents[anchor]).reshape(anchor.node.shape)


def _computed(node: Node, inputs: Mapping[Node, Value], point: Point) -> np.ndarray:
    needed = {operand for inner in topological_order([node], inputs) for operand in inner.inputs}
    (value,) = run([node], {known: inputs[known](point) for known in needed & inputs.keys()})
    return np.asarray(value)


def _unit(source: Anchor, index: tuple[int, ...]) -> np.ndarray:
    unit = np.zeros(source.node.shape)
    unit[index] = 1.0
    return unit.ravel()


def _part_of(whole: Value, start: int, shape: Shape, point: Point) -> np.ndarray:
    return np.asarray(whole(point))[start : start + math.prod(shape)].reshape(shape)
