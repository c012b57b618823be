"""x = W h + b + ε with Gaussian h and ε: what some entries of x say about h, and about the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..arguments import Array
from ..errors import DataError
from .arguments import BLOCK_SIZE, LARGEST_MAGNITUDE, as_rows
from .densities import LOG_2_PI
from .distances import Mahalanobis
from .rounding import significant


class Posterior(NamedTuple):
    """The Gaussian posterior p(h | x) of each row's latent variables.

    Attributes:
        mean: shape (n, k).
        covariance: shape (k, k), the same for every row; (n, k, k) where a value is missing.
    """

    mean: Array
    covariance: Array


@dataclass(frozen=True, slots=True, eq=False)
class LinearGaussian:
    """``h ~ N(0, I)`` and ``x | h ~ N(W h + b, diag ψ)``: PPCA has ψ = σ², factor analysis any ψ, a Gaussian
    none at all and a square W.

    Everything is read off the singular values of the observed rows of W, each row in a unit of its own,
    ``A = U w Vᵀ``, with c the observed ``x - b`` in the same units. The unit is that of the noise (s = 1),
    and free where there is none (s = 0):

    - ``h | x ~ N(V (w/(w² + s)) Uᵀc, V (s/(w² + s)) Vᵀ)``; a direction with w = s = 0 keeps the prior;
    - ``-2 log p(x) = |o| log 2π + Σ log(w² + s) + ‖c - U Uᵀc‖²/s + Σ (Uᵀc)²/(w² + s) + 2 Σ log unit``.

    No difference of large numbers is taken, however small the noise. Where noise is zero in some columns only
    (constant ones), W is zero there, and they say nothing.

    Attributes:
        W: shape (m, k).
        b: shape (m,).
        noise: ψ ≥ 0, shape (m,).
        unit: √ψ where there is noise, else of the size of the columns, shape (m,).
    """

    W: Array
    b: Array
    noise: Array
    unit: Array

    def posterior(self, X: Array) -> Posterior:
        """p(h | observed values of x) for each row of X, shape (n, m), NaN where missing."""
        views = list(self._views(X))
        mean = np.concatenate([np.empty((0, self.W.shape[1])), *(view.latent_mean() for view in views)])
        if np.isnan(X).any():
            return Posterior(mean, np.concatenate([view.factors.covariance[view.pattern] for view in views]))
        return Posterior(mean, self._factors(np.ones((1, self.b.size), dtype=bool)).covariance[0])

    def log_likelihood(self, X: Array) -> Array:
        """The log-density of the observed values of each row of X, shape (n,), whose numbers are looked at.

        Raises:
            DataError: a number is infinite, or its square overflows; or there is no noise, and more values
                are observed than W has independent rows.
        """
        if not self.noise.all():
            rows = as_rows(X, missing=True)
        else:
            factors = self._factors(np.ones((1, self.b.size), dtype=bool))
            U, w = factors.U[0], factors.w[0]
            distance, farthest = Mahalanobis(self.b, self.unit, U, w).of(X)
            # No number is larger than b and x - b: then there is no need to look at them.
            sure = farthest + np.abs(self.b).max() <= LARGEST_MAGNITUDE
            rows = X if sure else as_rows(X, missing=True)
            if not np.isnan(distance).any():
                log_determinant = np.sum(np.log1p(w**2)) + 2.0 * np.sum(np.log(self.unit))
                return np.asarray(-0.5 * (self.b.size * LOG_2_PI + log_determinant + distance))
        return np.concatenate([np.empty(0), *(view.log_likelihood() for view in self._views(rows))])

    def predict(self, X: Array) -> tuple[Array, Array]:
        """X with the conditional means of its missing values, and their standard deviations (0: observed)."""
        parts = [view.predict() for view in self._views(X)]
        empty = np.empty((0, self.b.size))
        means, stds = zip(*parts, strict=True) if parts else ((), ())
        return np.concatenate([empty, *means]), np.concatenate([empty, *stds])

    def draw(self, X: Array, draws: int, generator: np.random.Generator) -> Array:
        """X with draws of its missing values from their joint conditional density, shape (draws, n, m)."""
        parts = [view.draw(draws, generator) for view in self._views(X)]
        return np.concatenate([np.empty((draws, 0, self.b.size)), *parts], axis=1)

    def conditional(self, row: Array) -> tuple[Array, Array]:
        """The mean of x given a row's values, shape (m,), and a root of its covariance, shape (m, k)."""
        (view,) = self._views(row[None])
        return view.predict()[0][0], np.asarray(self.W @ view.factors.root[0])

    def _views(self, X: Array) -> Iterator[_View]:
        """Views of a few rows each; complete rows share one factorisation."""
        complete = not np.isnan(X).any()
        whole = self._factors(np.ones((1, self.b.size), dtype=bool)) if complete else None
        step = max(1, BLOCK_SIZE // max(1, self.b.size if complete else self.W.size))
        for start in range(0, len(X), step):
            rows = X[start : start + step]
            mask = ~np.isnan(rows)
            if whole is not None:
                yield _View(self, rows, mask, np.zeros(len(rows), dtype=np.intp), whole)
                continue
            patterns, pattern = np.unique(mask, axis=0, return_inverse=True)
            yield _View(self, rows, mask, pattern.reshape(-1), self._factors(patterns))

    def _factors(self, patterns: Array) -> _Factors:
        noisy = self.noise > 0.0
        s = 1.0 if noisy.any() else 0.0
        informative = patterns & (noisy | (s == 0.0))
        A = np.where(informative[:, :, None], self.W / self.unit[:, None], 0.0)
        U, w, Vt = np.linalg.svd(A, full_matrices=False)
        return _Factors(s, U, np.where(significant(w, self.W.shape), w, 0.0), Vt)


@dataclass(frozen=True, slots=True, eq=False)
class _Factors:
    """The observed rows of W in their units as U w Vᵀ, one for each pattern of what is observed."""

    s: float
    U: Array
    w: Array
    Vt: Array

    @property
    def total(self) -> Array:
        """w² + s, and 1 in directions of which x says nothing."""
        total = self.w**2 + self.s
        return np.where(total == 0.0, 1.0, total)

    @property
    def root(self) -> Array:
        """A square root of each pattern's posterior covariance, shape (patterns, k, k)."""
        variance = np.where(self.w**2 + self.s == 0.0, 1.0, self.s / self.total)
        return np.asarray(np.swapaxes(self.Vt, 1, 2) * np.sqrt(variance)[:, None, :])

    @property
    def covariance(self) -> Array:
        """Each pattern's posterior covariance, shape (patterns, k, k)."""
        return np.asarray(self.root @ np.swapaxes(self.root, 1, 2))


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """Some rows, and the factors of what is observed of each: those at its pattern."""

    model: LinearGaussian
    rows: Array
    mask: Array
    pattern: Array
    factors: _Factors

    def centred(self) -> Array:
        """c: the observed ``x - b`` in its units, 0 where missing."""
        return np.asarray(np.where(self.mask, (self.rows - self.model.b) / self.model.unit, 0.0))

    def along(self, c: Array) -> Array:
        """Uᵀ c of each row, shape (n, k)."""
        U = self.factors.U
        return np.asarray(c @ U[0] if len(U) == 1 else np.einsum("nm,nmk->nk", c, U[self.pattern]))

    def latent_mean(self) -> Array:
        gain = (self.factors.w / self.factors.total)[self.pattern]
        along = self.along(self.centred())
        return np.asarray(np.einsum("nk,nkl->nl", along * gain, self.factors.Vt[self.pattern]))

    def log_likelihood(self) -> Array:
        f, c = self.factors, self.centred()
        count, t, total = self.mask.sum(axis=1), self.along(c), f.total[self.pattern]
        if f.s == 0.0 and ((f.w > 0.0).sum(axis=1)[self.pattern] < count).any():
            raise DataError("there is no density: the observed values lie in a plane")
        c -= t @ f.U[0].T if len(f.U) == 1 else np.einsum("nk,nmk->nm", t, f.U[self.pattern])
        distance = np.sum(t**2 / total, axis=1) + f.s * np.einsum("nm,nm->n", c, c)
        log_determinant = np.log(total).sum(axis=1) + 2.0 * (self.mask @ np.log(self.model.unit))
        return np.asarray(-0.5 * (count * LOG_2_PI + log_determinant + distance))

    def predict(self) -> tuple[Array, Array]:
        model = self.model
        mean = self.latent_mean() @ model.W.T + model.b
        of_latent = np.sum((model.W @ self.factors.root) ** 2, axis=2)[self.pattern]
        std = np.sqrt(of_latent + model.noise)
        return np.where(self.mask, self.rows, mean), np.where(self.mask, 0.0, std)

    def draw(self, draws: int, generator: np.random.Generator) -> Array:
        model, n = self.model, len(self.rows)
        z = generator.standard_normal((draws, n, model.W.shape[1]))
        h = self.latent_mean() + np.einsum("dnk,nlk->dnl", z, self.factors.root[self.pattern])
        noise = np.sqrt(model.noise) * generator.standard_normal((draws, n, model.b.size))
        return np.asarray(np.where(self.mask, self.rows, h @ model.W.T + model.b + noise))
