"""A formula as characters: one walk over its operations, and a notation that says how each is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from .formula import ONE, Formula, coefficient, is_number, number, product

SUM, BIG, PRODUCT, TIGHT, ATOM = range(5)


class Notation(Protocol):
    """How operations are written: as text, or in LaTeX. Operands come written."""

    def symbol(self, formula: Formula) -> tuple[str, int]: ...
    def number(self, value: float) -> tuple[str, int]: ...
    def parentheses(self, x: str) -> str: ...
    def superscript(self, x: str, mark: str) -> str: ...
    def power(self, x: str, exponent: str, element_wise: bool) -> str: ...
    def root(self, x: str) -> str: ...
    def fraction(self, above: str, below: str, element_wise: bool) -> tuple[str, int]: ...
    def call(self, name: str, arguments: list[str]) -> str: ...
    def indices(self, x: str, count: int) -> str: ...
    def norm(self, x: str) -> str: ...
    def compare(self, a: str, relation: str, b: str) -> str: ...
    def indicator(self, condition: str) -> str: ...
    def cases(self, condition: str, a: str, b: str) -> str: ...
    def contract(self, a: str, b: str, spec: str) -> str: ...
    def einsum(self, a: str, b: str, spec: str) -> str: ...
    def index(self, x: str, places: str) -> str: ...
    def literal(self, value: np.ndarray) -> str: ...
    def token(self, name: str) -> str: ...


def write(formula: Formula, notation: Notation) -> str:
    """The formula in a notation."""
    return _Writer(notation).written(formula)[0]


class _Writer:
    def __init__(self, notation: Notation) -> None:
        self.notation = notation

    def written(self, formula: Formula) -> tuple[str, int]:
        """The text of a formula, and how tightly it holds together."""
        rules: dict[str, Callable[[Formula], tuple[str, int]]] = {
            "symbol": self.notation.symbol,
            "number": lambda f: self.notation.number(f.data),
            "add": self._sum,
            "product": self._product,
            "quotient": self._quotient,
            "power": self._power,
            "matmul": lambda f: (self._joined(f.parts, " "), PRODUCT),
            "transpose": lambda f: (self._raised(f.parts[0], "transpose"), TIGHT),
            "inverse": lambda f: (self._raised(f.parts[0], "inverse"), TIGHT),
            "kron": lambda f: (self._joined(f.parts, self.notation.token("kron")), PRODUCT),
            "sum": self._total,
            "column": lambda f: self.written(f.parts[0]),
            "index": lambda f: (self._index(f), TIGHT),
            "compare": lambda f: (self._compare(f), SUM),
        }
        rule = rules.get(formula.kind)
        return rule(formula) if rule else (self._atom(formula), ATOM)

    def at(self, formula: Formula, level: int) -> str:
        """A formula as an operand, in parentheses where it is not held together tightly enough."""
        text, own = self.written(formula)
        return text if own >= level else self.notation.parentheses(text)

    def plain(self, formula: Formula) -> str:
        return self.written(formula)[0]

    def _sum(self, formula: Formula) -> tuple[str, int]:
        text = ""
        for term in formula.parts:
            value, rest = coefficient(term)
            if value < 0 and text:
                text += " " + self.notation.token("minus") + " "
                term = product(Formula("number", (), (), -value), rest) if rest != ONE or value != -1 else ONE
            elif text:
                text += " + "
            text += self.at(term, BIG) if text else self._first(term)
        return text, SUM

    def _first(self, term: Formula) -> str:
        """The first term may begin with a minus."""
        return self.at(term, BIG) if coefficient(term)[0] > 0 else self.plain(term)

    def _product(self, formula: Formula) -> tuple[str, int]:
        value, rest = coefficient(formula)
        if rest.kind == "quotient" and rest.parts[0] == ONE and not rest.shape:
            return self._quotient_of(value, rest.parts[1])
        if value != 1:
            number, _ = self.notation.number(abs(value))
            sign = self.notation.token("minus") if value < 0 else ""
            front = "" if abs(value) == 1 else number + self.notation.token("times")
            return sign + front + self.at(rest, BIG), PRODUCT if value > 0 else SUM
        scalars = [part for part in formula.parts if not part.shape]
        arrays = [part for part in formula.parts if part.shape]
        apart = TIGHT if len(formula.parts) > 1 else PRODUCT
        text = self.notation.token("times").join(self.at(part, apart) for part in scalars)
        loose = TIGHT if len(arrays) > 1 else PRODUCT
        inner = self.notation.token("hadamard").join(self.at(part, loose) for part in arrays)
        return (text + self.notation.token("times") + inner if text and inner else text or inner), PRODUCT

    def _joined(self, parts: tuple[Formula, ...], separator: str) -> str:
        return separator.join(self.at(part, TIGHT) for part in parts)

    def _quotient(self, formula: Formula) -> tuple[str, int]:
        above, below = formula.parts
        element_wise = bool(below.shape)
        return self.notation.fraction(*self._fraction_parts(above, below), element_wise)

    def _quotient_of(self, value: float, below: Formula) -> tuple[str, int]:
        """−2 / x, rather than −2 1 / x."""
        sign = self.notation.token("minus") if value < 0 else ""
        text, own = self.notation.fraction(*self._fraction_parts(number(abs(value)), below), False)
        return sign + text, own if value > 0 else SUM

    def _fraction_parts(self, above: Formula, below: Formula) -> tuple[str, str]:
        if self.notation.token("fraction bar"):
            return self.plain(above), self.plain(below)
        return self.at(above, TIGHT), self.at(below, TIGHT)

    def _power(self, formula: Formula) -> tuple[str, int]:
        base, exponent = formula.parts
        if is_number(exponent, 0.5):
            return self.notation.root(self.plain(base)), TIGHT
        return self.notation.power(self.at(base, ATOM), self.plain(exponent), bool(base.shape)), TIGHT

    def _raised(self, formula: Formula, mark: str) -> str:
        return self.notation.superscript(self.at(formula, ATOM), self.notation.token(mark))

    def _total(self, formula: Formula) -> tuple[str, int]:
        """A sum over all indices; over some axes it says which."""
        (x,) = formula.parts
        if len(formula.data) == x.ndim:
            return self.notation.indices(self.at(x, ATOM), x.ndim), BIG
        axes = ", ".join(map(str, formula.data))
        return self.notation.call(f"sum over axes {axes}", [self.plain(x)]), ATOM

    def _index(self, formula: Formula) -> str:
        x, *places = formula.parts
        inside = formula.data[0] + ", ".join(map(self.plain, places))
        return self.notation.index(self.at(x, ATOM), inside)

    def _compare(self, formula: Formula) -> str:
        a, b = map(self.plain, formula.parts)
        return self.notation.compare(a, formula.data[0], b)

    def _atom(self, formula: Formula) -> str:
        parts = [self.plain(part) for part in formula.parts]
        if formula.kind == "apply":
            return self.notation.call(formula.data[0], parts)
        if formula.kind == "norm":
            return self.notation.norm(*parts)
        if formula.kind == "indicator":
            return self.notation.indicator(*parts)
        if formula.kind == "cases":
            return self.notation.cases(*parts)
        if formula.kind == "contract":
            a, b = (self.at(part, ATOM) for part in formula.parts)
            plain = all(part.kind == "symbol" for part in formula.parts)
            return (self.notation.contract if plain else self.notation.einsum)(a, b, formula.data)
        if formula.kind == "literal":
            return self.notation.literal(formula.data.value)
        if formula.kind in ("ones", "zeros", "identity", "commutation"):
            return self.notation.token(formula.kind)
        return self.notation.call(_call_name(formula), parts)


def _call_name(formula: Formula) -> str:
    if formula.kind == "diag":
        return "diag" if formula.parts[0].ndim == 1 else "diag vec"
    if formula.kind in ("reshape", "vec") and formula.ndim == 1:
        return "vec"
    size = "×".join(map(str, formula.shape))
    verb = "repeat to" if formula.kind == "spread" else "reshape to"
    return f"{verb} {size}"
