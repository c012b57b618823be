"""Missing numbers filled in from the other numbers of their row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .encodings import Encoding
from .table import Table

#: Rows that the imputer learns from: more change little, and all would have to be in memory.
MOST_ROWS = 20_000
#: Its dimensions: half as many as there are columns, and never more than these.
MOST_COMPONENTS = 10


class Imputer(Protocol):
    """What an encoder asks of a density: :class:`chainrule.latent.PPCA` has it."""

    @property
    def n_features(self) -> int:
        """The number of columns."""

    def impute(self, X: Any) -> NDArray[np.float64]:
        """Rows, shape (n, columns), with each NaN replaced by its expectation given the rest of its row."""


def fit_imputer(encodings: Sequence[Encoding], table: Table, rows: NDArray[Any]) -> Imputer | None:
    """Probabilistic PCA of the standardised numbers, where some are missing and two columns are numbers.

    It is fitted to 20,000 of the training rows at most, evenly spaced.

    Source: M. E. Tipping, C. M. Bishop, "Probabilistic Principal Component Analysis", 1999.
    """
    numbers = [encoding for encoding in encodings if encoding.kind == "number"]
    if len(numbers) < 2 or not any(encoding.missing for encoding in numbers):
        return None
    from ..latent import PPCA

    chosen = rows[:: -(-len(rows) // MOST_ROWS)]
    block = np.concatenate(
        [each.encode(table.column(each.name).take(chosen))[:, :1] for each in numbers], axis=1
    )
    model: Imputer = PPCA(min(MOST_COMPONENTS, len(numbers) // 2)).fit(block[~np.isnan(block).all(axis=1)])
    return model
