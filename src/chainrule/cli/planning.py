"""From the options of ``chainrule train`` to its plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from chainrule.cli.learning import as_settings
from chainrule.cli.options import chosen_kinds, layout_options
from chainrule.cli.preparing import as_preparation, refuse_strays

if TYPE_CHECKING:
    from chainrule.cli.training import Plan


def planned(ctx: click.Context, table: Path, options: Mapping[str, Any]) -> Plan:
    """Read the table and plan what the options ask for.

    Args:
        ctx: until it ends, the table stays open.
        table: the file.
        options: what, how and from which columns; all that `train` has, but for those of its folder.

    Raises:
        DataError, ArgumentError: the table does not fit, or the options do not go together.
    """
    from chainrule.cli.reading import open_table
    from chainrule.cli.training import make_plan

    left = dict(options)
    target, drop, missing, stream = (left.pop(name) for name in ("target", "drop", "missing", "stream"))
    kinds = dict.fromkeys(left.pop("category"), "category") | chosen_kinds(left.pop("types"))
    layout = layout_options.take(left)
    opened = ctx.with_resource(open_table(table, kinds, missing, stream, drop, **layout))
    said = {name for name in left if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    rows = refuse_strays(opened.rows, table, target, **layout)
    return make_plan(rows, target, as_preparation(left), as_settings(left, said), opened.folder)
