"""A command with so many options that its help shows them in sections."""

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
