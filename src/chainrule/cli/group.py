"""A command group that says what went wrong on one line."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from chainrule.cli.sections import SectionedGroup
from chainrule.errors import ChainruleError


class Refusal(click.ClickException):
    """Bad usage or bad data: one line on standard error, and exit status 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class AnswerIsNo(Refusal):
    """All went well, and the answer is no."""

    exit_code = 1


class Interrupted(Refusal):
    """Ctrl-C: the exit status that a shell reports for a program that it ended."""

    exit_code = 130


class OneLineErrors(SectionedGroup):
    """A group whose users see no traceback for a mistake of theirs, or for Ctrl-C."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        _open_closed_streams()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal that has no "σ" still gets the rest
        return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with one_line_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with one_line_errors(), warnings.catch_warnings():
            warnings.showwarning = _one_line_warning
            return super().invoke(ctx)


def _open_closed_streams() -> None:
    """Take what is written to a stream that is closed (``>&-``), and keep nothing of it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            opened = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
            setattr(sys, name, opened)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn every error that a user can cause into a :class:`Refusal`."""
    try:
        yield
    except ChainruleError as error:
        raise Refusal(error.one_line()) from error
    except click.UsageError as error:
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            raise
        command = error.ctx.command_path if error.ctx else "chainrule"
        said = error.format_message().rstrip(".")
        raise Refusal(f"{said}{'' if said.endswith('?') else '.'} See {command} --help") from error
    except MemoryError as error:
        raise Refusal(f"out of memory: {error}") from error
    except OSError as error:
        if error.errno == errno.EPIPE:  # a reader such as `head` has enough: click ends quietly
            raise
        raise Refusal(
            f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
        ) from error
    except KeyboardInterrupt:
        raise Interrupted("interrupted") from None


def _one_line_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """What the user needs of a warning: not the place in this software that gave it."""
    click.echo(f"Warning: {' '.join(str(message).split())}", err=True)
