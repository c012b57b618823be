"""``chainrule inspect``: what is in a table, and what training would do with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.options import (
    PATH,
    chosen_kinds,
    drop_option,
    json_option,
    layout_options,
    missing_option,
    stream_option,
    type_option,
)
from chainrule.cli.screen import Screen, emit_json, working

if TYPE_CHECKING:
    from chainrule.data import ColumnProfile

#: Examples are cut to so many characters.
WIDTH = 44
MOST_COLUMNS = 200


@click.command(short_help="What is in a table, and what becomes of it.")
@click.argument("table", type=PATH)
@type_option
@missing_option
@drop_option
@stream_option
@layout_options
@json_option
def inspect(
    table: Path,
    types: tuple[str, ...],
    missing: tuple[str, ...],
    drop: tuple[str, ...],
    stream: bool,
    as_json: bool,
    **layout: Any,
) -> None:
    """Show the columns of TABLE (CSV or Parquet): types, what is missing, what training does with them.

    Nothing is changed. Types are inferred from all rows; --type sets another.

    \b
    Example:
      chainrule inspect houses.csv --type zip=category --type "sold=date:%d/%m/%Y"
    """
    from chainrule.cli.reading import open_table
    from chainrule.data import profile_table

    kinds = chosen_kinds(types)
    with working(f"reading {table}"), open_table(table, kinds, missing, stream, drop, **layout) as opened:
        kept = opened.rows
        profiles, count = profile_table(kept, opened.folder), len(kept)
    if as_json:
        columns = [each.to_dict() for each in profiles]
        emit_json({"table": str(table), "rows": count, "remarks": kept.remarks, "columns": columns})
    else:
        _show(Screen(), table, count, profiles)
        for remark in kept.remarks:
            Screen().say(f"note      {remark}")


def _show(screen: Screen, path: Path, rows: int, profiles: tuple[ColumnProfile, ...]) -> None:
    from chainrule.data.wording import count_rows, cut

    columns = "1 column" if len(profiles) == 1 else f"{len(profiles):,} columns"
    screen.say(f"{path}: {count_rows(rows)}, {columns}")
    header = ("column", "type", "missing", "distinct", "range or examples", "as an input")
    shown = [_line(each, rows) for each in profiles[:MOST_COLUMNS]]
    if len(profiles) > MOST_COLUMNS:
        shown.append((f"… {len(profiles) - MOST_COLUMNS:,} more: --json", "", "", "", "", ""))
    screen.table(header, shown, numbers=False)
    for each in profiles:
        for note in each.notes:
            screen.say(f"warning   {cut(each.name)}: {note}")


def _line(profile: ColumnProfile, rows: int) -> tuple[Any, ...]:
    from chainrule.data.wording import cut

    summary = profile.summary
    values = " … ".join(profile.range) if profile.range else ", ".join(profile.examples)
    absent = f"{summary.missing:,} ({summary.missing / rows:.0%})" if summary.missing else ""
    use = f"left out: {profile.left_out}" if profile.left_out else profile.use or "see the warning below"
    shown = values if len(values) <= WIDTH else values[: WIDTH - 1] + "…"
    return cut(profile.name), profile.type, absent, f"{summary.distinct:,}", " ".join(shown.split()), use
