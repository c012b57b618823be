"""A derivation as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..formula import Formula
from ..step import Step, shape_text
from ..writing import write
from .plain_notation import PlainNotation
from .wrapping import columns, fill_formula, fill_words

if TYPE_CHECKING:
    from ..derivation import Derivation

NOTATION = PlainNotation()
INDENT = "      "
CONTINUED = "    "
BELOW = INDENT + "       "
#: Of a line, where no terminal says how wide it is.
WIDTH = 100


def text(derivation: Derivation, width: int = WIDTH) -> str:
    """The whole derivation: the title, a legend, and each line with its rule, shapes, value and check."""
    return "\n".join(_lines(derivation, width)) + "\n"


def formula_text(formula: Formula) -> str:
    """A formula on one line."""
    return write(formula, NOTATION)


def equation_text(step: Step) -> str:
    """``left = right``."""
    return f"{formula_text(step.left)} = {formula_text(step.right)}"


def _lines(derivation: Derivation, width: int) -> Iterator[str]:
    title = fill_words(derivation.title, width)
    yield title
    yield "=" * max(map(columns, title.splitlines()))
    yield fill_words(derivation.names(), width)
    yield fill_words(derivation.notation(), width)
    section = ""
    for number, step in enumerate(derivation.steps, 1):
        if step.section != section:
            section = step.section
            yield ""
            yield section.capitalize()
            yield "-" * len(section)
        yield from _step_lines(number, step, width)


def _step_lines(number: int, step: Step, width: int) -> Iterator[str]:
    yield fill_formula(equation_text(step), width, f"({number})".ljust(len(INDENT)), INDENT + CONTINUED)
    if step.remark:
        yield fill_words(step.remark, width, INDENT, INDENT)
    yield from _rule_lines(step, width)
    yield fill_formula(shapes_line(step), width, _begin("shapes"), BELOW)
    if step.value is not None:
        yield fill_formula(value_text(step.value), width, _begin("value"), BELOW)
    yield fill_words("; ".join(map(str, step.checks)), width, _begin("check"), BELOW)


def _rule_lines(step: Step, width: int) -> Iterator[str]:
    """The rule, and the user's line beside it where there is room, else below."""
    rule = fill_words(step.rule, width, _begin("rule"), BELOW)
    beside = f"{rule}   # {step.source}"
    if step.source and max(map(columns, beside.splitlines())) <= width:
        yield beside
        return
    yield rule
    if step.source:
        yield fill_words(step.source, width, f"{BELOW}# ", f"{BELOW}# ")


def _begin(fact: str) -> str:
    return INDENT + fact.ljust(len(BELOW) - len(INDENT))


def shapes_line(step: Step) -> str:
    """The shape of the left side and of every factor of the right."""
    return ", ".join(f"{formula_text(factor)}: {shape_text(shape)}" for factor, shape in step.shapes)


def value_text(value: np.ndarray) -> str:
    """An array on one line, short."""
    shown = np.asarray(value) + 0.0
    with np.printoptions(threshold=24, edgeitems=3, linewidth=10**6, formatter={"float_kind": _short}):
        return " ".join(np.array2string(shown, separator=", ").split())


def _short(value: Any) -> str:
    usual = value == 0 or 1e-3 <= abs(value) < 1e6
    return np.format_float_positional(value, 4, trim="-") if usual else f"{value:.4g}"
