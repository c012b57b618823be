"""``chainrule runs``: what has been trained."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click

from chainrule.cli.runs.compare import compare
from chainrule.cli.runs.listing import list_command


class ListByDefault(click.Group):
    """A group whose first command need not be named: ``runs FOLDER`` is ``runs list FOLDER``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name in where it was left out."""
        return super().parse_args(ctx, args if args and self._names(ctx, args[0]) else ["list", *args])

    def _names(self, ctx: click.Context, word: str) -> bool:
        """Whether a word is, or was meant to be, the name of a command, not of a folder."""
        if word in self.commands or word in ctx.help_option_names:
            return True
        return not Path(word).exists() and bool(get_close_matches(word, self.commands, n=1))


@click.group(cls=ListByDefault, short_help="What has been trained: list runs, compare them.")
def runs() -> None:
    """List the runs in a folder and below (`chainrule runs FOLDER`), or compare some of them.

    \b
    Example:
      chainrule runs list models
    """


for command in (list_command, compare):
    runs.add_command(command)
