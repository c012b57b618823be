"""A derivation as a LaTeX document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..formula import Formula
from ..step import Step, shape_text
from ..writing import write
from .latex_notation import LatexNotation

if TYPE_CHECKING:
    from ..derivation import Derivation

NOTATION = LatexNotation()
HEAD = r"""\documentclass{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[utf8]{inputenc}
  \usepackage[T1]{fontenc}
\fi
\usepackage{amsmath, amssymb, graphicx}
\usepackage[margin=2cm]{geometry}
\allowdisplaybreaks
% The fonts of amssymb have double-struck letters, but no digits.
\let\letterbb\mathbb
\renewcommand{\mathbb}[1]{\ifx1#1\mathrm{1}\mkern-5mu\mathrm{l}\else\letterbb{#1}\fi}
% A formula, made smaller where it is wider than the page.
\newcommand{\fit}[1]{%
  \resizebox{\ifdim\width>.92\linewidth .92\linewidth\else\width\fi}{!}{$\displaystyle #1$}}
\begin{document}
\raggedright
"""
ESCAPES = {
    "\\": r"\textbackslash{}", "_": r"\_", "#": r"\#", "%": r"\%", "&": r"\&", "$": r"\$",
    "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}",
}  # fmt: skip


def formula_latex(formula: Formula) -> str:
    """A formula in LaTeX, without delimiters."""
    return write(formula, NOTATION)


def equation_latex(step: Step) -> str:
    """``left = right``, without delimiters."""
    return f"{formula_latex(step.left)} = {formula_latex(step.right)}"


def document(derivation: Derivation) -> str:
    """The whole derivation, a document that compiles with pdfTeX, XeTeX or LuaTeX."""
    return "".join(_parts(derivation)) + "\\end{document}\n"


def _parts(derivation: Derivation) -> Iterator[str]:
    yield HEAD
    yield f"\\section*{{{prose(derivation.title)}}}\n"
    yield f"{prose(derivation.names())}\n\n{prose(derivation.notation())}\n"
    section = ""
    for step in derivation.steps:
        if step.section != section:
            section = step.section
            yield f"\\subsection*{{{section.capitalize()}}}\n"
        yield _paragraph(step)


def _paragraph(step: Step) -> str:
    shapes = ", ".join(f"${formula_latex(x)} : {_shape(shape)}$" for x, shape in step.shapes)
    goes_on = step.remark.startswith(("for ", "as "))
    remark = f"{', ' if goes_on else '. '}{prose(step.remark)}" if step.remark else ""
    checks = prose("; ".join(map(str, step.checks)))
    return (
        f"\\noindent {prose(step.rule[:1].upper() + step.rule[1:])}{remark}.\n"
        f"\\begin{{equation}}\n  \\fit{{{equation_latex(step)}}}\n\\end{{equation}}\n"
        f"{{\\footnotesize Shapes: {shapes}. Checked: {checks}.\\par}}\\medskip\n\n"
    )


def _shape(shape: tuple[int, ...]) -> str:
    return shape_text(shape).replace("×", r" \times ")


def prose(text: str) -> str:
    """Words that hold mathematical characters, for running text: each such run becomes mathematics."""
    from .unicode_math import as_latex

    return "".join(piece if is_math else _escaped(piece) for piece, is_math in as_latex(text))


def _escaped(text: str) -> str:
    return "".join(ESCAPES.get(letter, letter) for letter in text)
