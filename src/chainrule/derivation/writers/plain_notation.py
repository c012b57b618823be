"""Formulas as text in a terminal."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..formula import Formula
from ..names import SUBSCRIPTS, SUPERSCRIPTS
from ..numbers import decimal, digits, exact, literal_text
from ..writing import ATOM, PRODUCT, TIGHT, letters_of

VULGAR = {
    Fraction(1, 2): "½", Fraction(1, 3): "⅓", Fraction(2, 3): "⅔", Fraction(1, 4): "¼", Fraction(3, 4): "¾",
    Fraction(1, 5): "⅕", Fraction(1, 6): "⅙", Fraction(1, 8): "⅛", Fraction(1, 10): "⅒",
}  # fmt: skip
TOKENS = {
    "minus": "−", "times": " ", "hadamard": " ∘ ", "kron": " ⊗ ", "transpose": "ᵀ", "inverse": "⁻¹",
    "inverse transpose": "⁻ᵀ",
    "ones": "𝟏", "zeros": "𝟎", "identity": "I", "commutation": "Kₘₙ", "fraction bar": "",
}  # fmt: skip
INDICES = "ᵢⱼₖₗₘₙₚₛ"


class PlainNotation:
    """Unicode text on one line."""

    def symbol(self, formula: Formula) -> tuple[str, int]:
        text = formula.data.text
        level = TIGHT if text.endswith("²") else ATOM
        return text, PRODUCT if text.startswith(("∇", "∂")) else level

    def number(self, value: float) -> tuple[str, int]:
        found = exact(value)
        if found is None:
            return _scientific(value), ATOM if value >= 0 else PRODUCT
        fraction, constant = found
        size, sign = abs(fraction), "−" if fraction < 0 else ""
        text = VULGAR.get(size) or _decimal(size) or str(size)
        text = f"({text})" if "/" in text else text
        if constant:
            text = constant if size == 1 else f"{text}·{constant}"
            text = f"(1/{constant})" if f"√{1 / size}" == constant else text
        return sign + text, PRODUCT if constant or sign else ATOM

    def parentheses(self, x: str) -> str:
        return f"({x})"

    def superscript(self, x: str, mark: str) -> str:
        return x + mark

    def power(self, x: str, exponent: str, element_wise: bool) -> str:
        ring = "∘" if element_wise else ""
        if exponent.isdigit():
            return x + ring + exponent.translate(SUPERSCRIPTS)
        bare = exponent.startswith("(") or len(exponent) == 1
        return f"{x}^{ring}{exponent}" if bare else f"{x}^{ring}({exponent})"

    def root(self, x: str) -> str:
        return f"√({x})" if len(x) > 1 else f"√{x}"

    def fraction(self, above: str, below: str, element_wise: bool) -> tuple[str, int]:
        return f"{above} {'⊘' if element_wise else '/'} {below}", PRODUCT

    def call(self, name: str, arguments: list[str]) -> str:
        if name == "log|det|":
            return f"log|det {', '.join(arguments)}|"
        if name == "absolute":
            return f"|{', '.join(arguments)}|"
        if name == "vec":
            return f"vec[{arguments[0]}]"
        if name == "diag vec":
            return f"diag(vec[{arguments[0]}])"
        function, _, note = name.partition(" of each ")
        mark = f"_{note}s" if note else ""
        return f"{function}{mark}({', '.join(arguments)})"

    def indices(self, x: str, count: int) -> str:
        below = INDICES[:count]
        return f"Σ{below} {x}{below}"

    def norm(self, x: str) -> str:
        return f"‖{x}‖²"

    def compare(self, a: str, relation: str, b: str) -> str:
        return f"{a} {relation} {b}"

    def indicator(self, condition: str) -> str:
        return f"𝟙[{condition}]"

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

    def token(self, name: str) -> str:
        return TOKENS[name]


def _decimal(size: Fraction) -> str | None:
    return None if decimal(size) is None else _scientific(float(size))


def _scientific(value: float) -> str:
    """2.5·10⁻⁴ for 2.5e-04."""
    mantissa, _, exponent = digits(value).replace("-", "−").partition("e")
    if not exponent:
        return mantissa
    power = "10" + str(int(exponent.replace("−", "-"))).translate(SUPERSCRIPTS)
    return power if mantissa == "1" else f"{mantissa}·{power}"


def subscript(number: int) -> str:
    """A whole number as a subscript."""
    return str(number).translate(SUBSCRIPTS)
