"""Which rows of a table a model's predictions can be scored on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .preparing import rows_with_target
from .several import Target, target_names
from .table import Table
from .target import ClassTarget
from .wording import count_rows, cut, listing


def rows_to_score(target: Target, table: Table) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The positions of the rows with a target that the model knows, and what to say of the others.

    Args:
        target: what the model predicts.
        table: has its columns.

    Raises:
        DataError: there are no such rows, or a value is of another kind.
    """
    columns = table.select(target_names(target))
    rows, notes = rows_with_target(columns)
    for single, column in zip(target.singles, columns.columns, strict=True):
        if not isinstance(single, ClassTarget):
            continue
        unknown = ~single.knows(column.take(rows))
        if unknown.any():
            first = int(rows[np.argmax(unknown)])
            word, row = column.words.spelled()[first], column.rows[first]
            if unknown.all():
                held = f"column {single.name!r} holds {word!r} in data row {row}"
                raise DataError(
                    f"{held}, and nowhere a class of training",
                    expected=f"a value known from training: {listing(single.classes)}",
                )
            said = f"{count_rows(int(unknown.sum()))} of a class that training did not see left out"
            notes += (f"{said}, the first is {cut(word)!r} in data row {row}",)
            rows = rows[~unknown]
    return rows, notes
