"""The tables that come with this software."""

from __future__ import annotations

from pathlib import Path

from ..errors import ArgumentError
from .wording import listing


def example_table(name: str) -> Path:
    """The path of a table that comes with this software: ``"digits"`` or ``"wine"``.

    Their authors and licences are in the files beside them.

    Raises:
        ArgumentError: there is no such table.

    >>> example_table("digits").name
    'digits.csv'
    """
    tables = {path.stem: path for path in sorted(_folder().glob("*.csv"))}
    if name not in tables:
        raise ArgumentError(f"there is no example table {name!r}", expected=f"one of {listing(list(tables))}")
    return tables[name]


def _folder() -> Path:
    """Inside an installed package, or the repository's own when it runs from there."""
    package = Path(__file__).parents[1]
    installed = package / "_tables"
    return installed if installed.is_dir() else package.parents[1] / "examples" / "data"
