"""What a reader is told, in words and tables; the writers only set it in their format."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..report import Report, Row, TensorResult
from ..verdicts import Verdict
from .numbers import compared, ratio, short

SHOWN = 24
"""Rows in a table; the rest are counted."""
REASONS = 8
"""Reasons of single rows; more would repeat what the table shows."""

METHODS = {
    "central": "central differences, (f(x + h) − f(x − h)) / 2h, extrapolated to h = 0",
    "forward": "one forward difference, (f(x + Δx) − f(x)) / Δx",
}
LEGEND = (
    ("analytic", "the derivative as it was given"),
    ("numeric ± bound", "the derivative from values of f alone; the true one lies within the bound"),
    (
        "n at once",
        "the derivative along one direction that moves all these entries: one wrong entry shows in it",
    ),
    ("ratio", "analytic / numeric; a dash where the numeric derivative may be zero"),
    ("PASS", "the derivative given lies within the bound, and the bound is small enough to tell"),
    ("FAIL", "it lies outside"),
    ("UNDECIDED", "the values of f do not tell; the reason is given"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table and the verdict that stands at its end."""

    cells: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes:
        header: the names of the columns, the verdict's last.
        numeric: how many columns before the verdict hold numbers.
        lines: its lines.
        more: what is left out, or "".
    """

    header: tuple[str, ...]
    numeric: int
    lines: tuple[Line, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A report in words.

    Attributes:
        verdict, headline: the answer.
        facts: how it was found, as (name, value).
        findings: what is odd about f or what was given.
        tensors: a table of the tensors; None where it would say no more than that of the rows.
        rows: a table of the derivatives, the worst first where some are left out; None where there are none.
        remarks: reasons and diagnoses, as (what it is about, sentence).
    """

    verdict: Verdict
    headline: str
    facts: tuple[tuple[str, str], ...]
    findings: tuple[str, ...]
    tensors: Grid | None
    rows: Grid | None
    remarks: tuple[tuple[str, str], ...]


def content(report: Report, shown: int = SHOWN) -> Content:
    """A report in words, with at most so many rows."""
    rows = _shown(report, shown)
    return Content(
        verdict=report.verdict,
        headline=_headline(report),
        facts=tuple(_facts(report)),
        findings=tuple(finding.text for finding in report.findings if finding.text != report.refusal),
        tensors=_tensor_grid(report.tensors) if len(report.tensors) > 1 else None,
        rows=_row_grid(report, rows) if rows else None,
        remarks=tuple(_remarks(report, rows)),
    )


def _headline(report: Report) -> str:
    total = len(report.rows)
    if report.refusal or not total:
        return report.refusal or "f has no outputs, so there is no derivative to check"
    by_verdict = {verdict: [row for row in report.rows if row.verdict is verdict] for verdict in Verdict}
    wrong, unknown = by_verdict[Verdict.FAIL], by_verdict[Verdict.UNDECIDED]
    if wrong:
        return f"{len(wrong)} of {_derivatives(total)} wrong, in {_named(wrong)}"
    if unknown:
        return f"{len(unknown)} of {_derivatives(total)} neither confirmed nor refuted, in {_named(unknown)}"
    confirmed = f"{_derivatives(total)} confirmed, of {_named(report.rows)}"
    withheld = next((finding.text for finding in report.findings if finding.fatal), "")
    return f"{confirmed}, but {withheld}" if withheld else confirmed


def _derivatives(count: int) -> str:
    return "1 derivative" if count == 1 else f"{count:,} derivatives"


def _named(rows: Sequence[Row], most: int = 5) -> str:
    names = list(dict.fromkeys(row.parameter for row in rows))
    if len(names) <= most + 1:  # the last name is as short as "and 1 more"
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    if math.isfinite(report.detectable):
        yield "smallest detectable error", f"{short(report.detectable)}, in every entry that passed"
    flat = sum(row.flat for row in report.rows if row.verdict is Verdict.PASS)
    if flat:
        yield "f does not change at all", f"along {flat:,} of the {_derivatives(len(report.rows))}"
    yield "method", METHODS.get(report.method, report.method)
    shape = "a scalar" if report.output_shape == () else f"of shape {report.output_shape}"
    yield "f", f"{report.function}, {shape}" if report.function else shape
    seconds = f" in {report.seconds:.2g} s" if math.isfinite(report.seconds) else ""
    yield "evaluations of f", f"{report.evaluations:,}{seconds}"
    drawn = "by a generator that was given" if report.seed is None else f"with seed {report.seed}"
    yield "mode", f"{report.mode}, random directions drawn {drawn}"


def _shown(report: Report, shown: int) -> list[Row]:
    """Every row in order; where they are too many, the worst first, but some of every tensor."""
    rows = list(report.rows)
    if len(rows) <= shown:
        return rows
    order = [Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS]
    ranked = [
        (order.index(row.verdict), rank, row)
        for tensor in report.tensors
        for rank, row in enumerate(tensor.worst)
    ]
    return [row for _, _, row in sorted(ranked, key=lambda each: each[:2])[:shown]]


def _row_grid(report: Report, rows: Sequence[Row]) -> Grid:
    left_out = len(report.rows) - len(rows)
    vector = any(row.output is not None for row in rows)
    header = (
        "tensor",
        "index",
        *(["output"] if vector else []),
        "analytic",
        "numeric ± bound",
        "ratio",
        "verdict",
    )
    more = f"… and {left_out:,} more, with no worse verdict" if left_out else ""
    return Grid(
        header, 3, tuple(_row_line(row, report.output_shape if vector else None) for row in rows), more
    )


def _row_line(row: Row, outputs: tuple[int, ...] | None) -> Line:
    output = [] if outputs is None else [_output_of(row, outputs)]
    numbers = (*compared(row.analytic, row.numeric, row.bound), ratio(row.analytic, row.numeric, row.bound))
    return Line((row.parameter, index_of(row), *output, *numbers, str(row.verdict)), row.verdict)


def index_of(row: Row) -> str:
    """The entry that a row is about, as one writes it, or that it is about many at once."""
    if row.index is None:
        return f"{row.entries:,} at once"
    return f"[{', '.join(map(str, row.index))}]" if row.index else ""


def _output_of(row: Row, shape: tuple[int, ...]) -> str:
    """The entry of f's output that a row is about."""
    if row.output is None:
        return ""
    fits = shape and row.output < math.prod(shape)
    index = np.unravel_index(row.output, shape) if fits else (row.output,)
    return f"[{', '.join(map(str, map(int, index)))}]"


def _tensor_grid(tensors: Sequence[TensorResult]) -> Grid:
    header = ("tensor", "shape", "dtype", "derivatives", "smallest detectable error", "verdict")
    lines = [
        Line(
            (
                tensor.name,
                "×".join(map(str, tensor.shape)) or "scalar",
                tensor.dtype,
                f"{len(tensor.rows):,}",
                short(tensor.detectable) if math.isfinite(tensor.detectable) else "–",
                str(tensor.verdict),
            ),
            tensor.verdict,
        )
        for tensor in tensors
    ]
    return Grid(header, 2, tuple(lines))


def _remarks(report: Report, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    for tensor in report.tensors:
        yield from ((tensor.name, diagnosis.text) for diagnosis in tensor.diagnoses)
        if not tensor.complete:
            yield tensor.name, 'not every wrong entry was looked for; mode="full" takes each'
    reasons: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.reason:
            reasons.setdefault((row.parameter, row.reason), []).append(row)
    for (name, reason), same in list(reasons.items())[:REASONS]:
        yield _place(name, same, report.output_shape), reason + _instead(same[0])
    if len(reasons) > REASONS:
        yield "…", f"{len(reasons) - REASONS} more such reasons are left out"


def _instead(row: Row) -> str:
    """Where a kink does not disturb, as the end of a sentence."""
    if row.kink is None or row.verdict is not Verdict.UNDECIDED or not math.isfinite(row.kink.smooth):
        return ""
    step = f"{'−' if row.kink.smooth < 0 else '+'}{short(abs(row.kink.smooth))}"
    return f"; f is smooth {step} away, where it can be checked instead"


def _place(name: str, rows: Sequence[Row], outputs: tuple[int, ...]) -> str:
    """Where a reason that several rows share holds."""
    first = rows[0]
    place = first.name if first.output is None else f"{first.name}, output {_output_of(first, outputs)}"
    return place if len(rows) == 1 else f"{place} and {len(rows) - 1} more of {name}"
