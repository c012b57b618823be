"""Formulas as text in a terminal."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np

from ..formula import Formula
from ..names import SUBSCRIPTS, SUPERSCRIPTS
from ..numbers import literal_text
from ..writing import ATOM, PRODUCT, TIGHT, letters_of
from .notation import SignNotation

VULGAR = {
    Fraction(1, 2): "½", Fraction(1, 3): "⅓", Fraction(2, 3): "⅔", Fraction(1, 4): "¼", Fraction(3, 4): "¾",
    Fraction(1, 5): "⅕", Fraction(1, 6): "⅙", Fraction(1, 8): "⅛", Fraction(1, 10): "⅒",
}  # fmt: skip
NEGATIVE_FRACTION = re.compile(r"^−\((\d+/\d+)\)$")
ENCLOSED = re.compile(r"^\([^()]*\)$")
INDICES = "ᵢⱼₖₗₘₙₚₛ"


class PlainNotation(SignNotation):
    """Unicode text on one line."""

    column = "text"
    cases_level = ATOM

    def symbol(self, formula: Formula) -> tuple[str, int]:
        text = formula.data.text
        level = TIGHT if text.endswith("²") else ATOM
        return text, PRODUCT if text.startswith(("∇", "∂")) else level

    def fraction_text(self, size: Fraction) -> str:
        text = VULGAR.get(size) or self.decimal_text(size) or str(size)
        return f"({text})" if "/" in text else text

    def multiple(self, text: str, constant: str) -> str:
        between = "" if constant.startswith("π") else "·"
        return constant if text == "1" else text + between + constant

    def over_constant(self, above: str, below: str, constant: str) -> str:
        return f"({above}/({below}{constant}))" if below else f"({above}/{constant})"

    def power_of_ten(self, mantissa: str, exponent: int) -> str:
        power = "10" + str(exponent).translate(SUPERSCRIPTS)
        return power if mantissa == "1" else f"{mantissa}·{power}"

    def superscript(self, x: str, mark: str) -> str:
        return x + mark

    def power(self, x: str, exponent: str, element_wise: bool) -> str:
        ring = "∘" if element_wise else ""
        if exponent.isdigit():
            return x + ring + exponent.translate(SUPERSCRIPTS)
        exponent = NEGATIVE_FRACTION.sub(r"−\1", exponent)
        bare = len(exponent) == 1 or ENCLOSED.match(exponent)
        return f"{x}^{ring}{exponent}" if bare else f"{x}^{ring}({exponent})"

    def root(self, x: str) -> str:
        return f"√({x})" if len(x) > 1 else f"√{x}"

    def fraction(self, above: str, below: str, element_wise: bool) -> tuple[str, int]:
        return f"{above} {'⊘' if element_wise else '/'} {below}", PRODUCT

    def function(self, name: str, note: str) -> str:
        return f"{name}_{note}" if note else name

    def indices(self, x: str, count: int) -> str:
        below = INDICES[:count]
        return f"Σ{below} {x}{below}"

    def series(self, term: str, letter: str, least: int, greatest: int) -> str:
        below, above = letter.translate(SUBSCRIPTS), str(greatest).translate(SUPERSCRIPTS)
        return f"Σ{below}₌{subscript(least)}{above} {term}"

    def cases(self, pieces: list[tuple[str, str]], otherwise: str) -> str:
        where = "; ".join(f"{value} where {condition}" for value, condition in pieces)
        return f"{{{where}{',' if len(pieces) == 1 else ';'} else {otherwise}}}"

    def contract(self, operands: list[str], spec: str) -> str:
        letters, output, summed = letters_of(spec)
        sum_sign = f"Σ_{''.join(summed)} " if summed else ""
        factors = " ".join(f"{x}_{own}" for x, own in zip(operands, letters, strict=True))
        return f"({sum_sign}{factors})_{output}" if output else f"({sum_sign}{factors})"

    def index(self, x: str, places: str) -> str:
        return f"{x}[{places}]"

    def literal(self, value: np.ndarray) -> str:
        return literal_text(value)

    def vector(self, entries: list[str]) -> str:
        return f"[{', '.join(entries)}]"

    def rows(self, rows: list[str]) -> str:
        return f"[{'; '.join(rows)}]"

    def table(self, rows: list[list[str]]) -> str:
        return self.rows([", ".join(row) for row in rows])

    def beside(self, parts: list[str]) -> str:
        return f"[{', '.join(parts)}]"


def subscript(number: int) -> str:
    """A whole number as a subscript."""
    return str(number).translate(SUBSCRIPTS)
