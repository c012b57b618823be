"""The symbols for entries in a derivation of numbers: of W₁₂, of ∂J/∂h₁, or of an entry of an eigenvector."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from ..execution import evaluate as run
from ..graph import Node, Shape, topological_order
from .arithmetic import coefficient
from .chain import Chain
from .decompositions import DECOMPOSITIONS, parts_of_decomposition
from .entries import Entries, exact_entries
from .entry_names import Entry
from .formula import Formula, symbol
from .names import Name
from .point import Point
from .reading import read
from .segments import Anchor
from .shaping import reshaped
from .styling import styled
from .translation import Translation
from .writers.latex_notation import LatexNotation
from .writers.plain_notation import PlainNotation
from .writing import write

Index = tuple[int, ...]
Value = Callable[[Point], np.ndarray]


class Alphabet:
    """A symbol for each entry that formulas of numbers name.

    Attributes:
        chain: the named values.
        translation: from sympy's symbols to formulas.
        entries: what each symbol's name is an entry of.
        formulas: the formulas of nodes that symbols may be made of.
        softmaxes: the arrays whose rows are softmaxes, and their shapes.
    """

    def __init__(self, chain: Chain, named: Mapping[Node, Anchor]) -> None:
        """``named``: the values of the derivative's graph that have names."""
        self.chain = chain
        self.named = dict(named)
        self.translation = Translation()
        self.entries: dict[Name, Entry] = {}
        self.formulas = {node: anchor.symbol for node, anchor in named.items()}
        nodes = [(anchor.name, anchor.node) for anchor in chain.order]
        self.softmaxes = {name: node.shape for name, node in nodes if _has_rows_of_softmax(node)}
        self._values: dict[Name, Value] = {}
        self._inputs: dict[Node, Value] = {}

    def values(self, point: Point) -> Mapping[Name, np.ndarray]:
        """What the symbols stand for at a point."""
        return {name: value(point) for name, value in self._values.items()}

    def arrays(self) -> Mapping[Any, Any]:
        """For each symbol one that stands for the whole array, of which it is an entry."""
        import sympy

        return {
            unique: sympy.Symbol(f"A {self.entries[formula.data].array.label}", real=True)
            for formula, unique in self.translation.symbols.items()
        }

    def argument(self, anchor: Anchor) -> Entries:
        """The entries of an argument; whole numbers are the numbers of the point."""
        if anchor.node.type.is_float:
            return self.symbols(anchor)
        self.formulas[anchor.node] = anchor.symbol
        self._inputs[anchor.node] = partial(_value_of, anchor)
        return exact_entries(self.chain.here.values[anchor])

    def symbols(self, anchor: Anchor) -> Entries:
        """A symbol for each entry of a named value."""
        self.formulas[anchor.node] = self.formulas[anchor.stand_in] = anchor.symbol
        self._inputs[anchor.node] = self._inputs[anchor.stand_in] = partial(_value_of, anchor)
        rank = "z" if _is_input(anchor) else "a"
        return self._made(anchor.node.shape, Entry(anchor.name, ()), partial(_value_of, anchor), rank)

    def derivatives(self, anchor: Anchor) -> Entries:
        """A symbol for each entry of the derivative by a named value."""
        entry = Entry(anchor.name, (), self.chain.output.name)
        return self._made(anchor.node.shape, entry, partial(_cotangent_of, anchor))

    def seed(self, node: Node, user: Anchor, formula: Formula) -> None:
        """Let a node stand for the derivative by a named value, written as a formula."""
        self.formulas[node], self._inputs[node] = formula, partial(_cotangent_of, user)

    def opaque(self, node: Node) -> Entries:
        """Symbols for the entries of a value that is computed as a whole; its formula is their name."""
        if node in self.named:
            return self.symbols(self.named[node])
        formula = read([node], self.formulas)[0]
        computed = partial(_computed, node, dict(self._inputs))
        if node.op not in DECOMPOSITIONS or node.ndim != 1:
            called = self._called(formula)
            return self._whole(node, formula, computed) if called is None else called
        parts = []
        for part, start in parts_of_decomposition(node, formula.parts[0]):
            value = partial(_part_of, computed, start, part.shape)
            called = self._called(part)
            made = (
                self._made(part.shape, Entry(_name_of(styled(part)), ()), value) if called is None else called
            )
            parts.append(made.ravel())
        return np.concatenate(parts)

    def _called(self, formula: Formula) -> Entries | None:
        """The entries of the value that a formula defines, in another shape or in the same; if one does."""
        size = math.prod(formula.shape)
        for anchor in self.chain.order:
            fits = not anchor.is_argument and anchor.node.type.size == size
            if fits and reshaped(formula, anchor.node.shape) == anchor.formula:
                return self.symbols(anchor).reshape(formula.shape)
        return None

    def _whole(self, node: Node, formula: Formula, computed: Value) -> Entries:
        """The entries of A⁻¹ also for those of 2 A⁻ᵀ: twice them, turned; a vector's for a column's."""
        column = node.ndim == 2 and node.shape[1] == 1
        front, bare = coefficient(reshaped(formula, node.shape[:1]) if column else formula)
        turned = bare.kind == "transpose" and bare.ndim == 2
        name = _name_of(styled(bare.parts[0] if turned else bare))
        self.softmaxes |= {name: node.shape} if _has_rows_of_softmax(node) and front == 1 else {}
        shape = bare.shape[::-1] if turned else bare.shape
        value = partial(_part_without, front, turned, shape, computed)
        entries = self._made(shape, Entry(name, ()), value)
        placed = entries.T if turned else entries.reshape(node.shape)
        return np.asarray(exact_entries(np.asarray(front)) * placed, dtype=object)

    def _made(self, shape: Shape, whole: Entry, value: Value, rank: str = "a") -> Entries:
        import sympy

        result = np.empty(shape, dtype=object)
        for index in np.ndindex(shape):
            entry = whole.at(index)
            formula = symbol(entry.name, ())
            self._values[entry.name] = partial(_entry_at, value, index)
            self.entries[entry.name] = entry
            unique = sympy.Symbol(f"{rank}{len(self.translation.symbols):04d}", real=True)
            result[index] = self.translation.symbols.setdefault(formula, unique)
        return result


def _is_input(anchor: Anchor) -> bool:
    """Whether it is x, which stands behind all else in a product: (ŷ₁ − y₁) x₁."""
    return anchor.is_argument and anchor.name.label[0] in "xX"


def _has_rows_of_softmax(node: Node) -> bool:
    return node.op == "softmax" and node.params["axis"] == (node.ndim - 1,)


def _name_of(formula: Formula) -> Name:
    """A formula as a name, in parentheses unless it is a function, of one word, of something."""
    plain, latex = write(formula, PlainNotation()), write(formula, LatexNotation())
    if formula.kind == "apply" and " " not in plain.partition("(")[0]:
        return Name(plain, plain, latex)
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


def _part_without(front: float, turned: bool, shape: Shape, computed: Value, point: Point) -> np.ndarray:
    value = computed(point) / front
    return value.T if turned else value.reshape(shape)


def _part_of(whole: Value, start: int, shape: Shape, point: Point) -> np.ndarray:
    return np.asarray(whole(point))[start : start + math.prod(shape)].reshape(shape)
