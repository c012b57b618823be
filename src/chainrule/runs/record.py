"""What ``run.json`` and ``result.json`` hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from .. import __version__
from ..errors import RunError

FORMAT = "chainrule run"
VERSION = 1

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run is, written when it begins.

    Args:
        format: what this file is.
        version: of the format.
        id: of this run; its checkpoints carry it.
        began: when, UTC, ISO 8601.
        configuration: every setting that the result depends on.
        data: fingerprints of the data, by name.
        environment: versions, processor and threads.
        command: the options that were given at the command line, if it began there.
    """

    format: str
    version: int
    id: str
    began: str
    configuration: dict[str, Any]
    data: dict[str, str]
    environment: dict[str, str]
    command: dict[str, str | bool | list[str]] = field(default_factory=dict)

    @property
    def announced(self) -> bool:
        """Whether its settings are still to be found, by parts of the run that come first."""
        return not self.configuration


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended, written when its model is saved.

    Args:
        run: its id.
        ended: when, UTC, ISO 8601.
        stopped_by: why.
        epochs: how many there were.
        seconds: that they took.
        metrics: how good the model is.
    """

    run: str
    ended: str
    stopped_by: str
    epochs: int
    seconds: float
    metrics: dict[str, Any]


def encode(record: RunRecord | RunResult) -> bytes:
    """The bytes of the file."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(record), indent=2)


def decode_record(data: bytes, path: object) -> RunRecord:
    """The content of a ``run.json``.

    Raises:
        RunError: it is damaged, of another format, or of a later version.
    """
    record = _decode(data, RunRecord, path)
    if record.format != FORMAT:
        raise RunError(f"{path} is not that of a chainrule run")
    if record.version > VERSION:
        raise RunError(
            f"{path} is in format {record.version}, this is chainrule {__version__}",
            expected=f"format {VERSION} at most",
            instead="pip install --upgrade chainrule",
        )
    try:
        datetime.fromisoformat(record.began).astimezone()
    except (ValueError, OverflowError):
        raise RunError(
            f"{path} is damaged: it began at {record.began!r}", expected="a moment as ISO 8601 writes it"
        ) from None
    return record


def decode_result(data: bytes, path: object) -> RunResult:
    """The content of a ``result.json``.

    Raises:
        RunError: it is damaged.
    """
    return _decode(data, RunResult, path)


def _decode(data: bytes, kind: type[Content], path: object) -> Content:
    import msgspec

    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RunError(f"{path} is damaged: {error}") from None
