"""Rows in the latent space, each with how sure the model is of where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array
from ..errors import ArgumentError, ShapeError
from ..extras import import_extra
from ..latent import PPCA, FactorAnalysis
from ..latent.source import Rows
from .latent_axes import MODEL, axes, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Ellipses of more rows than this hide each other.
MOST_ELLIPSES = 300
#: What a Gaussian of two dimensions holds within this radius, in standard deviations: 50 %.
RADIUS = float(np.sqrt(2.0 * np.log(2.0)))


def latent_scatter(
    model: PPCA | FactorAnalysis,
    X: Rows,
    *,
    components: tuple[int, int] = (0, 1),
    labels: ArrayLike | None = None,
    ink: str = "black",
) -> Figure:
    """The posterior means of two latent variables, with ellipses that hold half of each row's posterior.

    Args:
        model: fitted, with two latent dimensions at least.
        X: rows, shape (n, m); a row with missing values has a larger ellipse.
        components: which latent variables.
        labels: a class of each row, shape (n,), shown by colour.
        ink: the colour of text and axes.

    Raises:
        ArgumentError: there are no two such latent variables.
        ShapeError: there is not one label for each row.
        MissingExtraError: matplotlib is not installed.

    >>> X = np.random.default_rng(0).standard_normal((50, 4)) * [3.0, 2.0, 1.0, 1.0]
    >>> latent_scatter(PPCA(2).fit(X), X).axes[0].get_xlabel()
    'h1'
    """
    k = model.W.shape[1]
    if len(set(components)) != 2 or not all(0 <= each < k for each in components):
        raise ArgumentError(f"components={components} of {k}", expected="two different latent variables")
    chosen = list(components)
    posterior = model.encode(X)
    means, n = posterior.mean[:, chosen], len(posterior.mean)
    classes = np.zeros(n, dtype=int) if labels is None else np.asarray(labels)
    if classes.shape != (n,):
        raise ShapeError(f"labels has shape {classes.shape}", expected=f"shape ({n},)")
    covariances = np.broadcast_to(posterior.covariance, (n, k, k))[:, chosen][:, :, chosen]
    ax = axes("Latent space", f"h{chosen[0] + 1}", f"h{chosen[1] + 1}", ink=ink)
    colours = _colours(len(np.unique(classes)))
    for colour, each in zip(colours, np.unique(classes), strict=True):
        some = np.flatnonzero(classes == each)
        ax.scatter(means[some, 0], means[some, 1], s=8, color=colour, linewidth=0, label=str(each))
    index = np.searchsorted(np.unique(classes), classes)
    for row in range(min(n, MOST_ELLIPSES)):
        ax.add_patch(_ellipse(means[row], covariances[row], colours[index[row]]))
    if labels is not None:
        legend(ax, ink)
    return ax.figure  # type: ignore[return-value]


def _ellipse(centre: Array, covariance: Array, colour: str) -> Any:
    values, vectors = np.linalg.eigh(covariance)
    width, height = 2.0 * RADIUS * np.sqrt(np.maximum(values, 0.0))
    angle = np.degrees(np.arctan2(vectors[1, 0], vectors[0, 0]))
    patches = import_extra("matplotlib.patches", "plot", "a plot")
    return patches.Ellipse(centre, width, height, angle=angle, facecolor="none", edgecolor=colour, alpha=0.4)


def _colours(count: int) -> list[str]:
    if count == 1:
        return [MODEL]
    matplotlib = import_extra("matplotlib", "plot", "a plot")
    return [matplotlib.colormaps["tab10"](each % 10) for each in range(count)]
