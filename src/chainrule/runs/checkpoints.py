"""Checkpoints on disk: each is one file, named by its number and the SHA-256 of its content.

A file is written under another name, waited for, and renamed, so that it is there whole or not at all; its
own name says whether a byte of it has changed since. The last few are kept, and removed only once a newer one
is there.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray

from ..errors import ChainruleError, RunError
from ..io.atomic import atomic_write
from ..io.tensors import decode_tensors, encode_tensors, sha256

NAME = re.compile(r"(\d{8})-([0-9a-f]{64})\.safetensors")
FORMAT = "chainrule checkpoint 1"

Arrays = dict[str, NDArray[Any]]
Restored = TypeVar("Restored")


class Checkpoints:
    """The checkpoints of one run.

    Args:
        folder: where they are; it is made when the first is written.
        run: the run's id, which each carries.
        keep: how many to keep, 1 or more.
    """

    def __init__(self, folder: Path, run: str, keep: int = 2) -> None:
        self._folder, self._run, self._keep = folder, run, keep

    def write(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Write the next one, and remove the oldest.

        Args:
            state: what JSON can hold.
            arrays: of any names.

        Raises:
            OSError: the disk is full, or may not be written to; the others are still there.
        """
        metadata = {"format": FORMAT, "run": self._run, "state": json.dumps(state, allow_nan=False)}
        data = encode_tensors(arrays, metadata)
        self._folder.mkdir(exist_ok=True)
        there = self.paths()
        number = 1 + (number_of(there[-1]) if there else 0)
        atomic_write(self._folder / f"{number:08}-{sha256(data)}.safetensors", data)
        for old in there[: max(0, len(there) + 1 - self._keep)]:
            old.unlink(missing_ok=True)

    def newest(self, restore: Callable[[dict[str, Any], Arrays], Restored]) -> Restored | None:
        """The newest one that is whole, or ``None`` where there is none.

        Args:
            restore: from state and arrays to what they describe, with an error where they are not what they
                should be.
        """
        for path in reversed(self.paths()):
            try:
                return restore(*self._read(path))
            except ChainruleError as error:
                warnings.warn(
                    f"a checkpoint is passed over: {error.one_line()}", RuntimeWarning, stacklevel=2
                )
        return None

    def paths(self) -> list[Path]:
        """Their files, the oldest first."""
        if not self._folder.is_dir():
            return []
        return sorted(path for path in self._folder.iterdir() if NAME.fullmatch(path.name) and path.is_file())

    def remove(self) -> None:
        """Remove all."""
        for path in self.paths():
            path.unlink()

    def _read(self, path: Path) -> tuple[dict[str, Any], Arrays]:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise RunError(f"{path} cannot be read: {error.strerror}") from None
        if sha256(data) != path.name[9:73]:
            raise RunError(f"{path} is damaged: its checksum does not fit")
        return self._decode(data, path)

    def _decode(self, data: bytes, path: Path) -> tuple[dict[str, Any], Arrays]:
        arrays, metadata = decode_tensors(data, str(path))
        if metadata.get("format") != FORMAT:
            raise RunError(f"{path} is not a checkpoint of this format", expected=FORMAT)
        if metadata.get("run") != self._run:
            raise RunError(f"{path} belongs to another run")
        try:
            state = json.loads(metadata.get("state", ""))
        except (ValueError, RecursionError) as error:
            raise RunError(f"{path} is damaged: {error}") from None
        if not isinstance(state, dict):
            raise RunError(f"{path} is damaged: its state is no JSON object")
        return state, arrays


def number_of(path: Path) -> int:
    """Which checkpoint of its run a file is, from 1."""
    return int(path.name[:8])
