"""Commands and groups with so much to choose from that their help shows it in sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click


class SectionedCommand(click.Command):
    """A command whose help lists its options by title; those of no section come last, as "Options".

    Args:
        sections: the options' names by title.
    """

    def __init__(
        self, *args: Any, sections: Mapping[str, Sequence[str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sections = dict(sections or {})

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        options = (each for each in self.get_params(ctx) if isinstance(each, click.Option))
        records = {each.name: each.get_help_record(ctx) for each in options}
        parts = [
            (title, [records.pop(name, None) for name in names]) for title, names in self.sections.items()
        ]
        for title, found in (*parts, ("Options", list(records.values()))):
            rows = [record for record in found if record is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class SectionedGroup(click.Group):
    """A group whose help lists its commands by title, in the order in which they are of use.

    Args:
        sections: the commands by title.
    """

    def __init__(
        self, *args: Any, sections: Mapping[str, Sequence[click.Command]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sections = dict(sections or {})
        for commands in self.sections.values():
            for command in commands:
                self.add_command(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections; commands of none come last, as "Commands"."""
        listed = [each for commands in self.sections.values() for each in commands]
        rest = [each for each in self.commands.values() if each not in listed]
        widest = max(map(len, self.commands), default=0)
        for title, commands in (*self.sections.items(), ("Commands", rest)):
            rows = [
                (str(each.name).ljust(widest), each.get_short_help_str(formatter.width)) for each in commands
            ]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
