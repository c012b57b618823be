"""How many components rows support: a share of the variance, evidence, or the likelihood of held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..arguments import Array, as_count
from ..errors import ArgumentError
from .densities import LOG_2_PI
from .moments import RunningMoments
from .spectrum import Spectrum, spectrum

#: A whole number, a share of the variance between 0 and 1, or "bic", "minka" or "cv".
Order = int | float | str

FOLDS = 5


def as_order(value: Any) -> Order:
    """An order, checked.

    Raises:
        ArgumentError: it is none.

    >>> as_order(3), as_order(0.9), as_order("bic")
    (3, 0.9, 'bic')
    """
    if isinstance(value, str) and value in (*CRITERIA, "cv"):
        return value
    if isinstance(value, float) and 0.0 < value < 1.0:
        return float(value)
    try:
        return as_count(value, "n_components", least=0)
    except ArgumentError:
        raise ArgumentError(
            f"n_components={value!r}",
            expected='a whole number, a share of the variance above 0 and below 1, "bic", "minka" or "cv"',
        ) from None


def chosen_order(order: Order, found: Spectrum, n: int, rows: Array | None) -> int:
    """The number of components by a rule.

    Args:
        order: a share of the variance, or the name of a criterion.
        found: all eigenvalues, shape (m,).
        n: the number of rows they come from.
        rows: the rows themselves, where they are at hand.

    Raises:
        ArgumentError: "cv" without rows.
    """
    values = found.eigenvalues
    if isinstance(order, float):
        return share_order(values, order)
    if order == "cv":
        if rows is None:
            raise ArgumentError(
                'n_components="cv" for a stream of rows', instead='"bic", which needs no rows held out'
            )
        return cross_validated_order(rows)
    scores = [CRITERIA[str(order)](values, n, k) for k in range(most_components(n, len(values)) + 1)]
    return int(np.argmax(scores))


def most_components(n: int, m: int) -> int:
    """What criteria look at: with more, few rows leave too few directions to tell noise from signal."""
    return min(m - 1, max(0, (n - 1) // 2))


def share_order(values: Array, share: float) -> int:
    """The fewest components, at least one, that have this share of the total variance, below m."""
    kept = np.cumsum(values)
    return int(min(np.searchsorted(kept, share * kept[-1]) + 1, len(values) - 1))


def profile_log_likelihood(values: Array, n: int, k: int) -> float:
    """The largest log-likelihood of n rows under PPCA with k components, in nats; -inf without a density.

    ``-n/2 [m log 2π + Σ_{i≤k} log λᵢ + (m - k) log σ² + m]``.
    """
    m, noise = len(values), float(values[k:].mean())
    if noise <= 0.0:
        return -np.inf
    log_determinant = np.log(values[:k]).sum() + (m - k) * np.log(noise)
    return float(-0.5 * n * (m * LOG_2_PI + log_determinant + m))


def bayesian_information(values: Array, n: int, k: int) -> float:
    """The log-likelihood less ``½ log n`` for each of the ``mk - k(k-1)/2 + m + 1`` free parameters.

    Source: Schwarz, "Estimating the dimension of a model" (1978).
    """
    return profile_log_likelihood(values, n, k) - bayesian_penalty(len(values), k, n)


def bayesian_penalty(m: int, k: int, n: int) -> float:
    """``½ log n`` for each free parameter of a PPCA."""
    parameters = m * k - k * (k - 1) / 2 + m + 1
    return float(0.5 * parameters * np.log(n))


def minka_evidence(values: Array, n: int, k: int) -> float:
    """Laplace's approximation of the log-evidence for k components, up to a constant.

    Two eigenvalues are taken to differ by a part in n at least: below that the approximation has no meaning.

    Source: Minka, "Automatic choice of dimensionality for PCA" (2000), equation 77.
    """
    from scipy.special import gammaln

    m, noise = len(values), float(values[k:].mean())
    if noise <= 0.0:
        return -np.inf
    left = 0.5 * (m - np.arange(k))
    log_prior = -k * np.log(2.0) + np.sum(gammaln(left) - left * np.log(np.pi))
    log_fit = -0.5 * n * (np.log(values[:k]).sum() + (m - k) * np.log(noise))
    smoothed = np.concatenate([values[:k], np.full(m - k, noise)])
    i, j = np.triu_indices(m, 1)
    i, j = i[i < k], j[i < k]
    least = values[i] / n
    gaps = np.maximum(values[i] - values[j], least)
    log_hessian = np.sum(
        np.log(np.maximum(smoothed[i] - smoothed[j], least))
        - np.log(smoothed[i])
        - np.log(smoothed[j])
        + np.log(gaps)
        + np.log(n)
    )
    angles = m * k - k * (k + 1) / 2
    return float(log_prior + log_fit + 0.5 * ((angles + k) * LOG_2_PI - log_hessian - k * np.log(n)))


def cross_validated_order(rows: Array) -> int:
    """The fewest components whose held-out log-likelihood is within one standard error of the best.

    The error is that of the difference to the best, row by row.
    """
    n = len(rows)
    folds = np.random.default_rng(0).permutation(n) % FOLDS
    held_out = [
        held_out_log_likelihoods(rows[folds != fold], rows[folds == fold])
        for fold in range(FOLDS)
        if (folds == fold).any() and (folds != fold).any()
    ]
    orders = min((table.shape[1] for table in held_out), default=0)
    if not orders:
        return 0
    table = np.concatenate([each[:, :orders] for each in held_out])
    behind = table.mean(axis=0)
    best = int(np.argmax(behind))
    difference = table[:, [best]] - table
    within = difference.mean(axis=0) <= difference.std(axis=0) / np.sqrt(n)
    return int(np.argmax(within))


def held_out_log_likelihoods(seen: Array, unseen: Array) -> Array:
    """Of each unseen row under PPCA with 0, 1, 2, … components fitted to the seen, shape (rows, orders).

    Orders that leave no noise have no density and are left out: all of them where the seen rows are the same.
    """
    moments = RunningMoments().add(seen).moments()
    n, m = seen.shape
    found = spectrum(moments, min(n, m), "svd" if moments.scatter is None else "covariance")
    values, centred = found.eigenvalues, moments.centre(unseen)
    orders = np.arange(most_components(n, m) + 1)
    noise = np.array([values[k:].mean() for k in orders])
    orders, noise = orders[noise > 0.0], noise[noise > 0.0]
    if not orders.size:
        return np.empty((len(unseen), 0))
    along = centred @ found.vectors
    beyond = np.sum((centred - along @ found.vectors.T) ** 2, axis=1)
    squares = along**2
    # sums from the last component to the first: what is left is never a difference
    left = np.cumsum(np.column_stack([beyond, squares[:, ::-1]]), axis=1)[:, ::-1]
    whitened = np.cumsum(squares[:, : orders.size - 1] / values[: orders.size - 1], axis=1)
    whitened = np.column_stack([np.zeros(len(unseen)), whitened])
    log_determinant = np.concatenate([[0.0], np.cumsum(np.log(values[: orders.size - 1]))])
    log_determinant = log_determinant + (m - orders) * np.log(noise)
    return np.asarray(-0.5 * (m * LOG_2_PI + log_determinant + whitened + left[:, orders] / noise))


CRITERIA: Mapping[str, Callable[[Array, int, int], float]] = MappingProxyType(
    {"bic": bayesian_information, "minka": minka_evidence}
)
