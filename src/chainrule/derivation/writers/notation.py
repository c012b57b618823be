"""What is written alike as text and in LaTeX, and one table of the signs of both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import NamedTuple

from ..numbers import decimal, digits, exact
from ..writing import ATOM, PRODUCT


class Sign(NamedTuple):
    """A sign as text and in LaTeX; ``{}`` in it is what it stands around."""

    text: str
    latex: str


SIGNS: dict[str, Sign] = {
    "minus": Sign("−", "-"),
    "times": Sign(" ", r"\,"),
    "hadamard": Sign(" ∘ ", r" \circ "),
    "kron": Sign(" ⊗ ", r" \otimes "),
    "transpose": Sign("ᵀ", r"\top"),
    "inverse": Sign("⁻¹", "-1"),
    "inverse transpose": Sign("⁻ᵀ", r"-\top"),
    "ones": Sign("𝟏", r"\mathbf{1}"),
    "zeros": Sign("𝟎", r"\mathbf{0}"),
    "identity": Sign("I", r"\mathbf{I}"),
    "commutation": Sign("Kₘₙ", r"\mathbf{K}_{mn}"),
    "infinity": Sign("∞", r"\infty"),
    "fraction bar": Sign("", "yes"),
    ">": Sign(">", ">"),
    "<": Sign("<", "<"),
    "≥": Sign("≥", r"\ge"),
    "≤": Sign("≤", r"\le"),
    "=": Sign("=", "="),
    "≠": Sign("≠", r"\ne"),
    "parentheses": Sign("({})", r"\left({}\right)"),
    "convolution": Sign(" ∗ ", r" \ast "),
    "correlation": Sign(" ⋆ ", r" \star "),
    "cross": Sign(" × ", r" \times "),
    "norm": Sign("‖{}‖", r"\left\lVert {} \right\rVert"),
    "squared norm": Sign("‖{}‖²", r"\left\lVert {} \right\rVert^2"),
    "and": Sign(" and ", r" \text{ and } "),
    "or": Sign(" or ", r" \text{ or } "),
    "indicator": Sign("𝟙[{}]", r"\mathbb{{1}}\left[{}\right]"),
}
#: Functions that stand around what they are applied to.
AROUND: dict[str, Sign] = {
    "log|det|": Sign("log|det {}|", r"\log\left|\det {}\right|"),
    "absolute": Sign("|{}|", r"\left|{}\right|"),
    "sum of sizes": Sign("‖{}‖₁", r"\left\lVert {} \right\rVert_1"),
    "vec": Sign("vec[{}]", r"\operatorname{{vec}}\left[{}\right]"),
    "diag vec": Sign(
        "diag(vec[{}])", r"\operatorname{{diag}}\left(\operatorname{{vec}}\left[{}\right]\right)"
    ),
}


class SignNotation(ABC):
    """A notation that takes its signs from one column of the table."""

    column: str

    @abstractmethod
    def function(self, name: str, note: str) -> str:
        """A function's name, with a note below it."""

    @abstractmethod
    def fraction_text(self, size: Fraction) -> str:
        """A positive fraction."""

    @abstractmethod
    def multiple(self, text: str, constant: str) -> str:
        """A fraction times π or another constant; the constant alone where the fraction is "1"."""

    @abstractmethod
    def over_constant(self, above: str, below: str, constant: str) -> str:
        """A fraction of whole numbers, below times a constant; nothing stands there for 1."""

    @abstractmethod
    def power_of_ten(self, mantissa: str, exponent: int) -> str:
        """A decimal number with an exponent."""

    def token(self, name: str) -> str:
        return self._sign(SIGNS[name])

    def _sign(self, sign: Sign) -> str:
        found: str = getattr(sign, self.column)
        return found

    def number(self, value: float) -> tuple[str, int]:
        found = exact(value)
        if found is None:
            return self.scientific(value), ATOM if value >= 0 else PRODUCT
        fraction, constant = found
        size, sign = abs(fraction), self.token("minus") if fraction < 0 else ""
        text = self.fraction_text(size)
        if constant:
            if f"√{1 / size}" == constant:
                text = self.over_constant("1", "", constant)
            elif constant.startswith("1/"):
                below = "" if size.denominator == 1 else str(size.denominator)
                text = self.over_constant(str(size.numerator), below, constant.removeprefix("1/"))
            else:
                text = self.multiple(text, constant)
        return sign + text, PRODUCT if constant or sign else ATOM

    def decimal_text(self, size: Fraction) -> str | None:
        """A fraction as a decimal number, where that is no longer."""
        return None if decimal(size) is None else self.scientific(float(size))

    def scientific(self, value: float) -> str:
        """2.5·10⁻⁴ for 2.5e-04."""
        mantissa, _, exponent = digits(value).partition("e")
        mantissa = mantissa.replace("-", self.token("minus")).replace("∞", self.token("infinity"))
        return self.power_of_ten(mantissa, int(exponent)) if exponent else mantissa

    def call(self, name: str, arguments: list[str]) -> str:
        inside = ", ".join(arguments)
        if name in AROUND:
            return self._sign(AROUND[name]).format(inside)
        function, _, note = name.partition(" of each ")
        return self.function(function, f"{note}s" if note else "") + self.parentheses(inside)

    def parentheses(self, x: str) -> str:
        return self.token("parentheses").format(x)

    def norm(self, x: str, squared: bool) -> str:
        return self.token("squared norm" if squared else "norm").format(x)

    def indicator(self, condition: str) -> str:
        return self.token("indicator").format(condition)

    def compare(self, a: str, relation: str, b: str) -> str:
        return f"{a} {self.token(relation)} {b}"
