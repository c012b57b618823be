"""The results as one Markdown table: a row a case, a column a contestant, a ratio in every cell.

``python -m benchmarks.table RESULTS.json`` prints a kept run with ratios alone, as the README shows it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .contestants import CONTESTANTS, OURS
from .measurement import Measurement

MAGNITUDES = {
    "seconds": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
    "bytes": ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B")),
}
LEGEND = (
    f"Medians; ×: how many times {OURS}'s (above 1: {OURS} needs less).",
    "±: half the distance of the quartiles, as a part of the median.",
)

Cell = Callable[[Measurement, Measurement], str]


def report(run: Mapping[str, Any], cell: Cell) -> str:
    """What a run found, and where: the text that the command prints and writes."""
    missing = [f"- {name} is missing: {reason}" for name, reason in run["missing"].items()]
    measurements = [Measurement(**measurement) for measurement in run["measurements"]]
    results = table(measurements, run["missing"], cell)
    return "\n".join([results, "", *LEGEND, *missing, "", _place(run, run["machine"])])


def with_spread(measured: Measurement, ours: Measurement) -> str:
    """Median, half the distance of the quartiles, and ratio, as ``24.1 µs ± 2% (3.7×)``."""
    text = f"{quantity(measured.median, measured.unit)} ± {measured.spread:.0%}"
    return text if measured is ours else f"{text} ({ratio(measured, ours)})"


def ratio(measured: Measurement, ours: Measurement) -> str:
    """How many times ours this is: above 1, ours needs less. For ours itself, the median."""
    if measured is ours:
        return quantity(ours.median, ours.unit)
    times = measured.median / ours.median
    return f"{times:{'.0f' if times >= 99.5 else '.2g'}}×"


def _place(run: Mapping[str, Any], where: Mapping[str, Any]) -> str:
    before, after = run["load"]
    versions = ", ".join(f"{name} {version}" for name, version in where["versions"].items())
    return (
        f"{run['date']}; {where['processor']}, {where['cores']} cores, {where['memory'] / 2**30:.0f} GiB, "
        f"load {before:.1f} before and {after:.1f} after; {run['threads']} thread(s); {where['system']}; "
        f"Python {where['python']}; {where['blas']}; {versions}."
    )


def table(measurements: Sequence[Measurement], missing: Mapping[str, str], cell: Cell) -> str:
    """Rows in the order of the measurements, columns in that of the contestants."""
    cells = {(m.case, m.contestant): m for m in measurements}
    names = [who.name for who in CONTESTANTS]
    rows = [["", *names], ["---", *["---:"] * len(names)]]
    for case in dict.fromkeys(m.case for m in measurements):
        measured = {name: cells.get((case, name)) for name in names}
        rows.append(
            [case, *(_text(name in missing, measured[name], cells[case, OURS], cell) for name in names)]
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _text(is_missing: bool, measured: Measurement | None, ours: Measurement, cell: Cell) -> str:
    if measured is None:
        return "missing" if is_missing else ""
    return cell(measured, ours)


def quantity(value: float, unit: str) -> str:
    """Three digits with a unit.

    >>> quantity(0.0000241, "seconds"), quantity(123456789, "bytes")
    ('24.1 µs', '118 MiB')
    """
    size, symbol = next((m for m in MAGNITUDES[unit] if value >= 0.9995 * m[0]), MAGNITUDES[unit][-1])
    return f"{value / size:.3g} {symbol}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    aligned = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
    return f"| {' | '.join(aligned)} |"


if __name__ == "__main__":
    print(report(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), ratio))
