"""Whether a run that is to go on is the one that began."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import RunError
from .differences import differences
from .record import RunRecord


def require_same(path: Path, before: RunRecord, now: RunRecord) -> None:
    """Refuse other settings and other data, and say where the same bits cannot be promised.

    Raises:
        RunError: names every setting that differs, or the data that do.

    Warns:
        RuntimeWarning: another version, processor or number of threads.
    """
    if changed := differences(before.configuration, now.configuration):
        raise RunError(
            f"the run in {path} has other settings: {_words(changed)}",
            expected="those that it began with",
            instead="another folder for another run",
        )
    require_same_data(path, before.data, now.data)
    warn_elsewhere(path, before, now)


def warn_elsewhere(path: Path, before: RunRecord, now: RunRecord) -> None:
    """Say where the same bits cannot be promised.

    Warns:
        RuntimeWarning: another version, processor or number of threads.
    """
    if moved := differences(before.environment, now.environment):
        warnings.warn(
            f"the run in {path} began elsewhere, so its last bits may differ: {_words(moved)}",
            RuntimeWarning,
            stacklevel=3,
        )


def require_same_data(path: Path, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Refuse data with other fingerprints.

    Raises:
        RunError: names the data that differ.
    """
    for name, (was, is_now) in differences(before, now).items():
        raise RunError(
            f"{name} is not what the run in {path} began with: {_data_difference(str(was), str(is_now))}",
            expected="the same data",
            instead="another folder for another run",
        )


def _words(changed: Mapping[str, tuple[Any, Any]]) -> str:
    return "; ".join(f"{name} was {was}, is {now}" for name, (was, now) in changed.items())


def _data_difference(was: str, is_now: str) -> str:
    """Shapes or sizes where these differ, else that values do: the last word is a digest."""
    (before, _), (after, _) = was.rpartition(" ")[::2], is_now.rpartition(" ")[::2]
    return f"it was {before}, is {after}" if before != after else f"{after} as before, but other values"
