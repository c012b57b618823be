"""How a run is kept."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..arguments import as_count
from ..errors import ArgumentError
from .folder import RunFolder


@dataclass(frozen=True, slots=True)
class Run:
    """A run's folder, and how it is kept.

    Args:
        folder: where; a new one, or an empty one.
        resume: go on with the run that is in the folder, where there is one.
        every: seconds from one checkpoint to the next. It is longer where writing one takes more than a
            fiftieth of that; 0: after every look at training, which is some twenty times a second.
        keep: how many checkpoints to keep, 1 or more.

    Raises:
        ArgumentError: a number out of range.

    >>> Run("runs/first", resume=True)
    Run(folder='runs/first', resume=True, every=15.0, keep=2)
    """

    folder: str | os.PathLike[str]
    resume: bool = False
    every: float = 15.0
    keep: int = 2

    def __post_init__(self) -> None:
        as_count(self.keep, "keep")
        if not 0 <= self.every < math.inf:
            raise ArgumentError(f"every={self.every!r}", expected="seconds, zero or more")

    def open(
        self,
        *,
        replace: bool = False,
        command: Mapping[str, str | bool | list[str]] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> RunFolder:
        """The folder, held by this process alone until it is closed.

        Args:
            replace: begin anew where there is a run or a model.
            command: the options of the command line, which :func:`~chainrule.runs.read_run` gives back.
            data: fingerprints of data that training itself does not see.

        Raises:
            RunError: it is in use, holds something else, or cannot be written.
        """
        return RunFolder(
            Path(self.folder),
            resume=self.resume,
            replace=replace,
            every=self.every,
            keep=self.keep,
            command=command,
            data=data,
        )


def as_run(given: Any) -> Run:
    """The settings, or those by default for a folder.

    Raises:
        ArgumentError: it is neither.
    """
    if isinstance(given, Run):
        return given
    if isinstance(given, str | os.PathLike):
        return Run(given)
    raise ArgumentError(f"run={given!r}", expected="a folder", instead='Run("folder")')
