"""A report for a terminal: in colour through rich, or as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from ..report import Report
from ..verdicts import Verdict
from .content import Content, Grid, content

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

STYLES = {Verdict.PASS: "bold green", Verdict.FAIL: "bold red", Verdict.UNDECIDED: "bold yellow"}
WIDEST = 10_000
"""More columns than any line has: nothing is broken."""


def plain(report: Report) -> str:
    """The report as text without colour, in lines of any length."""
    from rich.console import Console

    file = StringIO()
    Console(file=file, width=WIDEST, color_system=None, legacy_windows=False).print(renderable(report))
    return "\n".join(line.rstrip() for line in file.getvalue().rstrip().splitlines())


def renderable(report: Report) -> Group:
    """What rich prints for a report."""
    from rich.console import Group, RenderableType
    from rich.text import Text

    told = content(report)
    grids = [[_table(grid)] for grid in (told.tensors, told.rows) if grid]
    more = [Text(told.rows.more, style="dim")] if told.rows and told.rows.more else []
    sections: list[Sequence[RenderableType]] = [[_headline(told), *_findings(told)], *grids, more]
    sections += [_remarks(told), _facts(told)]
    lines = [line for section in sections if section for line in (*section, Text())]
    return Group(*lines[:-1])


def _headline(told: Content) -> Text:
    from rich.text import Text

    return Text.assemble((str(told.verdict), STYLES[told.verdict]), ": ", told.headline)


def _findings(told: Content) -> list[Text]:
    from rich.text import Text

    return [Text.assemble(("note", "bold"), f": {finding}") for finding in told.findings]


def _remarks(told: Content) -> list[Text]:
    from rich.text import Text

    return [Text.assemble((place, "bold"), f": {remark}") for place, remark in told.remarks]


def _facts(told: Content) -> list[Text]:
    from rich.text import Text

    return [Text(f"{name}: {value}", style="dim") for name, value in told.facts]


def _table(grid: Grid) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
    for index, name in enumerate(grid.header):
        is_number = 0 <= len(grid.header) - 2 - index < grid.numeric
        table.add_column(Text(name), justify="right" if is_number else "left", overflow="fold")
    for line in grid.lines:
        *cells, verdict = line.cells
        table.add_row(*map(Text, cells), Text(verdict, style=STYLES[line.verdict]))
    return table
