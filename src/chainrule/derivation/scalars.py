"""Every entry by itself: partial derivatives of numbers, with cases where a function has pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..calculus import gradient_graph
from ..errors import ArgumentError
from ..graph import Graph, Node
from .chain import RESULT, Chain, written
from .checks import compared
from .entries import Entries, entries_of
from .evaluation import evaluate
from .formula import Formula, cases, is_number, mapped, symbol
from .magnitude import magnitude
from .names import SUBSCRIPTS, Name
from .point import Point
from .reading import negated
from .segments import Anchor
from .step import Step
from .translation import Translation

MOST_ENTRIES = 100
LONGEST = 60  # operations in an entry that is written in the arguments alone
SIMPLIFIED = 30  # operations in an entry that simplification is tried on
FACTORED = 200  # operations in an entry that common factors are looked for in
MOST_PIECES = 3  # functions of cases that are made one


def scalar_lines(chain: Chain, graph: Graph, sources: tuple[Anchor, ...]) -> Iterator[Step]:
    """The derivative by every entry of each source: in the arguments where that is short, else by names.

    Raises:
        ArgumentError: there are too many entries, or an operation whose entries have no formula.
    """
    count = sum(source.node.type.size for source in sources)
    if count > MOST_ENTRIES:
        raise ArgumentError(
            f"{count} entries, one line each", expected=f"at most {MOST_ENTRIES}", instead='level="steps"'
        )
    writer = _Writer(chain, graph, sources)
    for source in sources:
        for index in np.ndindex(source.node.shape):
            yield writer.line(source, index)


@dataclass(frozen=True)
class _Entry:
    """One entry of a named value, as a symbol of formulas and of sympy."""

    formula: Formula
    value: Callable[[Point], np.ndarray]


class _Writer:
    """The entries of the gradient graph, and the names of entries."""

    def __init__(self, chain: Chain, graph: Graph, sources: tuple[Anchor, ...]) -> None:
        self.chain = chain
        self.translation = Translation()
        self.entries: dict[Name, _Entry] = {}
        derivative = gradient_graph(_with_names(graph, chain), [source.node for source in sources])
        arguments = sorted((a for a in chain.order if a.is_argument), key=_is_data)
        known = {anchor.node: self._symbols(anchor) for anchor in arguments}
        outputs = list(derivative.outputs)
        found = entries_of(outputs, known)
        if max(map(_operations, found), default=0) > LONGEST:
            found = entries_of(outputs, known | self._named(derivative))
        self.results = dict(zip(sources, found, strict=True))

    def line(self, source: Anchor, index: tuple[int, ...]) -> Step:
        """∂J/∂W₁₁ = …"""
        expression = _simplified(self.results[source][index])
        right = _zero_first(self.translation.back(expression))
        left = symbol(self._derivative_name(source, index), ())
        what = f"{left.data.text} = {written(right)}"
        values = self._values(self.chain.here)
        at = self.chain.here.cotangents[source].reshape(source.node.shape)[index]
        ours, terms = evaluate(right, values), evaluate(magnitude(right), values)
        check = compared(what, "reverse mode", ours, np.asarray(at), terms)
        checks = (
            check,
            *self.chain.measured_along(what, source, _unit(source, index), lambda p: self._at(right, p)),
        )
        rule = "each entry by itself" if source.node.ndim else "derivative of numbers"
        return self.chain.line(RESULT, rule, left, right, checks, np.asarray(at))

    def _at(self, formula: Formula, point: Point) -> np.ndarray:
        return evaluate(formula, self._values(point))

    def _values(self, point: Point) -> Mapping[Name, np.ndarray]:
        return {name: entry.value(point) for name, entry in self.entries.items()}

    def _symbols(self, anchor: Anchor) -> Entries:
        """A symbol for each entry of a named value."""
        import sympy

        result = np.empty(anchor.node.shape, dtype=object)
        for index in np.ndindex(anchor.node.shape):
            name = _entry_name(anchor, index)
            formula = symbol(name, ())
            self.entries[name] = _Entry(formula, partial(_entry_at, anchor, index))
            unique = sympy.Symbol(f"a{len(self.translation.symbols):04d}", real=True)
            result[index] = self.translation.symbols.setdefault(formula, unique)
        return result

    def _named(self, derivative: Graph) -> dict[Node, Entries]:
        """The entries of named values between as symbols."""
        anchors = {anchor.name.label: anchor for anchor in self.chain.order if not anchor.is_argument}
        return {
            node: self._symbols(anchors[label])
            for label, node in derivative.names.items()
            if label in anchors and node.shape == anchors[label].node.shape and node.inputs
        }

    def _derivative_name(self, source: Anchor, index: tuple[int, ...]) -> Name:
        J, entry = self.chain.output.name, _entry_name(source, index)
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


def _simplified(expression: Any) -> Any:
    import sympy

    pieces = len(expression.atoms(sympy.Piecewise))
    folded = sympy.piecewise_fold(expression) if 0 < pieces <= MOST_PIECES else expression
    found = [expression, folded]
    if sympy.count_ops(folded) <= FACTORED:
        found.append(sympy.factor_terms(folded))
    if sympy.count_ops(folded) <= SIMPLIFIED and folded.is_rational_function():
        found += [sympy.cancel(folded), sympy.factor(folded)]
    return min(found, key=_length)


def _length(expression: Any) -> float:
    """How long it is to read; nested cases read badly."""
    import sympy

    pieces = expression.atoms(sympy.Piecewise)
    inside = sum(piece is not expression for piece in pieces)
    return float(sympy.count_ops(expression)) + 5.0 * inside


def _zero_first(formula: Formula) -> Formula:
    """As in the lecture: 0 where z ≤ 0, and the rest elsewhere."""

    def change(part: Formula) -> Formula:
        if part.kind == "cases" and is_number(part.parts[2], 0) and part.parts[0].kind == "compare":
            return cases(negated(part.parts[0]), part.parts[2], part.parts[1])
        return part

    return mapped(formula, change)


def _entry_name(anchor: Anchor, index: tuple[int, ...]) -> Name:
    """W⁽¹⁾₁₂: entries count from 1."""
    if not index:
        return anchor.name
    places = [str(i + 1) for i in index]
    joined = "".join(places) if max(map(len, places)) == 1 else ",".join(places)
    name = anchor.name
    latex = name.latex.replace("\\mathbf", "").replace("\\boldsymbol", "")
    text = name.text + joined.translate(SUBSCRIPTS)
    return Name(f"{name.label}[{','.join(map(str, index))}]", text, f"{{{latex}}}_{{{joined}}}")


def _entry_at(anchor: Anchor, index: tuple[int, ...], point: Point) -> np.ndarray:
    return np.asarray(point.values[anchor][index])


def _unit(source: Anchor, index: tuple[int, ...]) -> np.ndarray:
    unit = np.zeros(source.node.shape)
    unit[index] = 1.0
    return unit.ravel()
