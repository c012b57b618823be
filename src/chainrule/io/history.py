"""A run's history: one JSON object a line, appended while it goes on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import ModelFileError
from .plain import encode_notes
from .reading import read_whole


def append_history(path: str | os.PathLike[str], *records: Mapping[str, Any]) -> None:
    """Append records to a history file, which is made where there is none, in one write.

    A line that a crash cut off is removed first: the file has whole lines, and at most one part of a line at
    its end. It does not wait for the disk, which would take longer than an epoch of a small network.

    Args:
        path: such as ``history.jsonl`` in a run's folder, which is there.
        records: what JSON can hold, and NumPy numbers; NaN and infinity become null.

    Raises:
        ArgumentError: a record holds something that JSON has not; nothing is written.
        OSError: the file cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     append_history(f"{folder}/history.jsonl", {"epoch": 1, "loss": 0.5})
    ...     append_history(f"{folder}/history.jsonl", {"epoch": 2, "loss": 0.25})
    ...     [record["loss"] for record in read_history(f"{folder}/history.jsonl")]
    [0.5, 0.25]
    """
    lines = b"".join(encode_notes(record) + b"\n" for record in records)
    with Path(path).open("ab+") as file:
        file.truncate(_end_of_whole_lines(file))
        file.write(lines)


def read_history(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The records of a history file; a line that a crash cut off at its end is left out.

    Raises:
        ModelFileError: the file is missing, or a line is no JSON object.
    """
    import msgspec

    whole, _, _ = read_whole(Path(path), None).rpartition(b"\n")
    records = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            records.append(msgspec.json.decode(line, type=dict[str, Any]))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ModelFileError(f"{path}, line {number} is no JSON object: {error}") from None
    return records


def _end_of_whole_lines(file: BinaryIO) -> int:
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return 0
    file.seek(size - 1)
    if file.read(1) == b"\n":
        return size
    file.seek(0)
    return file.read().rfind(b"\n") + 1
