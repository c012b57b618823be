"""A run's folder while the run goes on: this process alone writes to it.

=================  ====================================================================================
file               written
=================  ====================================================================================
run.lock           when the folder is opened; the system's lock on it is what counts
run.json           when the run begins: configuration, fingerprints of the data, environment
history.jsonl      a line after each epoch
checkpoints/       every few seconds, and when training ends
parts/             a run's folder for each training that this one is made of: folds, members of an ensemble
model.*, others    by whoever saves the model there
result.json        last: the run is finished
=================  ====================================================================================
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace as with_changes
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar

from ..errors import ChainruleError, RunError
from ..io.atomic import atomic_write, remove_left_over
from ..io.folder import may_hold_model
from ..io.plain import encode_notes, plain_notes
from .checkpoints import Arrays, Checkpoints, number_of
from .environment import describe_environment
from .lock import LOCK, FolderLock
from .reading import CHECKPOINTS, HISTORY, PARTS, RECORD, RESULT, read_record
from .record import FORMAT, VERSION, RunRecord, RunResult, encode
from .same import require_same, require_same_data, warn_elsewhere

Restored = TypeVar("Restored")


class RunFolder:
    """A run's folder, open and locked; made by :meth:`Run.open`, closed at the end of a ``with``.

    Args:
        path: of the folder.
        resume: go on with the run that is in it, where there is one.
        replace: begin anew where there is a run or a model.
        every: seconds from one checkpoint to the next.
        keep: how many checkpoints.
        command: the options of the command line.
        data: fingerprints of data that training itself does not see.

    Raises:
        RunError: it is in use, holds something else, or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        resume: bool = False,
        replace: bool = False,
        every: float = 15.0,
        keep: int = 2,
        command: Mapping[str, str | bool | list[str]] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> None:
        self.path, self.every = path, every
        self._keep, self._command, self._data = keep, dict(command or {}), dict(data or {})
        self._history: BinaryIO | None = None
        self._record: RunRecord | None = None
        if not resume:
            (_require_replaceable if replace else _require_free)(path)
        self._made = not path.exists()
        with self._writing():
            path.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(path)
            for written in (path, path / CHECKPOINTS):
                remove_left_over(written)
        try:
            self._before = read_record(path) if resume and (path / RECORD).exists() else None
            if self._before is not None:
                known = {name: self._before.data.get(name, "none") for name in self._data}
                require_same_data(path, known, self._data)
                self._record = self._before if self._before.announced else None
        except BaseException:
            self.close()
            raise

    @property
    def resumed(self) -> bool:
        """Whether there was a run to go on with."""
        return self._before is not None

    @property
    def finished(self) -> bool:
        """Whether its model and its result are there."""
        return (self.path / RESULT).exists()

    @property
    def checkpoints(self) -> Checkpoints:
        """Those of the run that has begun here."""
        return Checkpoints(self.path / CHECKPOINTS, self._begun.id, self._keep)

    @property
    def _begun(self) -> RunRecord:
        if self._record is None:
            raise RunError(f"the run in {self.path} has not begun", instead="begin() first")
        return self._record

    def begin(self, configuration: Mapping[str, Any], data: Mapping[str, str]) -> None:
        """Write what the run is; where it is resumed, make sure that it is the same.

        Args:
            configuration: every setting that the result depends on: what JSON can hold.
            data: fingerprints of the data, by name.

        Raises:
            RunError: the run in the folder has other settings or other data, or cannot be written.
        """
        ours = self._described(configuration, data)
        if self._before is None:
            self._write_record(ours)
        elif self._before.announced:
            warn_elsewhere(self.path, self._before, ours)
            self._write_record(ours)
        else:
            require_same(self.path, self._before, ours)
            self._record = self._before

    def part(self, name: str) -> RunFolder:
        """The folder of a training that is a part of this run, open: gone on with where it has begun.

        Where this run has not begun, its settings are still to be found, and it is written down without.

        Raises:
            RunError: as for :class:`RunFolder`.
        """
        if self._record is None and self._before is None:
            self._write_record(self._described({}, {}))
        return RunFolder(self.path / PARTS / name, resume=True, every=self.every, keep=self._keep)

    def remove_parts(self) -> None:
        """Remove the folders of all parts, which a run that is finished needs no more."""
        with self._writing():
            if (self.path / PARTS).is_dir():
                shutil.rmtree(self.path / PARTS)

    def _described(self, configuration: Mapping[str, Any], data: Mapping[str, str]) -> RunRecord:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        settings, prints = plain_notes(configuration), {**self._data, **data}
        environment = describe_environment()
        return RunRecord(
            FORMAT, VERSION, secrets.token_hex(8), now, settings, prints, environment, self._command
        )

    def _write_record(self, ours: RunRecord) -> None:
        """Write what the run is, in place of what it was announced to be, or of another run."""
        announced = self._record
        self._record = (
            ours if announced is None else with_changes(ours, id=announced.id, began=announced.began)
        )
        with self._writing():
            if announced is None:
                # The result first: from here on the old run is not finished, and without checkpoints begins
                # anew.
                (self.path / RESULT).unlink(missing_ok=True)
                self.checkpoints.remove()
                (self.path / HISTORY).unlink(missing_ok=True)
                self.remove_parts()
            atomic_write(self.path / RECORD, encode(self._record))

    def newest(self, restore: Callable[[dict[str, Any], Arrays], Restored]) -> Restored | None:
        """What the newest whole checkpoint holds; see :meth:`Checkpoints.newest`."""
        return self.checkpoints.newest(restore) if self.resumed else None

    def write_checkpoint(self, state: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
        """Write a checkpoint.

        Raises:
            RunError: it cannot be written; the last one is still there.
        """
        with self._writing():
            self.checkpoints.write(state, arrays)

    def write_history(self, records: Iterator[Mapping[str, Any]], *, anew: bool = False) -> None:
        """Append a line for each epoch, or write all anew.

        Raises:
            RunError: the file cannot be written.
        """
        lines = b"".join(encode_notes(record) + b"\n" for record in records)
        with self._writing():
            if anew or self._history is None:
                self._close_history()
                atomic_write(self.path / HISTORY, lines)
                self._history = (self.path / HISTORY).open("ab", buffering=0)
                return
            while lines:  # where the disk is nearly full, a part is written before the error comes
                lines = lines[self._history.write(lines) :]

    def finish(self, stopped_by: str, epochs: int, seconds: float, metrics: Mapping[str, Any]) -> None:
        """Say that the model is saved, and how good it is.

        Raises:
            RunError: it cannot be written.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._writing():
            result = RunResult(self._begun.id, now, stopped_by, epochs, seconds, plain_notes(metrics))
            atomic_write(self.path / RESULT, encode(result))

    def close(self) -> None:
        """Let others use the folder."""
        self._close_history()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, ChainruleError) and not self.resumed:
            self._remove_if_worthless()
        self.close()

    def _remove_if_worthless(self) -> None:
        """Leave nothing of a new run that failed before there was a checkpoint to go on from."""
        if self._has_come_far:
            return
        if any((self.path / PARTS).glob(f"*/{RECORD}")):  # a part that was worthless has none any more
            return
        self._close_history()
        with self._writing():
            if self._record is not None:
                self.checkpoints.remove()
                self.remove_parts()
            for name in (RESULT, HISTORY, RECORD):
                (self.path / name).unlink(missing_ok=True)
            if (self.path / CHECKPOINTS).is_dir() and not any((self.path / CHECKPOINTS).iterdir()):
                (self.path / CHECKPOINTS).rmdir()
            if self._made and [entry.name for entry in self.path.iterdir()] == [LOCK]:
                (self.path / LOCK).unlink()
                self.path.rmdir()

    @property
    def _has_come_far(self) -> bool:
        """Whether there is a checkpoint to go on from, other than the first, of the very beginning."""
        if self._record is None:
            return False
        paths = self.checkpoints.paths()
        return bool(paths) and (self.resumed or number_of(paths[-1]) > 1)

    def _close_history(self) -> None:
        if self._history is not None:
            self._history.close()
            self._history = None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RunError(
                f"{error.filename or self.path} cannot be written: {error.strerror or error}",
                instead="make room or give permission, then resume: the last checkpoint is whole"
                if self._has_come_far
                else None,
            ) from error


def _require_free(path: Path) -> None:
    if (path / RECORD).exists():
        raise RunError(
            f"{path} has a run already",
            expected="a new folder",
            instead="resume=True to go on with it, or another folder",
        )
    if path.is_file() or (path.is_dir() and any(entry.name != LOCK for entry in path.iterdir())):
        raise RunError(f"{path} is there and holds something else", expected="a new folder for the run")


def _require_replaceable(path: Path) -> None:
    if path.exists() and not (path / RECORD).exists() and not may_hold_model(path):
        raise RunError(f"{path} is there and holds something else", expected="a folder of a run or a model")
