"""Leading eigenpairs of a large symmetric matrix from its products with a few vectors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arguments import Array

# Vectors beyond the k that are asked for: they take up what decays slowly.
OVERSAMPLES = 10

# Products at most; what needs more is found faster without random projections.
PASSES = 14

# Residuals of this share of the k-th eigenvalue, whose square is the error of an eigenvalue.
TOLERANCE = 1e-10


class SlowConvergence(Exception):  # noqa: N818 - a message to the caller, never an error that a user sees
    """So many products as are allowed would not do."""


def leading_eigenpairs(
    times: Callable[[Array], Array], m: int, k: int, generator: np.random.Generator, *, give_up: bool
) -> tuple[Array, Array]:
    """The first k eigenvalues, descending, and their vectors, shape (m, k), of a semi-definite matrix.

    Subspace iteration from random vectors, each product followed by a QR decomposition, with the Rayleigh
    quotient's eigenpairs and their residuals after each.

    Args:
        times: the product of the matrix with a matrix of shape (m, p).
        m: its size.
        k: how many pairs.
        generator: of the first vectors.
        give_up: stop as soon as the residuals fall too slowly, instead of taking what there is at last.

    Raises:
        SlowConvergence: with ``give_up``.

    Source: Halko, Martinsson and Tropp, "Finding structure with randomness" (2011), algorithm 4.4.
    """
    Q = np.linalg.qr(generator.standard_normal((m, min(m, k + OVERSAMPLES))))[0]
    residual = np.inf
    for done in range(1, PASSES + 1):
        product = times(Q)
        values, rotation = np.linalg.eigh(Q.T @ product)
        values, rotation = np.maximum(values[::-1][:k], 0.0), rotation[:, ::-1][:, :k]
        vectors = Q @ rotation
        errors = np.linalg.norm(product @ rotation - vectors * values, axis=0)
        before, residual = residual, float(errors.max(initial=0.0))
        goal = TOLERANCE * float(values.min(initial=np.inf))
        if residual <= goal:
            return values, vectors
        if give_up and done > 3 and residual * (residual / before) ** (PASSES - done) > goal:
            raise SlowConvergence
        Q = np.linalg.qr(product)[0]
    if give_up:
        raise SlowConvergence
    return values, vectors
