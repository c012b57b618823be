"""Maximum likelihood of PPCA: in closed form, or by EM where values are missing."""

from __future__ import annotations

import numpy as np

from ..arguments import Array
from ..errors import ArgumentError
from .canonical import canonical
from .factor_fit import incomplete_factors
from .incomplete import Incomplete
from .moments import Moments
from .order import Order, bayesian_penalty, chosen_order, most_components
from .ppca_state import PPCAState
from .spectrum import Solver, Spectrum, spectrum

#: The least noise where values are missing, as a share of the mean variance.
LEAST_NOISE = 1e-10

#: The search for an order ends after so many in a row that are worse than the best.
WORSE = 3


def fit_moments(moments: Moments, rows: Array | None, order: Order, solver: Solver, seed: int) -> PPCAState:
    """The closed form: the leading eigenvectors, and what is left as noise.

    Args:
        moments: of the rows.
        rows: the rows themselves, where they are at hand.
        order: the number of components, or how to choose it.
        solver: how to find eigenvectors.
        seed: of random projections.
    """
    m = moments.origin.size
    require_fewer(order, m)
    k = order if isinstance(order, int) else m - 1
    if solver in ("svd", "gram") and rows is not None:
        moments = moments.with_root(rows)
    found = _solved(moments, rows, k, solver, seed)
    if not isinstance(order, int):
        found = found.first(chosen_order(order, found, moments.count, rows))
    sigma2 = found.discarded_mean
    W = found.vectors * np.sqrt(np.maximum(found.eigenvalues[: found.vectors.shape[1]] - sigma2, 0.0))
    return PPCAState.checked(moments.mean, W, sigma2, found.eigenvalues, found.solver, moments.count)


def _solved(moments: Moments, rows: Array | None, k: int, solver: Solver, seed: int) -> Spectrum:
    found = spectrum(moments, k, solver, seed=seed)
    if solver == "auto" and rows is not None and not found.is_accurate:
        return spectrum(moments.with_root(rows), k, "svd")
    return found


def fit_incomplete(rows: Incomplete, order: Order) -> PPCAState:
    """The components that make the observed values most likely; of several orders "bic" chooses one.

    Raises:
        ArgumentError: the order can only be chosen for complete rows.
    """
    m = rows.mask.shape[1]
    require_fewer(order, m)
    if isinstance(order, int):
        return _incomplete_of_order(rows, order)[0]
    if order != "bic":
        raise ArgumentError(
            f"n_components={order!r} with missing values", expected='a whole number, or "bic"'
        )
    best, best_score, worse = None, -np.inf, 0
    for k in range(most_components(rows.count, m) + 1):
        state, log_likelihood = _incomplete_of_order(rows, k)
        score = log_likelihood - bayesian_penalty(m, k, rows.count)
        if best is None or score > best_score:
            best, best_score, worse = state, score, 0
        elif (worse := worse + 1) == WORSE:
            break
    assert best is not None
    return best


def _incomplete_of_order(rows: Incomplete, k: int) -> tuple[PPCAState, float]:
    m, scale = rows.mask.shape[1], rows.scale[0]
    if rows.is_constant.all():
        zeros = np.zeros((m, k))
        return PPCAState.checked(rows.shift, zeros, 0.0, np.zeros(m), "em", rows.count), np.inf
    at, ascent = incomplete_factors(rows, k, one_noise=True, least=LEAST_NOISE)
    W, sigma2 = canonical(scale * at.W), scale**2 * at.noise[0]
    eigenvalues = np.pad(np.sum(W**2, axis=0), (0, m - k)) + sigma2
    state = PPCAState.checked(
        rows.shift + scale * at.b,
        W,
        sigma2,
        eigenvalues,
        "em",
        rows.count,
        ascent.steps,
        ascent.converged,
    )
    return state, ascent.log_likelihoods[-1]


def require_fewer(order: Order, m: int) -> None:
    """Refuse as many components as columns, which leave no direction to estimate σ² from."""
    if isinstance(order, int) and order >= m:
        raise ArgumentError(
            f"n_components={order} for {m} columns",
            expected=f"at most {m - 1}, so that a discarded direction is left to estimate σ² from",
            instead="cr.latent.Gaussian() for the full covariance",
        )
