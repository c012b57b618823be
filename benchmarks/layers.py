"""Training steps of a network with batch normalisation and dropout, by AdamW with a cosine schedule."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from .contestants import Contestant
from .measurement import Measurement
from .networks import Array, Training, classifier
from .players import Player, players, train
from .sampling import in_turns

SIZES, BATCH, DECAY, EPSILON = (64, 128, 128, 10), 128, 0.01, 1e-5
#: How far a loss may lie from the median of all, relative: float32, and masks of each library's own.
TOLERANCE = {0.0: 2e-3, 0.2: 0.2}


@dataclass(frozen=True, slots=True)
class Blocks(Training):
    """A network whose hidden layers are W h, batch normalisation, ReLU, dropout.

    Its parameters are W1, γ1, β1, W2, γ2, β2, …, and W and b of the last layer.

    Attributes:
        dropout: the share of the hidden units that is left out.
    """

    dropout: float = 0.0

    @property
    def rates(self) -> Array:
        """The learning rate of each step: a cosine from its highest to 0 over all orders."""
        progress = np.arange(len(self.orders)) / len(self.orders)
        return self.learning_rate * 0.5 * (1 + np.cos(np.pi * progress))

    def output(self, X: Array, parameters: Sequence[Array]) -> Array:
        """The last layer's pre-activations by the statistics of these rows, in double precision."""
        h, weights = X.astype(np.float64), [array.astype(np.float64) for array in parameters]
        for k in range(self.layers - 1):
            W, gamma, beta = weights[3 * k : 3 * k + 3]
            z = h @ W.T
            h = np.maximum(gamma * (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + EPSILON) + beta, 0)
        return h @ weights[-2].T + weights[-1]

    def __str__(self) -> str:
        dropout = f", dropout {self.dropout:g}" if self.dropout else ""
        return (
            f"{'-'.join(map(str, self.sizes))}, batch {self.batch}, {self.dtype}, batch norm{dropout}, AdamW"
        )


def problem(dropout: float) -> Blocks:
    """Classes that a linear map of normal inputs decides."""
    plain = classifier(SIZES, BATCH, "float32", "Adam")
    settings = {field.name: getattr(plain, field.name) for field in fields(plain)}
    parameters: list[Array] = []
    for W, b in zip(plain.parameters[:-2:2], plain.parameters[1:-2:2], strict=True):
        parameters += [W, np.ones_like(b), np.zeros_like(b)]
    settings["parameters"] = (*parameters, *plain.parameters[-2:])
    return Blocks(**settings, dropout=dropout)


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Every problem whose text contains ``case``; before it is timed, the losses reached are compared.

    Raises:
        ArithmeticError: one reaches another loss.
    """
    measurements = []
    for dropout in TOLERANCE:
        asked = problem(dropout)
        if case not in str(asked):
            continue
        print(f"  {asked}", file=sys.stderr, flush=True)
        with players(contestants, "layers", train, "layers", asked) as taking_turns:
            _check_losses(asked, taking_turns)
            samples = in_turns(taking_turns, rounds)
        measurements += [Measurement(str(asked), name, "seconds", times) for name, times in samples.items()]
    return measurements


def _check_losses(asked: Blocks, taking_turns: Mapping[str, Player]) -> None:
    """Compare the losses after some steps with one another.

    Raises:
        ArithmeticError: one differs from the median by more than the tolerance, or nothing was learnt.
    """
    median = float(np.median([player.ready for player in taking_turns.values()]))
    if not median < asked.loss_of(asked.parameters):
        raise ArithmeticError(f"{asked}: the loss does not become lower")
    for name, player in taking_turns.items():
        error = abs(player.ready - median) / median
        if not error <= TOLERANCE[asked.dropout]:  # also where it is NaN
            raise ArithmeticError(f"{asked}: the loss of {name} differs by {error:.3g}")
