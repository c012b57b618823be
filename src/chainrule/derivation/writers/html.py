"""A derivation as a page: MathML, one style sheet, no script and nothing from the network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..formula import Formula
from ..step import Step, shape_text
from .latex import equation_latex, formula_latex
from .text import value_text

if TYPE_CHECKING:
    from ..derivation import Derivation

STYLE = """
.derivation { font: 1rem/1.5 system-ui, sans-serif; color: CanvasText; background: Canvas; max-width: 60rem;
  margin: auto; padding: 1rem; }
.derivation ol { list-style: none; padding: 0; counter-reset: line var(--before, 0); }
.derivation li { counter-increment: line; margin: 1rem 0; padding-left: 3rem; position: relative; }
.derivation li::before { content: "(" counter(line) ")"; position: absolute; left: 0; opacity: .7; }
.derivation math { font-size: 1.15rem; }
.derivation .equation { overflow-x: auto; padding: .25rem 0; }
.derivation .rule { font-weight: 600; }
.derivation .facts { font-size: .875rem; opacity: .85; overflow-x: auto; }
.derivation code { white-space: pre; }
"""

BOLD_DIGITS = {r"\mathbf{1}": "𝟏", r"\mathbf{0}": "𝟎"}  # browsers make letters bold, but no digits


def mathml(step: Step) -> str:
    """One line's equation as a MathML element."""
    return _mathml(equation_latex(step), "block")


def page(derivation: Derivation) -> str:
    """A whole document."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(derivation.title)}</title>\n</head>\n<body>\n{fragment(derivation)}</body>\n</html>\n"
    )


def fragment(derivation: Derivation) -> str:
    """What a notebook shows."""
    parts = [f'<style>{STYLE}</style>\n<article class="derivation">\n<h1>{escape(derivation.title)}</h1>\n']
    parts += [f"<p>{escape(sentence)}</p>\n" for sentence in (derivation.names(), derivation.notation())]
    sections = dict.fromkeys(step.section for step in derivation.steps)
    before = 0
    for section in sections:
        steps = [step for step in derivation.steps if step.section == section]
        items = "".join(map(_item, steps))
        parts.append(f'<h2>{section.capitalize()}</h2>\n<ol style="--before: {before}">\n{items}</ol>\n')
        before += len(steps)
    return "".join(parts) + "</article>\n"


def _item(step: Step) -> str:
    shapes = ", ".join(f"{_inline(x)}: {shape_text(shape)}" for x, shape in step.shapes)
    value = "" if step.value is None else f"<br>Value: <code>{escape(value_text(step.value))}</code>"
    source = f" <code>{escape(step.source)}</code>" if step.source else ""
    remark = f"<div>{escape(step.remark)}</div>\n" if step.remark else ""
    checks = escape("; ".join(map(str, step.checks)))
    return (
        f'<li>\n<div class="rule">{escape(step.rule)}</div>{source}\n{remark}'
        f'<div class="equation">{mathml(step)}</div>\n'
        f'<div class="facts">Shapes: {shapes}{value}<br>Checked: {checks}</div>\n'
        "</li>\n"
    )


def _inline(formula: Formula) -> str:
    return _mathml(formula_latex(formula), "inline")


def _mathml(latex: str, display: str) -> str:
    from latex2mathml.converter import convert

    for command, digit in BOLD_DIGITS.items():
        latex = latex.replace(command, digit)
    return str(convert(latex, display=display))
