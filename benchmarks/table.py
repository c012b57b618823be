"""The results as Markdown tables: a row a case, a column a contestant, a ratio in every cell.

``python -m benchmarks.table RESULTS.json`` prints a kept run with ratios alone, as the README shows it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .contestants import CONTESTANTS, OURS, PEAK_OF_ALL, PEAK_OF_ONE
from .measurement import Measurement, multiple, quantity
from .targets import verdicts

COLUMNS = (*(who.name for who in CONTESTANTS), PEAK_OF_ONE, PEAK_OF_ALL)
TARGETS_HEAD = ("| case | beside | wanted | measured | |", "| --- | --- | ---: | ---: | --- |")

LEGEND = (
    f"Medians, of accuracies means; ×: how many times {OURS}'s (above 1: {OURS} needs less).",
    "±: half the distance of the quartiles, as a part of the median; of accuracies the standard error.",
    f"Peak: what a step's matrix products take at the peak; its ratio is the share that {OURS} reaches.",
)

Cell = Callable[[Measurement, Measurement], str]


def report(run: Mapping[str, Any], cell: Cell) -> str:
    """What a run found, and where: the text that the command prints and writes."""
    parts = [section(name, found, cell) for name, found in run["benchmarks"].items()]
    missing = [f"- {name} is missing: {reason}" for name, reason in run["missing"].items()]
    everything = [m for found in run["benchmarks"].values() for m in _measurements(found)]
    if lines := verdicts(everything):
        parts.append("\n".join(["## targets", "", *TARGETS_HEAD, *lines]))
    return "\n\n".join([*parts, "\n".join([*LEGEND, *missing]), _place(run)])


def section(name: str, found: Mapping[str, Any], cell: Cell) -> str:
    """A benchmark's heading, its threads and the load, and its table."""
    before, after = found["load"]
    threads = f"{found['threads']} thread(s)" if found["threads"] else "each library's own number of threads"
    busy = f"; beside {found['busy']} busy process(es)" if found["busy"] else ""
    where = f"{threads}{busy}; load {before:.1f} before and {after:.1f} after"
    return f"## {name}\n\n{where}\n\n{table(_measurements(found), cell)}"


def _measurements(found: Mapping[str, Any]) -> list[Measurement]:
    return [Measurement(**measurement) for measurement in found["measurements"]]


def with_spread(measured: Measurement, ours: Measurement) -> str:
    """Median, half the distance of the quartiles, and ratio, as ``24.1 µs ± 2% (3.7×)``."""
    digits = 1 if measured.unit == "share" else 0
    text = f"{quantity(measured.centre, measured.unit)} ± {measured.spread:.{digits}%}"
    return text if measured is ours else f"{text} ({ratio(measured, ours)})"


def ratio(measured: Measurement, ours: Measurement) -> str:
    """How many times ours this is: above 1, ours needs less. For ours itself, the median."""
    if measured is ours:
        return quantity(ours.centre, ours.unit)
    return multiple(measured.centre / ours.centre)


def _place(run: Mapping[str, Any]) -> str:
    where = run["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in where["versions"].items())
    return (
        f"{run['date']}; {where['processor']}, {where['cores']} cores, {where['memory'] / 2**30:.0f} GiB; "
        f"{where['system']}; Python {where['python']}; {where['blas']}; {versions}."
    )


def table(measurements: Sequence[Measurement], cell: Cell) -> str:
    """Rows in the order of the measurements, columns in that of the contestants."""
    cells = {(m.case, m.contestant): m for m in measurements}
    taking_part = {m.contestant for m in measurements}
    names = [name for name in COLUMNS if name in taking_part]
    rows = [["", *names], ["---", *["---:"] * len(names)]]
    for case in dict.fromkeys(m.case for m in measurements):
        measured = {name: cells.get((case, name)) for name in names}
        rows.append([case, *(_text(measured[name], cells[case, OURS], cell) for name in names)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _text(measured: Measurement | None, ours: Measurement, cell: Cell) -> str:
    return "" if measured is None else cell(measured, ours)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    aligned = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
    return f"| {' | '.join(aligned)} |"


if __name__ == "__main__":
    print(report(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), ratio))
