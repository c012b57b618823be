"""A derivation as a page: MathML, one style sheet, no script and nothing from the network."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from ...pages import Html, document, element, joined
from ...pages import fragment as in_notebook
from ..formula import Formula
from ..step import Step, shape_text
from .latex import equation_latex, formula_latex
from .text import value_text

if TYPE_CHECKING:
    from ..derivation import Derivation

STYLE = """
.derivation { counter-reset: line var(--before, 0); list-style: none; padding: 0; }
.derivation > li { counter-increment: line; margin: 1rem 0; padding-left: 3rem; position: relative; }
.derivation > li::before { color: var(--faint); content: "(" counter(line) ")"; left: 0; position: absolute; }
.derivation .equation { overflow-x: auto; overflow-y: hidden; padding: .25rem 0; }
.derivation mtd[columnalign="left"] { text-align: left; }
.derivation .rule { font-weight: 600; }
.derivation .facts { color: var(--faint); font-size: .875rem; overflow-x: auto; }
.derivation .facts code { white-space: pre-wrap; }
"""

#: What is taller than a line.
TALL = {"mfrac", "munder", "munderover", "mtable"}
#: Letters one by one, as ``\\mathbf`` and ``\\mathrm`` are converted.
WORD = re.compile(r'(?:<mi mathvariant="(?:bold|normal)">[^<]*</mi>|(?<=</mi>)<m[io][^>]*>_</m[io]>){2,}')
BOLD = {ord(a): chr(start + i) for letters, start in ((ascii_uppercase, 0x1D400), (ascii_lowercase, 0x1D41A))
        for i, a in enumerate(letters)}  # fmt: skip
#: Functions, of which put[0] would be italic letters; marked, to be found again among other text.
FUNCTION = re.compile(r"\\(?:operatorname\{([^{}]*)\}|(max|min)(?![a-z]))")
MARK = "\ue000"
#: Browsers have no bold or double-struck digits but these.
DIGITS = {r"\mathbf{1}": "𝟏", r"\mathbf{0}": "𝟎", r"\mathbb{1}": "𝟙"}


def mathml(step: Step) -> Html:
    """One line's equation as a MathML element."""
    return _mathml(equation_latex(step), "block")


def page(derivation: Derivation) -> str:
    """A whole document."""
    return document(derivation.title, content(derivation), STYLE)


def fragment(derivation: Derivation) -> str:
    """What a notebook shows."""
    return in_notebook(content(derivation), STYLE)


def content(derivation: Derivation) -> Html:
    """Title, notation and lines as elements, for a page that has :data:`STYLE`."""
    sentences = (element("p", sentence) for sentence in (derivation.names(), derivation.notation()))
    return joined((element("h1", derivation.title), *sentences, lines(derivation)))


def lines(derivation: Derivation, heading: str = "h2") -> Html:
    """The lines of each section under its heading."""
    parts: list[Html] = []
    before = 0
    for section in dict.fromkeys(step.section for step in derivation.steps):
        steps = [step for step in derivation.steps if step.section == section]
        parts.append(element(heading, section.capitalize()))
        parts.append(element("ol", *map(_item, steps), class_="derivation", style=f"--before: {before}"))
        before += len(steps)
    return joined(parts)


def equation_rows(derivation: Derivation) -> list[tuple[object, object, object]]:
    """For each line its number, its equation and what it was checked against: the cells of a table."""
    return [
        (f"({number})", mathml(step), "; ".join(map(str, step.checks)))
        for number, step in enumerate(derivation.steps, start=1)
    ]


def _item(step: Step) -> Html:
    shapes = [part for x, shape in step.shapes for part in (", ", _inline(x), f": {shape_text(shape)}")][1:]
    value = [] if step.value is None else [element("br"), "Value: ", element("code", value_text(step.value))]
    checked = (element("br"), "Checked: ", "; ".join(map(str, step.checks)))
    facts = element("div", "Shapes: ", *shapes, *value, *checked, class_="facts", tabindex=0)
    source = [" ", element("code", step.source)] if step.source else []
    remark = [element("div", step.remark)] if step.remark else []
    equation = element("div", mathml(step), class_="equation", tabindex=0)
    return element("li", element("div", step.rule, class_="rule"), *source, *remark, equation, facts)


def _inline(formula: Formula) -> Html:
    return _mathml(formula_latex(formula), "inline")


@lru_cache(maxsize=512)  # a page has a formula more than once: in its table of lines, and in their details
def _mathml(latex: str, display: str) -> Html:
    from latex2mathml.converter import convert

    for command, digit in DIGITS.items():
        latex = latex.replace(command, digit)
    latex = FUNCTION.sub(_as_text, latex)
    return Html(WORD.sub(_as_word, _spaced(convert(latex, display=display))))


def _spaced(mathml: str) -> str:
    """The element with parentheses and functions as close to what they are around as TeX has them."""
    opening, rest = mathml.split(">", 1)
    root = ElementTree.fromstring(f"<math>{rest}")
    for row in root.iter():
        parts = list(row)
        for before, part in zip([None, *parts], parts, strict=False):
            _set_function_close(before, part)
        fenced = len(parts) > 1 and (parts[0].get("form"), parts[-1].get("form")) == ("prefix", "postfix")
        if row.tag == "mrow" and fenced and not any(part.tag in TALL for part in row.iter()):
            for parenthesis in (parts[0], parts[-1]):
                parenthesis.set("stretchy", "false")
    written = ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
    return f"{opening}>{written.removeprefix('<math>')}"


def _set_function_close(before: ElementTree.Element | None, part: ElementTree.Element) -> None:
    """A function's name is an operator, apart from a factor before it alone."""
    while part.tag in ("msub", "msup"):
        part = part[0]
    if part.tag == "mtext" and (part.text or "").startswith(MARK):
        part.tag, part.text = "mo", (part.text or "").removeprefix(MARK)
        apart = before is not None and before.tag not in ("mo", "mspace")
        part.attrib |= {"lspace": ".17em" if apart else "0", "rspace": "0"}


def _as_text(function: re.Match[str]) -> str:
    """A function's name as text, which has no commands."""
    text = (function[1] or function[2]).replace(r"\ ", " ").replace(r" \times ", "×").replace(r"\_", "_")
    text = text.replace(r"^\top", "ᵀ")
    return rf"\text{{{MARK}{text}}}"


def _as_word(letters: re.Match[str]) -> str:
    """A name of several letters as one identifier, which browsers draw upright and not as a product."""
    text = unescape(re.sub("<[^>]*>", "", letters[0]))
    return f"<mi>{escape(text.translate(BOLD) if 'bold' in letters[0] else text)}</mi>"
