"""Ensembles: the same network trained several times from other weights and in other orders."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from ..arguments import Seed, as_count, as_generator
from ..errors import ArgumentError
from ..nn import Ensemble, Network
from .fitting import fit
from .history import History


def fit_ensemble(
    network: Network, X: ArrayLike, y: ArrayLike, *, members: int = 5, seed: Seed = 0, **options: Any
) -> tuple[Ensemble, list[History]]:
    """Train several networks of the same layers, each from weights of its own; Ctrl-C keeps those so far.

    Args:
        network: says the layers; it stays as it is.
        X, y: as for :func:`~chainrule.train.fit`.
        members: how many to train.
        seed: draws every member's weights, and shuffles.
        **options: for :func:`~chainrule.train.fit`.

    Raises:
        ArgumentError, ShapeError, DtypeError, DataError, NonFiniteError: as :func:`~chainrule.train.fit`.

    Source: Lakshminarayanan, Pritzel and Blundell 2017, "Simple and scalable predictive uncertainty
    estimation using deep ensembles".

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(30, 2))
    >>> ensemble, histories = fit_ensemble(Network([2, 4, 1]), X, X[:, 0] ** 2, members=2, epochs=5)
    >>> len(ensemble.networks), ensemble.predict(X).shape
    (2, (30, 1))
    """
    if "run" in options:
        raise ArgumentError("run with several networks", expected="fit for a run folder")
    rng = as_generator(seed)
    networks: list[Network] = []
    histories: list[History] = []
    for _ in range(as_count(members, "members")):
        networks.append(network.reset(rng))
        histories.append(fit(networks[-1], X, y, seed=rng, **options))
        if histories[-1].stopped_by == "interrupt":
            break
    return Ensemble(networks), histories
