"""Training told to a run's folder: a line of history after each epoch, a checkpoint now and then."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np

from ..io import save
from ..nn import Ensemble, Network
from ..runs import RunFolder
from ..runs.run import as_run
from .checkpoint import Checkpoint, Moment
from .checkpoint_file import COLUMNS, Form, to_file
from .history import Columns, History

#: Writing checkpoints takes at most this share of the time.
SHARE = 1 / 50


class Recording:
    """What the loop tells, written to a run's folder.

    Args:
        folder: of a run that has begun.
        validated: whether there are validation losses.
    """

    def __init__(self, folder: RunFolder, validated: bool) -> None:
        self._folder, self._validated = folder, validated
        self._latest: Moment | None = None
        self._pending = False
        self._written, self._wait = 0.0, 0.0  # the first at once: a disk that is full is found at the start

    def resume(self, form: Form) -> Checkpoint | None:
        """Where to go on, if anywhere; the history is then that of the epochs before."""
        start = self._folder.newest(form.read)
        columns = tuple(np.empty(0) for _ in COLUMNS) if start is None else start.history
        self._folder.write_history(self._records(1, columns), anew=True)
        return start

    def epochs(self, first: int, columns: Columns) -> None:
        """Append their lines."""
        self._folder.write_history(self._records(first, columns))

    def standing(self, moment: Moment) -> None:
        """Write a checkpoint, if it is time for one or training has ended."""
        self._latest, self._pending = moment, True
        if moment.stopped_by is not None or perf_counter() - self._written >= self._wait:
            self.write()

    def write(self) -> None:
        """Write a checkpoint of where training stands, unless that is on disk."""
        if self._latest is None or not self._pending:
            return
        began = perf_counter()
        self._folder.write_checkpoint(*to_file(self._latest.checkpoint()))
        self._pending, self._written = False, perf_counter()
        every = self._folder.every
        self._wait = max(every, (self._written - began) / SHARE) if every else 0.0

    def _records(self, first: int, columns: Any) -> Iterator[dict[str, Any]]:
        lists = [column.tolist() for column in columns]
        for epoch, values in enumerate(zip(*lists, strict=True), start=first):
            record = {"epoch": epoch, **dict(zip(COLUMNS, values, strict=True))}
            yield record if self._validated else {**record, "validation_loss": None}


@contextmanager
def opened(run: Any) -> Iterator[RunFolder | None]:
    """The folder of a run: one that is open already stays so, and ``None`` is none."""
    if run is None or isinstance(run, RunFolder):
        yield run
        return
    with as_run(run).open() as folder:
        yield folder


def newly_opened(folder: RunFolder | None, run: Any) -> RunFolder | None:
    """The folder, where :func:`opened` has opened it: whoever gave an open one begins and finishes it."""
    return None if folder is run else folder


def conclude(folder: RunFolder, network: Network | Ensemble, *histories: History) -> None:
    """Save the network in its run's folder; the run is finished then, unless it was interrupted.

    Raises:
        RunError, ModelFileError: the folder cannot be written.
    """
    if folder.finished:
        warnings.warn(
            f"the run in {folder.path} had finished ({histories[-1].stopped_by}): nothing was trained",
            RuntimeWarning,
            stacklevel=3,
        )
        return
    save(network, folder.path, training=metrics(*histories))
    finish(folder, *histories)


def finish(folder: RunFolder, *histories: History, scores: Mapping[str, Any] | None = None) -> None:
    """Say that a run, the model of which is saved, is finished, unless it was interrupted.

    Args:
        folder: of the run.
        histories: of its training, one for each network.
        scores: how good the model is, beside its losses.

    Raises:
        RunError: the folder cannot be written.
    """
    last = histories[-1]
    if last.stopped_by != "interrupt":
        found = {**metrics(*histories), **(scores or {})}
        epochs, seconds = (sum(map(len, histories)), sum(float(each.seconds.sum()) for each in histories))
        folder.finish(last.stopped_by, epochs, seconds, found)


def metrics(*histories: History) -> dict[str, Any]:
    """The losses of the best epoch, by which runs are compared; of several networks their means."""
    if not all(map(len, histories)):
        return {}
    best = [history.best for history in histories]
    if len(best) == 1:
        return {"best_epoch": best[0].epoch, "loss": best[0].loss, "validation_loss": best[0].validation_loss}
    held_out = [each.validation_loss for each in best if each.validation_loss is not None]
    return {
        "loss": float(np.mean([each.loss for each in best])),
        "validation_loss": float(np.mean(held_out)) if held_out else None,
    }
