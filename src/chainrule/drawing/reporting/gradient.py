"""The gradient that training followed: checked, drawn and derived."""

from __future__ import annotations

import re
from typing import Any

from ... import FunctionGraph, trace
from ...data import target_names
from ...derivation import Derivation, derive
from ...derivation.writers.html import equation_rows, lines
from ...errors import ChainruleError
from ...nn import Network, objective
from ...pages import Html, element, joined, scrolling, table
from ...verification import Report as GradientCheck
from ...verification.reporting import found
from .subject import Subject

#: Rows at which the loss is drawn and derived.
ROWS = 4
#: Parameters above which a derivation, which checks every line with numbers, would take long.
MOST = 300_000
#: Of a drawing, which is made somewhat smaller where the page is narrower.
WIDTH = re.compile(r'<svg [^>]*?width="(\d+)"')


def gradient(subject: Subject) -> Html:
    """The check's verdict; the graph of the loss; the derivation of its gradient."""
    parts = [element("h3", "Checked"), *_checked(subject.check)]
    if subject.network is not None:
        f, point = loss_at(subject, subject.network)
        parts += [element("h3", "Drawn"), *_drawn(trace(f, *point)), element("h3", "Derived")]
        parts += _derived(f, point, subject.network)
    return joined(parts)


def loss_at(subject: Subject, network: Network) -> tuple[Any, tuple[Any, ...]]:
    """The loss that was minimised, and its arguments with a few rows."""
    rows = subject.split.get("train", subject.split[subject.judge])[:ROWS]
    rows = rows if len(rows) else subject.split[subject.judge][:ROWS]
    X = subject.model.encoder.transform(subject.table.take(rows)).astype(network.dtype)
    goals = subject.table.select(target_names(subject.target)).columns
    y = subject.target.encode(*(column.take(rows) for column in goals))
    return objective(network, subject.loss), (network.parameters, X, y)


def _checked(check: GradientCheck | None) -> list[Html]:
    if check is None:
        return [
            element("p", "No gradient check is kept with this model: cr.check(loss, at=point) makes one.")
        ]
    said = (
        "Before training, the derivative of this loss of this network by its parameters was compared with "
        "differences of the loss alone, which know nothing of the chain rule."
    )
    return [element("p", said), found(check, "h4")]


def _drawn(graph: FunctionGraph) -> list[Html]:
    said = (
        "The graph that was run, differentiated and checked: from the parameters and the rows, X and y, to "
        f"the loss f, with the shapes for {ROWS} rows. Point at a box for its line and its local Jacobians."
    )
    drawing = graph.to_svg()
    width = WIDTH.search(drawing)
    natural = f"--natural: {width[1]}px" if width else None
    shown = scrolling(Html(drawing), "The graph of the loss")
    return [element("p", said), element("div", shown, class_="bleed", style=natural)]


def _derived(f: Any, point: tuple[Any, ...], network: Network) -> list[Html]:
    count = sum(array.size for array in network.parameters.values())
    if count > MOST:
        return [
            element(
                "p",
                f"With {count:,} parameters it would take long here: cr.derive(loss, “parameters”) makes it.",
            )
        ]
    try:
        derivation = derive(f, "parameters", at=point, level="result")
    except ChainruleError as error:
        return [element("p", f"There is no derivation: {error.one_line()}")]
    return [element("p", _said(derivation)), _equations(derivation), _whole(derivation)]


def _said(derivation: Derivation) -> str:
    return f"Forward propagation, and then the gradient by each parameter. {derivation.notation()}"


def _equations(derivation: Derivation) -> Html:
    header = ("", "line", "checked against: greatest difference")
    return table(header, equation_rows(derivation), caption=derivation.title)


def _whole(derivation: Derivation) -> Html:
    folded = element("summary", f"The {len(derivation)} lines with rules, shapes and values")
    return element("details", folded, lines(derivation, "h4"), class_="lines")
