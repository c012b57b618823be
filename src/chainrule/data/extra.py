"""Libraries that are needed for tables only."""

from __future__ import annotations

from typing import Any

from .. import extras


def import_extra(library: str, purpose: str) -> Any:
    """The module of a library of the extra ``data``.

    Raises:
        MissingExtraError: it is not installed.
    """
    return extras.import_extra(library, "data", purpose)
