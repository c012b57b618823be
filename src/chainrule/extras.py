"""Libraries that are installed only with an extra."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .errors import MissingExtraError


def import_extra(library: str, extra: str, purpose: str) -> Any:
    """The module of a library of an extra.

    Raises:
        MissingExtraError: it is not installed; names the extra.

    >>> import_extra("no_such_library", "plot", "a plot")
    Traceback (most recent call last):
    chainrule.errors.MissingExtraError: a plot needs no_such_library, which is not installed
      instead: pip install 'chainrule[plot]'
    """
    try:
        return import_module(library)
    except ModuleNotFoundError:
        raise MissingExtraError(
            f"{purpose} needs {library.partition('.')[0]}, which is not installed",
            instead=f"pip install 'chainrule[{extra}]'",
        ) from None
