"""A derivation as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..formula import Formula
from ..step import Step, shape_text
from ..writing import write
from .plain_notation import PlainNotation

if TYPE_CHECKING:
    from ..derivation import Derivation

NOTATION = PlainNotation()
INDENT = "      "


def text(derivation: Derivation) -> str:
    """The whole derivation: the title, a legend, and each line with its rule, shapes, value and check."""
    return "\n".join(_lines(derivation)) + "\n"


def formula_text(formula: Formula) -> str:
    """A formula on one line."""
    return write(formula, NOTATION)


def equation_text(step: Step) -> str:
    """``left = right``."""
    return f"{formula_text(step.left)} = {formula_text(step.right)}"


def _lines(derivation: Derivation) -> Iterator[str]:
    yield derivation.title
    yield "=" * len(derivation.title)
    yield derivation.names()
    yield derivation.notation()
    section = ""
    for number, step in enumerate(derivation.steps, 1):
        if step.section != section:
            section = step.section
            yield ""
            yield section.capitalize()
            yield "-" * len(section)
        yield from _step_lines(number, step)


def _step_lines(number: int, step: Step) -> Iterator[str]:
    yield f"({number})".ljust(len(INDENT)) + equation_text(step)
    if step.remark:
        yield INDENT + step.remark
    yield f"{INDENT}rule   {step.rule}" + (f"   # {step.source}" if step.source else "")
    yield f"{INDENT}shapes {shapes_line(step)}"
    if step.value is not None:
        yield f"{INDENT}value  {value_text(step.value)}"
    yield f"{INDENT}check  {'; '.join(map(str, step.checks))}"


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
