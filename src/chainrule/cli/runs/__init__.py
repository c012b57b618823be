"""``chainrule runs``: what has been trained."""

from __future__ import annotations

import click

from chainrule.cli.runs.compare import compare
from chainrule.cli.runs.listing import list_command


class ListByDefault(click.Group):
    """A group whose first command need not be named: ``runs FOLDER`` is ``runs list FOLDER``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name in where it was left out."""
        named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["list", *args])


@click.group(cls=ListByDefault, short_help="What has been trained: list runs, compare them.")
def runs() -> None:
    """List the runs in a folder and below (`chainrule runs FOLDER`), or compare some of them.

    \b
    Example:
      chainrule runs list models
    """


for command in (list_command, compare):
    runs.add_command(command)
