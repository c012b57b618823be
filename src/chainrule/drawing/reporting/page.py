"""The page as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import Any

from numpy.typing import ArrayLike

from ...data import Table, TableModel
from ...derivation.writers.html import STYLE as DERIVATION_STYLE
from ...pages import Html, document, element
from ...train import History, RateTest
from ...verification import Report as GradientCheck
from ..charts import chart_style
from .architecture import architecture
from .calibration import calibrated
from .curves import curves
from .errors import errors
from .gradient import gradient
from .inputs import inputs
from .overview import overview
from .provenance import provenance
from .result import result
from .subject import Subject, as_split
from .table_summary import table_summary
from .verdict import each_target, verdicts

Section = tuple[str, str, Callable[[], Html]]


def report(
    model: TableModel,
    table: Table,
    *,
    split: Mapping[str, ArrayLike] | None = None,
    history: History | Sequence[History] | None = None,
    check: GradientCheck | None = None,
    loss: Any = None,
    notes: Mapping[str, Mapping[str, str]] | None = None,
    source: str = "the table",
    seed: int = 0,
    rate_test: RateTest | None = None,
    left_out: Mapping[str, str] | None = None,
    progress: Callable[[str], Any] = lambda _: None,
) -> str:
    """A trained model told on one HTML page: no script, nothing from the network, light, dark or on paper.

    Data, scores beside those of no model with 95 % intervals, mistakes or residuals, calibration, what each
    column contributes, learning curves, layers, and the gradient: its check, its graph, its derivation. Large
    tables are sampled, and the page says so where they are.

    Args:
        model: from rows to the target's values.
        table: with the model's columns and its target.
        split: the rows of "train", "validation" and "test"; the model is judged by the last that there is.
            Without it by all rows, as by test rows.
        history: what ``fit`` returned, or ``fit_ensemble``: one for each network.
        check: what ``cr.check`` found of the loss before training.
        loss: what was minimised, as for ``fit``; by default cross-entropy for classes, the squared error for
            numbers.
        notes: by title, facts by name that the page ends with, such as settings and timings.
        source: what the table is called.
        seed: of samples, shufflings and the bootstrap.
        rate_test: what ``find_learning_rate`` returned, if it said the learning rate.
        left_out: why columns of the table are not used, by their names, as ``prepare_table`` tells.
        progress: is told what is being worked on.

    Returns:
        The HTML document.

    Raises:
        DataError: the table does not fit the model.
        ArgumentError: the split makes no sense.

    >>> import chainrule as cr
    >>> from chainrule.data import Table, TableModel, fit_encoder, fit_target
    >>> rows = Table.from_columns({"size": [1.0, 2.0, 3.0, 4.0], "large": ["no", "no", "yes", "yes"]})
    >>> encoder, target = fit_encoder(rows.drop("large")), fit_target(rows.column("large"))
    >>> network = cr.nn.Network([1, 4, 2], output_activation="softmax")
    >>> page = report(TableModel(encoder, target, network), rows)
    >>> page.startswith("<!DOCTYPE html>")
    True
    """
    chosen = loss or model.target.loss
    parts = as_split(split, len(table))
    histories = (history,) if isinstance(history, History) else tuple(history or ())
    subject = Subject(
        model, table, parts, histories, check, chosen, notes or {}, source, seed, rate_test, left_out or {}
    )
    progress("predictions")
    found = verdicts(subject)
    sections: list[Section] = [
        ("result", "How good it is", partial(result, found)),
        (
            "errors",
            "Where it is wrong",
            partial(each_target, found, lambda each: errors(each.subject, each.judged)),
        ),
        (
            "calibration",
            "Whether it means what it says",
            partial(each_target, found, lambda each: calibrated(each.subject, each.judged)),
        ),
        ("inputs", "What it looks at", partial(each_target, found, lambda each: inputs(each.subject))),
        ("data", "What it learnt from", partial(table_summary, subject)),
        ("training", "How it learnt", partial(curves, subject)),
        ("network", "The network", partial(architecture, subject)),
        ("gradient", "The gradient", partial(gradient, subject)),
        ("provenance", "How it was made", partial(provenance, subject)),
    ]
    contents = [element("header", overview(subject, found)), _contents(sections)]
    for key, title, make in sections:
        progress(title)
        contents.append(element("section", element("h2", title), make(), id=key))
    return document(f"{subject.target.name}: training report", Html("".join(contents)), _style())


def _contents(sections: list[Section]) -> Html:
    links: Iterator[Html] = (element("li", element("a", title, href=f"#{key}")) for key, title, _ in sections)
    return element("nav", element("ul", *links), aria_label="Sections")


def _style() -> str:
    own = files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    return f"{chart_style()}{DERIVATION_STYLE}{own}"
