"""What a model fills in for missing values, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ArgumentError
from ..latent import GenerativeModel
from ..latent.arguments import as_rows
from ..latent.conditions import column_position
from ..latent.source import Rows, open_source
from .latent_axes import MODEL, OBSERVED, axes, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A Gaussian's 95 %, in standard deviations.
INTERVAL = 1.959963984540054


def latent_intervals(
    model: GenerativeModel[Any],
    X: Rows,
    column: int | str,
    *,
    truth: ArrayLike | None = None,
    ink: str = "black",
) -> Figure:
    """A column's values by row: observed ones as points, missing ones with intervals that hold 95 %.

    Args:
        model: fitted.
        X: rows, shape (n, m), NaN where missing.
        column: which, by position or name.
        truth: the complete rows, where they are known: what was hidden is shown as crosses.
        ink: the colour of text and axes.

    Raises:
        ArgumentError: there is no such column, or it misses no value.
        MissingExtraError: matplotlib is not installed.

    >>> from chainrule.latent import Gaussian
    >>> X = np.random.default_rng(0).standard_normal((20, 3))
    >>> X[::4, 1] = np.nan
    >>> latent_intervals(Gaussian().fit(X), X, 1).axes[0].get_ylabel()
    'x2'
    """
    place = column_position(column, model.n_features, model.columns)
    rows = open_source(X, columns=model.columns, missing=True).table()
    missing = np.isnan(rows[:, place])
    if not missing.any():
        raise ArgumentError(f"column {column!r} misses no value", expected="a column with missing values")
    mean, std = model.impute(rows, return_std=True)
    name = model.columns[place] if model.columns else f"x{place + 1}"
    ax = axes("Missing values, with 95 % intervals", "row", name, ink=ink)
    number = np.arange(1, len(rows) + 1)
    ax.plot(number[~missing], rows[~missing, place], "o", color=OBSERVED, markersize=3, label="observed")
    ax.errorbar(
        number[missing],
        mean[missing, place],
        INTERVAL * std[missing, place],
        fmt="o",
        color=MODEL,
        markersize=3,
        capsize=2,
        linewidth=1,
        label="filled in",
    )
    if truth is not None:
        hidden = as_rows(truth, name="truth", columns=model.n_features)[missing, place]
        ax.plot(number[missing], hidden, "x", color=ink, markersize=4, label="hidden")
    legend(ax, ink)
    return ax.figure  # type: ignore[return-value]
