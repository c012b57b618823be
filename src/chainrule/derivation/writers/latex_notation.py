"""Formulas in LaTeX, with amsmath and amssymb."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np

from ..formula import Formula
from ..names import Name
from ..numbers import TRIANGLES, literal_text
from ..writing import ATOM, PRODUCT, SUM, TIGHT, letters_of
from .notation import SignNotation

CONSTANTS = {
    "π": r"\pi", "log 2π": r"\log 2\pi", "√(2π)": r"\sqrt{2\pi}",
    "√(2/π)": r"\sqrt{2/\pi}", "√π": r"\sqrt{\pi}",
    "log(2)": r"\log(2)", "log(10)": r"\log(10)", "π²": r"\pi^2",
    "(2π)²": r"(2\pi)^2", "(2π)³": r"(2\pi)^3", "√((2π)³)": r"\sqrt{(2\pi)^3}",
}  # fmt: skip
OWN_COMMANDS = {
    "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "arcsin", "arccos", "arctan",
    "det",
}  # fmt: skip
FUNCTIONS = {
    "σ": r"\sigma", "Φ": r"\Phi", "φ": r"\varphi", "tr": r"\operatorname{tr}", "log Γ": r"\log\Gamma",
    "ψ": r"\psi", "ψ′": r"\psi'",
    "log softmax": r"\log\operatorname{softmax}",
}  # fmt: skip
INDICES = "ijklmnps"


class LatexNotation(SignNotation):
    """LaTeX for displayed mathematics."""

    column = "latex"
    cases_level = SUM

    def symbol(self, formula: Formula) -> tuple[str, int]:
        name: Name = formula.data
        derivative = name.latex.startswith((r"\nabla", r"\frac{\partial"))
        fraction = name.latex.startswith(r"\frac")
        if derivative:
            return name.latex, TIGHT if fraction else PRODUCT
        return name.latex, TIGHT if name.text.endswith("²") else ATOM

    def fraction_text(self, size: Fraction) -> str:
        whole = str(size) if size.denominator == 1 else rf"\tfrac{{{size.numerator}}}{{{size.denominator}}}"
        return self.decimal_text(size) or whole

    def multiple(self, text: str, constant: str) -> str:
        written = _constant(constant)
        return written if text == "1" else rf"{text}\,{written}"

    def over_constant(self, above: str, below: str, constant: str) -> str:
        return rf"\tfrac{{{above}}}{{{below}{_constant(constant)}}}"

    def power_of_ten(self, mantissa: str, exponent: int) -> str:
        power = rf"10^{{{exponent}}}"
        return power if mantissa == "1" else rf"{mantissa} \cdot {power}"

    def superscript(self, x: str, mark: str) -> str:
        return f"{{{x}}}^{{{mark}}}"

    def power(self, x: str, exponent: str, element_wise: bool) -> str:
        if not element_wise:
            return f"{{{x}}}^{{{exponent}}}"
        apart = f"({exponent})" if exponent.startswith("-") else exponent
        return rf"{{{x}}}^{{\circ {apart}}}"

    def root(self, x: str) -> str:
        return rf"\sqrt{{{x}}}"

    def fraction(self, above: str, below: str, element_wise: bool) -> tuple[str, int]:
        if element_wise:
            return rf"{above} \oslash {below}", PRODUCT
        return rf"\frac{{{above}}}{{{below}}}", TIGHT

    def function(self, name: str, note: str) -> str:
        mark = rf"_{{\text{{{note}}}}}" if note else ""
        if name in OWN_COMMANDS:
            return f"\\{name}{mark}"
        return (FUNCTIONS.get(name) or rf"\operatorname{{{_word(name)}}}") + mark

    def indices(self, x: str, count: int) -> str:
        below = INDICES[:count]
        return rf"\sum_{{{', '.join(below)}}} {{{x}}}_{{{below}}}"

    def series(self, term: str, letter: str, least: int, greatest: int) -> str:
        return rf"\sum_{{{letter}={least}}}^{{{greatest}}} {term}"

    def cases(self, pieces: list[tuple[str, str]], otherwise: str) -> str:
        rows = [rf"{value} & \text{{where }} {condition}" for value, condition in pieces]
        whole = [*rows, rf"{otherwise} & \text{{else}}"]
        # a bracket at the start of a row would be an option
        lines = r" \\ ".join(f"{{}}{row}" if row.startswith("[") else row for row in whole)
        return rf"\begin{{cases}} {lines} \end{{cases}}"

    def contract(self, operands: list[str], spec: str) -> str:
        letters, output, summed = letters_of(spec)
        sum_sign = rf"\sum_{{{', '.join(summed)}}} " if summed else ""
        factors = " ".join(f"{{{x}}}_{{{own}}}" for x, own in zip(operands, letters, strict=True))
        return rf"\left({sum_sign}{factors}\right)_{{{output}}}" if output else sum_sign + factors

    def index(self, x: str, places: str) -> str:
        tight = re.sub(r"(?<!\w)-(\d+)", r"{-\1}", places.replace("−", "-")).replace(":", "{:}")
        return rf"{{{x}}}\left[{tight}\right]"

    def literal(self, value: np.ndarray) -> str:
        text = literal_text(value)
        if text in TRIANGLES.values():
            a, relation, b = text.split()
            return self.compare(a, relation, b)
        return text if text.startswith("[") else rf"\text{{{text}}}"

    def rows(self, rows: list[str]) -> str:
        return self.vector(rows)

    def table(self, rows: list[list[str]]) -> str:
        return self.rows([" & ".join(row) for row in rows])

    def beside(self, parts: list[str]) -> str:
        inside = " & ".join(parts)
        return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"

    def vector(self, entries: list[str]) -> str:
        inside = r" \\ ".join(entries)
        return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"


def _constant(name: str) -> str:
    return CONSTANTS.get(name) or rf"\sqrt{{{name[1:]}}}"


def _word(name: str) -> str:
    for sign, command in (("_", r"\_"), ("×", r" \times "), (" ", r"\ "), ("−", "-"), ("ᵀ", r"^\top")):
        name = name.replace(sign, command)
    return name
