"""Faults of single columns, called by their names where the columns have names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..errors import DataError


class ColumnError(DataError):
    """A table's column does not hold what was asked of it.

    Args:
        given: what was given; ``{column}`` stands for the column.
        position: the column's.
        expected: what was expected.
        instead: what to write instead.
    """

    def __init__(
        self, given: str, position: int, *, expected: str | None = None, instead: str | None = None
    ) -> None:
        self.template, self.position = given, position
        super().__init__(given.replace("{column}", f"column {position}"), expected=expected, instead=instead)

    def named(self, names: Sequence[str]) -> DataError:
        """The same, with the column's name."""
        text = self.template.replace("{column}", f"column {names[self.position]!r}")
        return DataError(text, expected=self.expected, instead=self.instead)


def without_density(position: int) -> ColumnError:
    """What is said of a column that was constant."""
    return ColumnError(
        "there is no density: {column} was constant in the fitted rows", position, instead="drop such columns"
    )


@contextmanager
def naming(names: Sequence[str] | None) -> Iterator[None]:
    """Call the columns by these names in the errors of what is done within; ``None``: by their positions."""
    try:
        yield
    except ColumnError as error:
        if names is None:
            raise
        raise error.named(names) from None
