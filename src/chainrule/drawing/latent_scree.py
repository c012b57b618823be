"""The eigenvalues of a PPCA, and the noise below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..latent import PPCA
from .latent_axes import MODEL, OBSERVED, axes, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def latent_scree(model: PPCA, *, ink: str = "black") -> Figure:
    """The eigenvalues in order, those of the latent space apart from the others, and σ² as the noise floor.

    Error bars of the former are two standard errors, where the model knows them.

    Args:
        model: fitted.
        ink: the colour of text and axes.

    Raises:
        MissingExtraError: matplotlib is not installed.

    >>> X = np.random.default_rng(0).standard_normal((50, 4)) * [3.0, 1.0, 1.0, 1.0]
    >>> latent_scree(PPCA(1).fit(X)).axes[0].get_yscale()
    'log'
    """
    values, k = model.eigenvalues, model.W.shape[1]
    ax = axes("Eigenvalues of the covariance", "component", "variance", ink=ink)
    place, positive = np.arange(1, len(values) + 1), values > 0.0
    if positive.any():
        ax.set_yscale("log")
    rest = positive & (place > k)
    ax.plot(place[rest], values[rest], "o", color=OBSERVED, markersize=4, label="discarded")
    kept = positive & (place <= k)
    if model.solver in ("em", "given"):
        ax.plot(place[kept], values[kept], "o", color=MODEL, markersize=5, label="latent space")
    else:
        errors = 2.0 * model.standard_errors.eigenvalues[kept[:k]]
        ax.errorbar(
            place[kept],
            values[kept],
            np.minimum(errors, 0.99 * values[kept]),
            fmt="o",
            color=MODEL,
            markersize=5,
            capsize=2,
            label="latent space (± 2 s.e.)",
        )
    if model.sigma2 > 0.0:
        ax.axhline(
            model.sigma2, color=ink, linewidth=1, linestyle="--", label=f"noise σ² = {model.sigma2:.3g}"
        )
    legend(ax, ink)
    return ax.figure  # type: ignore[return-value]
