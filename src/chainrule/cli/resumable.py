"""A command whose work is kept in a run's folder: ``--resume RUN`` stands for all that was said at first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from chainrule.cli.numbers import Number
from chainrule.cli.options import PATH
from chainrule.cli.sections import SectionedCommand
from chainrule.errors import RunError

#: What may be said anew, since the result does not depend on it: where a table lies, and how much to show.
FREE = frozenset({"resume", "table", "output", "as_json", "force", "checkpoint_every"})

resume_option = click.option(
    "--resume",
    type=PATH,
    metavar="RUN",
    help="Go on with the run in this folder; says all other options too.",
)
checkpoint_option = click.option(
    "--checkpoint-every",
    type=Number(min=0),
    default=15,
    show_default=True,
    metavar="SECONDS",
    help="From one checkpoint to the next.",
)

Options = dict[str, str | bool | list[str]]


class ResumableCommand(SectionedCommand):
    """A command with TABLE and ``--resume``, which takes what is not said from the run that is resumed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; a difference from the run's own options is refused by name."""
        said, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        folder = said.get("resume")
        if not isinstance(folder, str):
            rest = super().parse_args(ctx, args)
            ctx.meta["options"] = self._said(ctx, said)
            return rest
        if said.get("output") not in (None, folder):
            raise RunError(f"-o {said['output']} with --resume {folder}", expected="one folder of the two")
        options = self._options(Path(folder))
        first = self._with(options, ctx.parent)
        ctx.default_map = options
        rest = super().parse_args(ctx, args)
        for name in self._said(ctx, said):
            if ctx.params[name] != first.params[name]:
                raise RunError(
                    f"{_flag(self, name)} is not that of the run in {folder}",
                    expected=_words(first.params[name]),
                    instead="leave it out, or another folder after -o for another run",
                )
        ctx.meta["options"] = options
        return rest

    def begun(self, folder: Path, parent: click.Context | None = None) -> dict[str, Any]:
        """The parameters that this command had when it began the run in a folder.

        Raises:
            RunError: there is no such run, or it did not begin with this command.
        """
        return self._with(self._options(folder), parent).params

    def _with(self, options: Options, parent: click.Context | None) -> click.Context:
        return self.make_context(self.name, [], parent=parent, default_map=options)

    def _said(self, ctx: click.Context, values: Mapping[str, Any]) -> Options:
        """The options that were said, as they were written."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if name not in FREE and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        }

    def _options(self, folder: Path) -> Options:
        """The options that a run began with, and its table.

        Raises:
            RunError: there is no such run, or it did not begin with this command.
        """
        from chainrule.runs.reading import read_record

        options = dict(read_record(folder).command)
        kinds = {each.name: list if getattr(each, "multiple", False) else str for each in self.params}
        for name, value in options.items():
            if name not in kinds or not isinstance(value, kinds[name] | bool):
                raise RunError(
                    f"the run in {folder} has an option {name}={value!r} that this command has not"
                )
        if "table" not in options:
            raise RunError(f"the run in {folder} did not begin with chainrule {self.name}")
        options["table"] = _from_here(folder, str(options["table"]))
        return options


def choices_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Of a command's parameters those that the result depends on."""
    return {name: value for name, value in options.items() if name not in FREE}


def options_to_keep(ctx: click.Context, table: Path, folder: Path) -> Options:
    """What the run's folder keeps of the command line.

    The table is kept by its way from the folder, since both may be moved together.
    """
    try:
        way = os.path.relpath(table, folder)
    except ValueError:  # on another drive
        way = str(table.absolute())
    return {**ctx.meta["options"], "table": way}


def _from_here(folder: Path, way: str) -> str:
    path = os.path.normpath(folder / way)
    try:
        return path if Path(way).is_absolute() else os.path.relpath(path)
    except ValueError:
        return path


def _flag(command: click.Command, name: str) -> str:
    return next(each.opts[0] for each in command.params if each.name == name)


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
