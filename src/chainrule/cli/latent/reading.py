"""How the tables of ``chainrule latent`` are read: options that its commands share, and what they mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.cli.option_group import OptionGroup
from chainrule.cli.options import chosen_kinds, drop_option, layout_options, missing_option, type_option
from chainrule.cli.screen import note

if TYPE_CHECKING:
    from chainrule.data import Table

#: How a file is laid out, and what means no value, where a model says which columns it must have.
same_table_options = OptionGroup(missing_option, *layout_options.options)
#: Which columns a command reads too.
table_options = OptionGroup(drop_option, type_option, *same_table_options.options)


def reading(choices: dict[str, Any]) -> dict[str, Any]:
    """What :data:`table_options` asked for, as :func:`~chainrule.data.read_table` takes it; it is taken out
    of the choices."""
    asked = table_options.take(choices)
    return asked | {"kinds": chosen_kinds(asked.pop("types"))}


def read_numbers(path: Path, **asked: Any) -> Table:
    """The whole table in a file.

    Args:
        path: the file.
        asked: as :func:`reading` gives it.

    Raises:
        DataError: a column is not numbers, or has no value.
    """
    from chainrule.cli.latent.density import require_numbers, require_values
    from chainrule.data import read_table

    return require_values(require_numbers(read_table(path, **asked)))


def note_remarks(table: Table) -> None:
    """Say what was left out of a table."""
    for remark in table.remarks:
        note(remark)
