"""What the tab key offers as an option's value, where no list of choices says it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

#: Names that the options of hidden layers take; output layers have theirs by the target.
HIDDEN_ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "softplus", "tanh", "sigmoid")


def column_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The columns of the table that was typed before; none where it cannot be read."""
    from chainrule.cli.options import layout_options
    from chainrule.data.files import open_table_file
    from chainrule.data.layout import Layout
    from chainrule.errors import ChainruleError

    # Where the option that waits for its value comes last, click leaves TABLE among the rest.
    table = ctx.params.get("table") or next(iter(ctx.args), None)
    layout = {name: ctx.params[name] for name in layout_options.names if ctx.params.get(name) is not None}
    if table is None:
        return []
    try:
        names = open_table_file(Path(table), frozenset(), Layout(**layout)).names
    except (ChainruleError, OSError):  # there is no such table: nothing to offer
        return []
    return [_as_typed(name) for name in names if name.startswith(incomplete)]


def activation_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Those of hidden layers."""
    return [name for name in HIDDEN_ACTIVATIONS if name.startswith(incomplete)]


def _as_typed(name: str) -> str:
    """A name as a word of the command line; zsh and fish quote it themselves.

    Bash's own `read` takes one of two backslashes away before the word is typed.
    """
    bash = os.environ.get("_CHAINRULE_COMPLETE", "").startswith("bash")
    return re.sub(r"([^\w@%+=:,./-])", r"\\\\\1", name) if bash else name
