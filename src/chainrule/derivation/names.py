"""How a value's name is written: ``W1`` as W⁽¹⁾, ``w1`` of a number as w₁, ``yhat`` as ŷ, ``mu`` as μ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eps": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "lam": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω",
}  # fmt: skip
SHORT_GREEK = {"eps": "epsilon", "lam": "lambda"}
LETTERS = "kjitnmlpsr"  # for places that go on: those that can be raised and lowered
SUPERSCRIPTS = str.maketrans(f"0123456789()+-{LETTERS}", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁺⁻ᵏʲⁱᵗⁿᵐˡᵖˢʳ")
SUBSCRIPTS = str.maketrans(f"0123456789+-{LETTERS}", "₀₁₂₃₄₅₆₇₈₉₊₋ₖⱼᵢₜₙₘₗₚₛᵣ")
HAT, BAR, TILDE = "\u0302", "\u0304", "\u0303"
ACCENTS = {"hat": (HAT, "hat"), "bar": (BAR, "bar"), "tilde": (TILDE, "tilde")}
TURN = re.compile(r"(?P<base>[^\W\d_]+)(?P<part>\d+)_(?P<turn>\d+|\*)")  # k1_3, what k1 is in the third turn
NUMBERED = re.compile(r"(?P<base>[^\W\d_]+)(?:_?(?P<index>\d+))?")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is written, and ``label``, what the user wrote."""

    label: str
    text: str
    latex: str

    @property
    def pattern(self) -> tuple[str, int | None]:
        """The label with ``*`` in place of the first number in it, or of the turn, and that number."""
        turn = TURN.fullmatch(self.label)
        if turn:
            return f"{turn['base']}{turn['part']}_*", int(turn["turn"])
        found = re.search(r"\d+", self.label)
        if not found:
            return self.label, None
        return f"{self.label[: found.start()]}*{self.label[found.end() :]}", int(found.group())


def name_of(label: str, is_array: bool) -> Name:
    """A label as mathematics: layers in parentheses above, indices of numbers below.

    >>> name_of("W1", True).text, name_of("w1", False).text, name_of("yhat", True).text
    ('W⁽¹⁾', 'w₁', 'ŷ')
    >>> name_of("k1_3", True).text
    'k₁⁽³⁾'
    """
    turn = TURN.fullmatch(label)
    if turn:
        return _in_turn(label, turn, turn["turn"], is_array)
    found = NUMBERED.fullmatch(label)
    if not found:
        return Name(label, path_text(label), _word(path_text(label), is_array))
    base, index = found["base"], found["index"]
    text, latex = _letter(base, is_array)
    if not index:
        return Name(label, text, latex)
    if is_array:
        return Name(label, text + f"({index})".translate(SUPERSCRIPTS), f"{latex}^{{({index})}}")
    return Name(label, text + index.translate(SUBSCRIPTS), f"{latex}_{{{index}}}")


def general_name(pattern: str, place: str, is_array: bool) -> Name:
    """The name of a layer's value at a place that goes on: ``W*`` at k+1 is W⁽ᵏ⁺¹⁾.

    >>> general_name("W*", "k+1", True).text
    'W⁽ᵏ⁺¹⁾'
    """
    label = pattern.replace("*", f"{{{place}}}")
    turn = TURN.fullmatch(pattern)
    if turn:
        return _in_turn(label, turn, place, is_array)
    stem = pattern.replace("*", "").rstrip("_")
    if "/" in pattern or not stem.isalpha():
        shown = path_text(pattern.replace("*", "{}").replace("/{}", "[{}]")).format(place)
        return Name(label, shown, _word(shown, is_array))
    text, latex = _letter(stem, is_array)
    if is_array:
        return Name(label, text + f"({place})".translate(SUPERSCRIPTS), f"{latex}^{{({place})}}")
    return Name(label, text + place.translate(SUBSCRIPTS), f"{latex}_{{{place}}}")


def _in_turn(label: str, found: re.Match[str], place: str, is_array: bool) -> Name:
    """k₁⁽³⁾, what the variable k1 is in a loop's third turn."""
    text, latex = _letter(found["base"], is_array)
    text += found["part"].translate(SUBSCRIPTS) + f"({place})".translate(SUPERSCRIPTS)
    return Name(label, text, f"{latex}_{{{found['part']}}}^{{({place})}}")


def shifted(letter: str, offset: int) -> str:
    """k, k+1 or k-1."""
    return f"{letter}{offset:+d}" if offset else letter


def free_letters(names: Iterable[Name]) -> str:
    """The letters for places that go on, of turns of a loop or terms of a sum: those that no value has.

    >>> free_letters([name_of("k1", True), name_of("x", True)])[0]
    'j'
    """
    taken = {name.label.split("_")[0].rstrip("0123456789") for name in names}
    return "".join(letter for letter in LETTERS if letter not in taken)


def name_table(shapes: Mapping[str, int]) -> dict[str, Name]:
    """The names of labels, given the number of axes of each; those that would look alike stay as they are.

    >>> name_table({"sigma2": 0, "mu": 1})["sigma2"].text
    'σ²'
    """
    names = {label: name_of(label, ndim > 0) for label, ndim in shapes.items()}
    if "sigma2" in names and not {"sigma", "sigma1"} & names.keys():
        names["sigma2"] = Name("sigma2", "σ²", r"\sigma^{2}")
    if "I" in names:  # upright it is the identity
        names["I"] = Name("I", "𝐼", r"\mathit{I}")
    texts = [name.text for name in names.values()]
    return {
        label: name if texts.count(name.text) == 1 else Name(label, label, _word(label, shapes[label] > 0))
        for label, name in names.items()
    }


def fresh(base: str, taken: Iterable[str]) -> str:
    """The first of base1, base2, … that is not taken."""
    used = set(taken)
    return next(label for k in range(1, len(used) + 2) if (label := f"{base}{k}") not in used)


def _letter(base: str, is_array: bool) -> tuple[str, str]:
    for word, (mark, command) in ACCENTS.items():
        stem = base.removesuffix(word)
        if stem != base and (len(stem) == 1 or stem in GREEK):
            text, latex = _letter(stem, is_array)
            return unicodedata.normalize("NFC", text + mark), f"\\{command}{{{latex}}}"
    if base in GREEK:
        command = f"\\{SHORT_GREEK.get(base, base)}"
        return GREEK[base], f"\\boldsymbol{{{command}}}" if is_array else command
    if len(base) == 2 and base[0].isupper() and base[1].islower():
        return base, f"{_word(base[0], is_array)}_{{{base[1]}}}"
    return base, _word(base, is_array)


def _word(text: str, is_array: bool) -> str:
    escaped = "".join(ESCAPES.get(letter, letter) for letter in text)
    if is_array:
        return f"\\mathbf{{{escaped}}}"
    return escaped if len(text) == 1 and text.isalpha() else f"\\mathrm{{{escaped}}}"


ESCAPES = {"_": r"\_", "<": r"\langle ", ">": r"\rangle ", "#": r"\#", "%": r"\%", "&": r"\&", "$": r"\$"}


def path_text(label: str) -> str:
    """The path of a part of an argument as Python writes it: layers/0/W is layers[0].W."""
    first, *rest = label.split("/")
    return first + "".join(f"[{key}]" if key.isdigit() else f".{key}" for key in rest)
