"""Rows drawn from a model beside those that it was fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..arguments import Seed
from ..latent import GenerativeModel
from ..latent.conditions import column_position
from ..latent.source import Rows, open_source
from .latent_axes import MODEL, OBSERVED, axes, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def latent_samples(
    model: GenerativeModel[Any],
    X: Rows,
    *,
    columns: tuple[int | str, int | str] = (0, 1),
    seed: Seed = 0,
    ink: str = "black",
) -> Figure:
    """Two columns of rows X, and of as many rows drawn from the model.

    Args:
        model: fitted.
        X: rows, shape (n, m); those with a missing value in one of the columns are not seen.
        columns: which two, by position or name.
        seed: of the draws.
        ink: the colour of text and axes.

    Raises:
        ArgumentError: there is no such column.
        MissingExtraError: matplotlib is not installed.

    >>> import numpy as np
    >>> from chainrule.latent import Gaussian
    >>> X = np.random.default_rng(0).standard_normal((50, 3))
    >>> latent_samples(Gaussian().fit(X), X, columns=(0, 2)).axes[0].get_ylabel()
    'x3'
    """
    first, second = (column_position(each, model.n_features, model.columns) for each in columns)
    names = model.columns or tuple(f"x{each + 1}" for each in range(model.n_features))
    rows = open_source(X, columns=model.columns, missing=True).table()
    drawn = model.sample(len(rows), seed)
    ax = axes("Drawn beside observed", names[first], names[second], ink=ink)
    ax.scatter(rows[:, first], rows[:, second], s=8, color=OBSERVED, alpha=0.6, linewidth=0, label="observed")
    ax.scatter(drawn[:, first], drawn[:, second], s=8, color=MODEL, alpha=0.6, linewidth=0, label="drawn")
    legend(ax, ink)
    return ax.figure  # type: ignore[return-value]
