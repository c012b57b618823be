"""Formulas in LaTeX, with amsmath and amssymb."""

from __future__ import annotations

import numpy as np

from ..formula import Formula
from ..names import Name
from ..numbers import TRIANGLES, decimal, digits, exact, literal_text
from ..writing import ATOM, PRODUCT, TIGHT, letters_of

TOKENS = {
    "minus": "-", "times": r"\,", "hadamard": r" \circ ", "kron": r" \otimes ", "transpose": r"\top",
    "inverse": "-1",
    "inverse transpose": r"-\top",
    "ones": r"\mathbf{1}", "zeros": r"\mathbf{0}", "identity": r"\mathbf{I}",
    "commutation": r"\mathbf{K}_{mn}",
    "fraction bar": "yes",
}  # fmt: skip
CONSTANTS = {
    "π": r"\pi", "log 2π": r"\log 2\pi", "√(2π)": r"\sqrt{2\pi}",
    "√(2/π)": r"\sqrt{2/\pi}", "√π": r"\sqrt{\pi}",
    "log 2": r"\log 2",
}  # fmt: skip
RELATIONS = {">": ">", "<": "<", "≥": r"\ge", "≤": r"\le", "=": "=", "≠": r"\ne"}
OWN_COMMANDS = {
    "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "arcsin", "arccos", "arctan",
    "det",
}  # fmt: skip
FUNCTIONS = {
    "σ": r"\sigma", "Φ": r"\Phi", "tr": r"\operatorname{tr}", "log Γ": r"\log\Gamma",
    "log softmax": r"\log\operatorname{softmax}",
}  # fmt: skip
INDICES = "ijklmnps"


class LatexNotation:
    """LaTeX for displayed mathematics."""

    def symbol(self, formula: Formula) -> tuple[str, int]:
        name: Name = formula.data
        derivative = name.latex.startswith((r"\nabla", r"\frac{\partial"))
        fraction = name.latex.startswith(r"\frac")
        if derivative:
            return name.latex, TIGHT if fraction else PRODUCT
        return name.latex, TIGHT if name.text.endswith("²") else ATOM

    def number(self, value: float) -> tuple[str, int]:
        found = exact(value)
        if found is None:
            return _scientific(value), ATOM if value >= 0 else PRODUCT
        fraction, constant = found
        size, sign = abs(fraction), "-" if fraction < 0 else ""
        text = str(size) if size.denominator == 1 else rf"\tfrac{{{size.numerator}}}{{{size.denominator}}}"
        text = text if decimal(size) is None else _scientific(float(size))
        if constant:
            written = CONSTANTS.get(constant) or rf"\sqrt{{{constant[1:]}}}"
            text = written if size == 1 else rf"{text}\,{written}"
            text = rf"\tfrac{{1}}{{{written}}}" if f"√{1 / size}" == constant else text
        return sign + text, PRODUCT if constant or sign else ATOM

    def parentheses(self, x: str) -> str:
        return rf"\left({x}\right)"

    def superscript(self, x: str, mark: str) -> str:
        return f"{{{x}}}^{{{mark}}}"

    def power(self, x: str, exponent: str, element_wise: bool) -> str:
        ring = r"\circ " if element_wise else ""
        return f"{{{x}}}^{{{ring}{exponent}}}"

    def root(self, x: str) -> str:
        return rf"\sqrt{{{x}}}"

    def fraction(self, above: str, below: str, element_wise: bool) -> tuple[str, int]:
        if element_wise:
            return rf"{above} \oslash {below}", PRODUCT
        return rf"\frac{{{above}}}{{{below}}}", TIGHT

    def call(self, name: str, arguments: list[str]) -> str:
        inside = ", ".join(arguments)
        if name == "log|det|":
            return rf"\log\left|\det {inside}\right|"
        if name == "absolute":
            return rf"\left|{inside}\right|"
        if name == "vec":
            return rf"\operatorname{{vec}}\left[{inside}\right]"
        if name == "diag vec":
            return rf"\operatorname{{diag}}\left(\operatorname{{vec}}\left[{inside}\right]\right)"
        function, _, note = name.partition(" of each ")
        mark = rf"_{{\text{{{note}s}}}}" if note else ""
        return rf"{_function(function)}{mark}\left({inside}\right)"

    def indices(self, x: str, count: int) -> str:
        below = INDICES[:count]
        return rf"\sum_{{{', '.join(below)}}} {{{x}}}_{{{below}}}"

    def norm(self, x: str) -> str:
        return rf"\left\lVert {x} \right\rVert^2"

    def compare(self, a: str, relation: str, b: str) -> str:
        return f"{a} {RELATIONS[relation]} {b}"

    def indicator(self, condition: str) -> str:
        return rf"\mathbb{{1}}\left[{condition}\right]"

    def cases(self, pieces: list[tuple[str, str]], otherwise: str) -> str:
        rows = [rf"{value} & \text{{where }} {condition}" for value, condition in pieces]
        lines = r" \\ ".join([*rows, rf"{otherwise} & \text{{else}}"])
        return rf"\begin{{cases}} {lines} \end{{cases}}"

    def contract(self, operands: list[str], spec: str) -> str:
        letters, output, summed = letters_of(spec)
        sum_sign = rf"\sum_{{{', '.join(summed)}}} " if summed else ""
        factors = " ".join(f"{{{x}}}_{{{own}}}" for x, own in zip(operands, letters, strict=True))
        return rf"\left({sum_sign}{factors}\right)_{{{output}}}" if output else sum_sign + factors

    def index(self, x: str, places: str) -> str:
        return rf"{{{x}}}\left[{places.replace('−', '-')}\right]"

    def literal(self, value: np.ndarray) -> str:
        text = literal_text(value)
        if text in TRIANGLES.values():
            a, relation, b = text.split()
            return self.compare(a, relation, b)
        return text if text.startswith("[") else rf"\text{{{text}}}"

    def rows(self, rows: list[str]) -> str:
        return self.vector(rows)

    def vector(self, entries: list[str]) -> str:
        inside = r" \\ ".join(entries)
        return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"

    def token(self, name: str) -> str:
        return TOKENS[name]


def _function(name: str) -> str:
    if name in OWN_COMMANDS:
        return f"\\{name}"
    return FUNCTIONS.get(name) or rf"\operatorname{{{_word(name)}}}"


def _word(name: str) -> str:
    for sign, command in (("_", r"\_"), ("×", r" \times "), (" ", r"\ ")):
        name = name.replace(sign, command)
    return name


def _scientific(value: float) -> str:
    mantissa, _, exponent = digits(value).replace("∞", r"\infty").partition("e")
    power = rf"10^{{{int(exponent or 0)}}}"
    return mantissa if not exponent else power if mantissa == "1" else rf"{mantissa} \cdot {power}"
