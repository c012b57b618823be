"""A run while a command trains: its folder is held, and an interrupt says how to go on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from chainrule.cli.group import Interrupted
from chainrule.cli.invocation import command_line
from chainrule.cli.screen import Screen
from chainrule.runs import Run, RunFolder, file_fingerprint


@contextmanager
def running(
    run: Run, table: Path, options: Mapping[str, str | bool | list[str]], *, force: bool
) -> Iterator[RunFolder]:
    """The folder of a run, until training and all that comes after it are done.

    Raises:
        RunError: it is in use, holds something else, or cannot be written.
        Interrupted: Ctrl-C or SIGTERM, at any moment.
    """
    prints = {"the table": file_fingerprint(table)} if table.is_file() else {}
    try:
        with _sigterm_interrupts(), run.open(replace=force, command=options, data=prints) as folder:
            yield folder
    except KeyboardInterrupt:
        raise interrupted(run, "interrupted") from None


def interrupted(run: Run, what: str) -> Interrupted:
    """The error that says how to go on."""
    return Interrupted(f"{what}; to go on: {command_line('train', '--resume', run.folder)}")


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM be what Ctrl-C is, so that it too ends a run in good order."""
    if threading.current_thread() is not threading.main_thread():  # only it may say what a signal does
        yield
        return

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def say_finished(folder: Path, table: Path, facts: Mapping[str, Any], screen: Screen) -> None:
    """What there is to say of a run that needs no resuming."""
    screen.say(f"{folder} has finished already, after {facts['epochs']} epochs: nothing is left to train")
    screen.say(f"next      {command_line('predict', folder, table)}", style="bold")
