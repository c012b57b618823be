"""The files of a run's folder, and the small ones read."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelFileError, RunError
from ..io.reading import read_whole
from .record import RunRecord, RunResult, decode_record, decode_result

RECORD = "run.json"
RESULT = "result.json"
HISTORY = "history.jsonl"
CHECKPOINTS = "checkpoints"
PARTS = "parts"
#: There are no arrays in them, so longer ones are not ours.
LARGEST = 1 << 24


def read_record(folder: Path) -> RunRecord:
    """What the run in a folder is.

    Raises:
        RunError: there is none, or ``run.json`` is damaged.
    """
    path = folder / RECORD
    return decode_record(_read(path), path)


def read_result(folder: Path) -> RunResult | None:
    """How the run in a folder ended, if it has.

    Raises:
        RunError: ``result.json`` is damaged.
    """
    path = folder / RESULT
    return decode_result(_read(path), path) if path.exists() else None


def _read(path: Path) -> bytes:
    if not path.exists():
        raise RunError(f"there is no run in {path.parent}", expected=f"a folder with {path.name}")
    try:
        return read_whole(path, LARGEST)
    except ModelFileError as error:
        raise RunError(error.given, expected=error.expected) from None
