"""Libraries that are needed for tables only."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import MissingExtraError


def import_extra(library: str, purpose: str) -> Any:
    """The module of a library of the extra ``data``.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return import_module(library)
    except ModuleNotFoundError:
        raise MissingExtraError(
            f"{purpose} needs {library}, which is not installed", instead="pip install 'chainrule[data]'"
        ) from None
