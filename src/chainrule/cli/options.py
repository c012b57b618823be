"""Options that several commands have."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import click

from chainrule.cli.completion import column_names
from chainrule.cli.numbers import WholeNumber
from chainrule.cli.option_group import Decorator, OptionGroup, defaulted

PATH = click.Path(path_type=Path)


class PathEnding(click.Path):
    """The path of a file to write, whose ending says in which of some formats; ``said``: these in words."""

    def __init__(self, endings: Collection[str], said: str = "") -> None:
        super().__init__(path_type=Path)
        self._endings, self._said = endings, said or ", ".join(endings)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path, if it ends in one of those, in small letters or capitals."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if path.suffix.lower() not in self._endings:
            self.fail(f"{path} ends in none of {self._said}", param, ctx)
        return path


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
force_option = click.option("--force", is_flag=True, help="Replace what is there.")
seed_option = defaulted("--seed", WholeNumber(min=0), 0, "Same seed, same result.")


def column_option(flag: str, help: str, **more: Any) -> Decorator:
    """An option that takes a column's name, which the tab key completes."""
    return click.option(flag, metavar="COL", help=help, shell_complete=column_names, **more)


drop_option = column_option("--drop", "A column to leave out; repeatable.", multiple=True)
type_option = click.option(
    "--type",
    "types",
    multiple=True,
    metavar="COL=TYPE",
    help="Read a column as number, boolean, category, date or text; a format may follow, as in "
    "sold=date:%d/%m/%Y, seen=date:%s (seconds since 1970) or price=number:1.234,5. Repeatable.",
)
stream_option = click.option(
    "--stream",
    is_flag=True,
    help="Keep the table on disk, however small it is; those larger than memory are in any case.",
)
missing_option = click.option(
    "--missing", multiple=True, metavar="WORD", help="A word that means no value, such as -999; repeatable."
)

#: How a CSV file is laid out; the names are those of :func:`~chainrule.data.read_table` too.
layout_options = OptionGroup(
    click.option(
        "--delimiter",
        metavar="CHARS",
        help="What separates the fields: a character or several, tab, or space for any number of them.  "
        "[default: found in the first lines]",
    ),
    click.option(
        "--comment",
        metavar="MARK",
        help="Lines that begin with it are left out.  [default: #, if the first line begins so]",
    ),
    click.option(
        "--skip-lines",
        type=WholeNumber(min=0),
        metavar="N",
        help="How many lines stand above the columns' names.  [default: found in the first lines]",
    ),
    click.option(
        "--no-header",
        "header",
        flag_value=False,
        default=True,
        help="There is no line of names; the columns are x1, x2, ….",
    ),
)


def chosen_kinds(types: tuple[str, ...]) -> dict[str, str]:
    """The types that ``--type`` asks for, by column.

    Raises:
        BadParameter: a value has no equals sign.
    """
    split = [each.partition("=") for each in types]
    if bad := [name for name, equals, kind in split if not (name and equals and kind)]:
        raise click.BadParameter(
            f"{bad[0]!r} is not of the form COLUMN=TYPE, such as zip=category", param_hint="--type"
        )
    return {name: kind for name, _, kind in split}


def by_name_or_position(wrt: Sequence[str]) -> int | str | tuple[int | str, ...]:
    """What ``--wrt`` names, as the library takes it: one, or several; ``--wrt 0`` is the first argument."""
    found = tuple(int(name) if name.isdecimal() else name for name in wrt)
    return found[0] if len(found) == 1 else found


def output_option(what: str) -> Decorator:
    """``-o``: where to write."""
    return click.option("-o", "--output", type=PATH, help=what)
