"""The density of a model of two columns, as contours over the rows that it describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, as_count
from ..errors import ArgumentError
from ..extras import import_extra
from ..latent import GenerativeModel
from ..latent.arguments import as_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROWS, DRAWN = "#d1622b", "#3b82c4"
"""Of middling lightness: they are seen on white and on black."""
SHARES = (0.99, 0.9, 0.7, 0.5, 0.3, 0.1)
"""What lies inside each contour."""
MARGIN = 0.08


def density_contours(
    model: GenerativeModel[Any],
    X: ArrayLike,
    *,
    labels: Sequence[str] = ("x1", "x2"),
    points: int = 150,
    ink: str = "black",
) -> Figure:
    """Contours that hold 10, 30, 50, 70, 90 and 99 % of a model's probability, over rows of two columns.

    Args:
        model: fitted to two columns.
        X: rows to show, shape (n, 2); they also say how large the picture is.
        labels: of the axes.
        points: of the grid along each axis.
        ink: the colour of text and axes.

    Raises:
        ArgumentError: the model has not two columns, or the grid fewer than ten points.
        ShapeError, DtypeError, DataError: X is not a table of two columns of finite numbers, and a row.
        MissingExtraError: matplotlib is not installed.

    >>> from chainrule.latent import Gaussian
    >>> X = np.random.default_rng(0).standard_normal((50, 2))
    >>> figure = density_contours(Gaussian().fit(X), X)
    >>> figure.axes[0].get_xlabel()
    'x1'
    """
    if model.n_features != 2:
        raise ArgumentError(f"a model of {model.n_features} columns", expected="two: a plane to draw in")
    rows = as_rows(X, columns=2, least=1)
    axes = _axes(rows, as_count(points, "points", least=10))
    grid = np.stack(np.meshgrid(*axes), axis=-1)
    density = model.log_likelihood(grid.reshape(-1, 2)).reshape(grid.shape[:2])
    figure: Figure = import_extra("matplotlib.figure", "plot", "a plot").Figure(
        figsize=(5.6, 4.4), layout="constrained", facecolor="none"
    )
    ax = figure.subplots()
    ax.set(facecolor="none")
    ax.scatter(rows[:2000, 0], rows[:2000, 1], s=4, color=ROWS, alpha=0.5, linewidth=0, rasterized=True)
    ax.contour(*axes, density, levels=levels(density), colors=DRAWN, linewidths=1.1, linestyles="solid")
    ax.set_xlabel(labels[0], color=ink)
    ax.set_ylabel(labels[1], color=ink)
    ax.tick_params(colors=ink, labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(ink)
    return figure


def levels(log_density: Array) -> list[float]:
    """The log-densities above which lie the shares :data:`SHARES` of what a grid holds, rising.

    >>> np.exp(levels(np.log([0.05, 0.15, 0.2, 0.6]))).round(2).tolist()
    [0.05, 0.15, 0.2, 0.6]
    """
    falling = np.sort(log_density, axis=None)[::-1]
    weights = np.exp(falling - falling[0])
    inside = np.cumsum(weights) / weights.sum()
    places = np.minimum(np.searchsorted(inside, SHARES), falling.size - 1)
    return sorted(set(falling[places].tolist()))


def _axes(rows: Array, points: int) -> list[Array]:
    low, high = rows.min(axis=0).astype(float), rows.max(axis=0).astype(float)
    margin = np.where(high > low, MARGIN * (high - low), 1.0)
    return [np.linspace(a, b, points) for a, b in zip(low - margin, high + margin, strict=True)]
