"""Mathematical characters in running text as LaTeX that every engine has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from ..names import GREEK, SUBSCRIPTS, SUPERSCRIPTS
from .plain_notation import VULGAR

SYMBOLS = {
    "∇": r"\nabla", "∂": r"\partial", "∘": r"\circ", "⊘": r"\oslash", "⊗": r"\otimes", "Σ": r"\Sigma",
    "𝟏": r"\mathbf{1}", "𝟎": r"\mathbf{0}", "𝟙": r"\mathbb{1}", "−": "-", "×": r"\times", "·": r"\cdot",
    "±": r"\pm", "√": r"\surd", "∗": r"*", "⋆": r"\star", "∞": r"\infty",
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "‖": r"\Vert", "ᵀ": r"^{\top}", "⟨": r"\langle", "⟩": r"\rangle",
    "ε": r"\varepsilon", "…": r"\dots", "Λ": r"\Lambda",
    "𝐼": r"\mathit{I}",
    **{sign: rf"\tfrac{{{x.numerator}}}{{{x.denominator}}}" for x, sign in VULGAR.items()},
}  # fmt: skip
LETTERS = {symbol: f"\\{name}" for name, symbol in GREEK.items() if name not in ("eps", "lam", "epsilon")}
RAISED = {raised: chr(plain) for plain, raised in SUPERSCRIPTS.items()}
LOWERED = {lowered: chr(plain) for plain, lowered in SUBSCRIPTS.items()}
UNEQUAL = unicodedata.normalize("NFD", "≠")
MARKS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde"}


def as_latex(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and whether each is LaTeX already."""
    for cluster in _clusters(text):
        latex = _cluster_latex(cluster)
        yield (cluster, False) if latex is None else (f"${latex}$", True)


def _clusters(text: str) -> Iterator[str]:
    """Letters with their accents, and runs of raised or lowered characters."""
    cluster = ""
    for letter in unicodedata.normalize("NFD", text).replace(UNEQUAL, "≠"):
        joins = letter in MARKS or (cluster and _level(letter) and _level(letter) == _level(cluster[-1]))
        if cluster and not joins:
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


def _level(letter: str) -> str:
    if letter.translate(RAISED) != letter:
        return "^"
    return "_" if letter.translate(LOWERED) != letter else ""


def _cluster_latex(cluster: str) -> str | None:
    if _level(cluster[0]):
        return f"{{}}{_level(cluster[0])}{{{cluster.translate(RAISED).translate(LOWERED)}}}"
    base = SYMBOLS.get(cluster[0]) or LETTERS.get(cluster[0])
    if len(cluster) == 1:
        return f"{{}}{base}" if base and base[0] in "^_" else base
    accents = [MARKS[mark] for mark in cluster[1:] if mark in MARKS]
    inner = base or cluster[0]
    for accent in accents:
        inner = f"\\{accent}{{{inner}}}"
    return inner
