"""What the table holds."""

from __future__ import annotations

from functools import partial

import numpy as np

from ...data import ColumnSummary, summarise
from ...data.wording import counted
from ...pages import Html, definitions, element, joined, table
from ..charts import percent, significant
from .overview import NAMES, name
from .subject import PURPOSES, Subject

#: Columns that are listed before the others, which are folded, and in all.
OPEN, LISTED = 30, 300
#: Rows that are counted, and unused columns that are named.
ROWS, NAMED = 100_000, 8
WIDTH, HEIGHT = 84.0, 20.0
#: Characters of a value.
LONGEST = 30


def table_summary(subject: Subject) -> Html:
    """Rows, splits and columns."""
    encodings = subject.model.encoder.encodings
    goals = {each.target.name: _target_role(each) for each in subject.by_target}
    roles = goals | {each.name: str(each) for each in encodings}
    sample = subject.table.select(list(roles)[:LISTED])
    if len(sample) > ROWS:
        chosen = np.random.default_rng(subject.seed).choice(len(sample), ROWS, replace=False)
        sample = sample.take(np.sort(chosen))
    rows = [_row(summarise(column), roles[column.name]) for column in sample.columns]
    parts = [
        _facts(subject, list(roles)),
        _split(subject),
        _columns(rows[:OPEN], _caption(len(sample), subject)),
    ]
    if any(kind in ("number", "date") for _, kind, *_ in rows):
        said = (
            "Values of numbers and dates are the least … the median … the greatest, and how they are spread."
        )
        parts.append(element("p", said, class_="faint"))
    if rows[OPEN:]:
        left = len(roles) - len(rows)
        more = f", {left:,} not shown" if left else ""
        folded = element("summary", f"{len(rows) - OPEN:,} more columns{more}")
        parts.append(element("details", folded, _columns(rows[OPEN:], "More columns")))
    return joined(parts)


def _target_role(subject: Subject) -> str:
    return f"target, {subject.target.outputs} classes" if subject.classifies else "target, standardised"


def _caption(rows: int, subject: Subject) -> str:
    sampled = "" if rows == len(subject.table) else f", from {rows:,} rows drawn at random"
    what = "The target, and the columns that it is"
    if len(subject.by_target) > 1:
        what = "The targets, and the columns that they are"
    return f"{what} predicted from{sampled}"


def _facts(subject: Subject, used: list[str]) -> Html:
    goals = len(subject.by_target)
    unused = [each for each in subject.table.names if each not in set(used)]
    columns = subject.table.select(used).columns
    missing = sum(int(column.missing.sum()) for column in columns)
    cells = len(columns) * len(subject.table)
    facts: list[tuple[object, object]] = [
        ("rows", f"{len(subject.table):,}"),
        ("columns", f"{len(used) - goals:,} to predict from, {goals:,} to predict"),
        ("features", f"{counted(len(subject.model.encoder.features), 'number')} a row, given to the network"),
        ("empty cells", f"{missing:,} of {cells:,} ({percent(missing / cells)})" if missing else "none"),
    ]
    if unused:
        shown = Html(", ".join(_unused(each, subject.left_out.get(each)) for each in unused[:NAMED]))
        facts.append(("not used", joined((shown, ", …" if len(unused) > NAMED else ""))))
    return definitions(facts)


def _unused(column: str, reason: str | None) -> Html:
    return joined((name(column), f" ({reason})" if reason else ""))


def _split(subject: Subject) -> Html:
    """A bar of the parts, and what each is for."""
    parts = [(part, len(rows)) for part, rows in subject.split.items() if len(rows)]
    total = sum(count for _, count in parts)
    bars = (element("span", class_=part, style=f"flex:{count}") for part, count in parts)
    words = ", ".join(f"{count:,} {NAMES[part]}" for part, count in parts)
    drawn = element("div", *bars, class_="split", role="img", aria_label=f"Rows: {words}")
    key = (
        element(
            "span",
            element("i", class_=part),
            f"{count:,} {NAMES[part]} ({percent(count / total)}), {PURPOSES[part]}",
        )
        for part, count in parts
    )
    return joined((drawn, element("p", *key, class_="legend")))


def _columns(rows: list[list[object]], caption: str) -> Html:
    header = ("column", "kind", "in the network", "empty", "different", "values", "")
    return table(header, rows, numeric={3, 4}, caption=caption)


def _row(summary: ColumnSummary, role: str) -> list[object]:
    empty = f"{summary.missing:,}" if summary.missing else element("span", "0", class_="faint")
    values, picture = _spread(summary) if summary.spread else (_common(summary), "")
    return [name(summary.name), summary.kind, role, empty, f"{summary.distinct:,}", values, picture]


def _spread(summary: ColumnSummary) -> tuple[Html, Html]:
    spread = summary.spread
    assert spread is not None
    write = _date if summary.kind == "date" else partial(significant, digits=3)
    least, _, median, _, greatest = map(write, spread.quantiles)
    told = element("span", f"{least} … {median} … {greatest}", title="least … median … greatest")
    return told, _histogram(summary)


def _date(seconds: float) -> str:
    """A day; dates are seconds since 1970 began."""
    return str(np.datetime64(round(seconds), "s").astype("datetime64[D]"))


def _histogram(summary: ColumnSummary) -> Html:
    assert summary.spread is not None
    counts = summary.spread.histogram
    step = WIDTH / len(counts)
    heights = counts / counts.max() * (HEIGHT - 2)
    bars = (
        element(
            "rect",
            x=f"{k * step:.1f}",
            y=f"{HEIGHT - height:.1f}",
            width=f"{step - 1:.1f}",
            height=f"{height:.1f}",
            class_="bar neutral",
        )
        for k, height in enumerate(heights.tolist())
        if height
    )
    return element("svg", *bars, viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", class_="chart tiny", aria_hidden="true")


def _common(summary: ColumnSummary) -> Html:
    present = summary.rows - summary.missing
    shown = [
        joined(
            (
                name(word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}…"),
                f" ({percent(count / present)})",
            )
        )
        for word, count in summary.common
    ]
    more = ", …" if summary.distinct > len(shown) else ""
    return element("span", Html(", ".join(shown)), more, class_="words")
