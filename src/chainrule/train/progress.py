"""A progress bar of epochs with loss and remaining time, on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Called with the epochs done (a fraction inside an epoch) and the last losses.
Report = Callable[[float, float, float | None], None]


@contextmanager
def progress_bar(epochs: int, show: bool | None, unit: str = "epoch") -> Iterator[Report]:
    """A function to report to, which draws a bar.

    Args:
        epochs: how many there will be.
        unit: what they are called.
        show: ``None`` shows the bar on a terminal only.
    """
    if not (sys.stderr.isatty() if show is None else show):
        yield lambda done, loss, validation_loss: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn(unit),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.fields[losses]}"),
        TimeElapsedColumn(),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("training", total=epochs, losses="")

        validated = ""  # stays on show while the next epoch runs

        def report(done: float, loss: float, validation_loss: float | None) -> None:
            nonlocal validated
            if validation_loss is not None:
                validated = f", validation {validation_loss:.4g}"
            bar.update(task, completed=done, losses=f"loss {loss:.4g}{validated}")

        yield report
