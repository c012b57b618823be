"""The learning-rate range test: one short training with a rate that grows until the loss no longer falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, Seed, as_count, as_generator, is_number
from ..errors import ArgumentError, DataError
from ..extras import import_extra
from ..nn import Network, training_objective
from ..nn.losses import as_loss
from ..nn.network import require_network
from .lbfgs import LBFGS
from .native import runner_named
from .optimisers import Optimiser
from .prepare import as_rows
from .settings import as_optimiser
from .step import Stateful, stream_of

#: How much of the smoothed loss stays from step to step.
SMOOTHING = 0.9
#: Steps of a test, at least.
FEWEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class RateTest:
    """What a learning-rate range test has seen.

    Args:
        rates: the learning rate of each step, shape (steps,).
        losses: the minibatch's loss before each step, NaN after one that is not finite, shape (steps,).
        smoothed: their exponential moving average, corrected for its start.
        suggestion: the rate at which the smoothed loss fell fastest over log ε.
    """

    rates: Array
    losses: Array
    smoothed: Array
    suggestion: float

    @classmethod
    def of(cls, rates: ArrayLike, losses: ArrayLike) -> Self:
        """The test in which these losses were seen at these rates.

        Raises:
            DataError: fewer than ten rates, not as many losses, rates that do not grow, or a first loss that
                is not finite.
        """
        of_rates, of_losses = np.asarray(rates, np.float64), np.asarray(losses, np.float64)
        if of_rates.ndim != 1 or of_rates.shape != of_losses.shape or len(of_rates) < FEWEST:
            given = f"rates of shape {of_rates.shape} and losses of shape {of_losses.shape}"
            raise DataError(given, expected=f"a loss for each rate, {FEWEST} or more")
        if not (of_rates[0] > 0 and (np.diff(of_rates) > 0).all() and of_rates[-1] < np.inf):
            raise DataError("the rates of the test do not grow", expected="0 < ε₁ < ε₂ < …")
        if not np.isfinite(of_losses[0]):
            raise DataError(f"the loss is {of_losses[0]} before the first step", expected="a finite loss")
        smoothed = _smoothed(of_losses)
        return cls(of_rates, of_losses, smoothed, _steepest(of_rates, smoothed))

    def plot(self, ax: Any = None) -> Any:
        """The losses over the rates, with the suggestion, on axes of matplotlib (extra ``plot``)."""
        pyplot = import_extra("matplotlib.pyplot", "plot", "a plot")
        ax = pyplot.subplots()[1] if ax is None else ax
        ax.plot(self.rates, self.losses, alpha=0.3, label="minibatch")
        ax.plot(self.rates, self.smoothed, label="smoothed")
        ax.axvline(self.suggestion, linestyle="--", color="0.5", label=f"suggested {self.suggestion:.2g}")
        lowest, first = np.nanmin(self.smoothed), self.smoothed[0]
        ax.set(xscale="log", xlabel="learning rate", ylabel="loss")
        ax.set_ylim(lowest - 0.1 * abs(first - lowest), first + abs(first - lowest) + 1e-12)
        ax.legend()
        return ax


def find_learning_rate(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Any = "mse",
    sample_weight: ArrayLike | None = None,
    optimizer: str | Optimiser = "sgd",
    batch_size: int = 32,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 200,
    seed: Seed = 0,
    compile: str = "auto",
) -> RateTest:
    """Train a copy of a network for some steps, with a learning rate that grows from step to step.

    εₖ = lowest · (highest / lowest)^(k / (steps - 1)); the network itself stays as it is.

    Args:
        network: a copy of it is trained.
        X, y, loss, sample_weight, batch_size, compile: as for :func:`~chainrule.train.fit`.
        optimizer: as for :func:`~chainrule.train.fit`; its own learning rate is of no account.
        lowest: the first rate, above 0.
        highest: the last rate.
        steps: minibatches, 10 or more.
        seed: draws the minibatches.

    Raises:
        ArgumentError: rates that do not grow, or another argument that makes no sense.
        ShapeError, DtypeError, DataError: as :func:`~chainrule.train.fit`; DataError too where the first loss
            is not finite.

    Source: Smith 2017, "Cyclical learning rates for training neural networks", section 3.3.

    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> test = find_learning_rate(Network([3, 1]), X, X.sum(axis=1), batch_size=100)
    >>> 0.01 < test.suggestion < 2
    True
    """
    require_network(network)
    if optimizer == "lbfgs" or isinstance(optimizer, LBFGS):
        raise ArgumentError(
            "a range test of L-BFGS", expected="an optimiser with a learning rate", instead="'adam'"
        )
    chosen, rng, optimiser = as_loss(loss), as_generator(seed), as_optimiser(optimizer)
    if not (is_number(lowest) and is_number(highest) and 0 < lowest < highest < np.inf):
        raise ArgumentError(f"rates from {lowest!r} to {highest!r}", expected="0 < lowest < highest")
    rows = as_rows(network, X, y, chosen, network.dtype, sample_weight)
    n, count = len(rows[0]), as_count(steps, "steps", FEWEST)
    batch = min(as_count(batch_size, "batch_size"), n)
    descent = Stateful(training_objective(network, chosen), network.untrained, stream_of(network, rng))
    runner = runner_named(compile, count)(descent, network.parameters, rows, optimiser, batch)
    rates = np.geomspace(lowest, highest, count)
    orders = np.concatenate([rng.permutation(n) for _ in range(-(-count * batch // n))])
    losses = runner.run(orders[: count * batch].reshape(count, batch), rates)[:, 0]
    return RateTest.of(rates, losses)


def _smoothed(losses: Array) -> Array:
    """mₖ / (1 - βᵏ) with mₖ = β mₖ₋₁ + (1 - β) lossₖ."""
    average, smoothed = 0.0, np.empty(len(losses))
    for k, value in enumerate(losses.tolist(), start=1):
        average = SMOOTHING * average + (1 - SMOOTHING) * value
        smoothed[k - 1] = average / (1 - SMOOTHING**k)
    return smoothed


def _steepest(rates: Array, smoothed: Array) -> float:
    """The rate in the middle of the eighth of the steps in which the smoothed loss fell most.

    The first eighth is left out, where it is an average of few losses. Where it is lowest before any fall can
    be told, a tenth of that rate.
    """
    width, lowest = len(rates) // 8, int(np.nanargmin(smoothed))
    falls = smoothed[2 * width : lowest + 1] - smoothed[width : max(lowest + 1 - width, width)]
    if not len(falls):
        return float(rates[lowest] / 10)
    return float(rates[width + int(np.argmin(falls)) + width // 2])
