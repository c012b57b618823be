"""What needs p(x) or p(h | x) themselves, by importance sampling from q(h | x)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ... import special
from ...arguments import Array
from .elbo import Bound, log_sigma

#: Pairs of a row and a latent draw that are computed at once.
PAIRS_AT_ONCE = 16384


class Weighted(NamedTuple):
    """Latent draws for some rows, and the logarithms of their importance weights.

    Attributes:
        rows: which rows.
        h: shape (samples, rows, k).
        log_weight: shape (samples, rows).
    """

    rows: slice
    h: Array
    log_weight: Array


@dataclass(frozen=True, slots=True, eq=False)
class Importance:
    """Draws from q(h | x), weighed so that they stand for p(h | x).

    With ``w = p(x | h) p(h) / q(h | x)`` the mean of w over draws is p(x), and weighted means over draws are
    posterior means; both become exact as the number of draws grows.

    Attributes:
        bound: the networks and the layout.
        parameters: of the networks, float64.
        samples: how many draws for each row.

    Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2016); Mattei and Frellsen,
    "MIWAE: deep generative modelling and imputation of incomplete data sets" (2019).
    """

    bound: Bound
    parameters: Any
    samples: int

    def log_likelihood(self, rows: Array, rng: np.random.Generator) -> Array:
        """``log 1/K Σ w`` of each row's observed values, NaN where missing, shape (n,)."""
        result = np.zeros(len(rows))
        for part in self._weighted(rows, rng):
            result[part.rows] = special.logsumexp(part.log_weight, axis=0) - np.log(self.samples)
        return np.where(np.isnan(rows).all(axis=1), 0.0, result)

    def predict(self, rows: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """Rows with what is missing replaced by its posterior mean, and the standard deviation of that.

        Of a categorical column it is the likeliest code, and the root mean square distance from it.
        """
        layout, filled, std = self.bound.layout, rows.copy(), np.zeros_like(rows)
        for part in self._weighted(rows, rng):
            share = special.softmax(part.log_weight, axis=0)[..., None]
            means = layout.means(self._outputs(part.h)).reshape(*part.log_weight.shape, -1)
            mean, square = np.sum(share * means, axis=0), np.sum(share * means**2, axis=0)
            numbers = len(layout.gaussian)
            square[:, :numbers] += np.exp(2 * log_sigma(self.parameters))
            missing = np.isnan(rows[part.rows])
            value = layout.collapse(mean)
            error = np.sqrt(layout.square_error(mean, square, value))
            filled[part.rows] = np.where(missing, value, rows[part.rows])
            std[part.rows] = np.where(missing, error, 0.0)
        return filled, std

    def draw(self, rows: Array, draws: int, rng: np.random.Generator) -> Array:
        """Rows with what is missing drawn from its posterior, shape (draws, n, m)."""
        result = np.repeat(rows[None], draws, axis=0)
        for part in self._weighted(rows, rng):
            n = part.log_weight.shape[1]
            for drawn in result:
                # The largest of logarithms plus Gumbel noise is a draw in proportion to what they are of.
                chosen = np.argmax(part.log_weight + rng.gumbel(size=part.log_weight.shape), axis=0)
                outputs = self._outputs(part.h[chosen, np.arange(n)])
                new = self.bound.layout.draw(outputs, log_sigma(self.parameters), rng)
                drawn[part.rows] = np.where(np.isnan(rows[part.rows]), new, rows[part.rows])
        return result

    def _outputs(self, h: Array) -> Array:
        outputs: Array = self.bound.decoder.apply(self.parameters["decoder"], h.reshape(-1, h.shape[-1]))
        return outputs

    def _weighted(self, rows: Array, rng: np.random.Generator) -> Iterator[Weighted]:
        """Row after row, or several at once: draws and their weights."""
        bound, parameters, K = self.bound, self.parameters, self.samples
        at_once = max(1, PAIRS_AT_ONCE // K)
        for start in range(0, len(rows), at_once):
            part = slice(start, start + at_once)
            target, observed = bound.layout.spread(rows[part])
            q = bound.encode(parameters, target, observed)
            noise = rng.standard_normal((K, *q.mean.shape))
            h = q.mean + np.exp(q.log_std) * noise
            # log p(h) - log q(h | x); the logarithms of 2π cancel
            ratio = np.sum(0.5 * (noise**2 - h**2) + q.log_std, axis=-1)
            yield Weighted(part, h, ratio + self._log_likelihood(h, target, observed))

    def _log_likelihood(self, h: Array, target: Array, observed: Array) -> Array:
        """log p(x | h), shape (samples, rows)."""
        samples, n, k = h.shape
        repeated = (np.broadcast_to(array, (samples, *array.shape)) for array in (target, observed))
        flat = (array.reshape(samples * n, -1) for array in repeated)
        values: Array = self.bound.log_likelihood(self.parameters, h.reshape(-1, k), *flat)
        return values.reshape(samples, n)
