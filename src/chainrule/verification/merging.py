"""Several reports as one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from .report import Report


def titled(report: Report, title: str) -> Report:
    """The report with a title before the name of every tensor."""
    tensors = tuple(
        replace(
            tensor,
            name=title + tensor.name,
            rows=tuple(replace(row, parameter=title + row.parameter) for row in tensor.rows),
        )
        for tensor in report.tensors
    )
    curves = tuple(replace(curve, name=title + curve.name) for curve in report.curves)
    return replace(report, tensors=tensors, curves=curves)


def together(reports: Iterable[Report]) -> Report:
    """Several reports as one."""
    each = list(reports)
    return replace(
        each[0] if each else Report(()),
        tensors=tuple(tensor for report in each for tensor in report.tensors),
        curves=tuple(curve for report in each for curve in report.curves),
        findings=tuple(dict.fromkeys(finding for report in each for finding in report.findings)),
        evaluations=sum(report.evaluations for report in each),
        seconds=math.fsum(report.seconds for report in each),
        refusal=next(
            (report.refusal for report in each if report.refusal), "" if each else "there is no sample"
        ),
    )
