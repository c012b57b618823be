"""Ensembles: the same network trained several times from other weights and in other orders."""

from __future__ import annotations

import os
from typing import Any

from numpy.typing import ArrayLike

from ..arguments import Seed, as_count, as_generator
from ..nn import Ensemble, Network
from ..nn.network import require_network
from ..runs import Run, RunFolder
from .configuration import configuration
from .history import History, numbered
from .parts import fit_part, seeds
from .recording import conclude, newly_opened, opened


def fit_ensemble(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    members: int = 5,
    seed: Seed = 0,
    run: str | os.PathLike[str] | Run | RunFolder | None = None,
    **options: Any,
) -> tuple[Ensemble, list[History]]:
    """Train several networks of the same layers, each from weights of its own; Ctrl-C keeps those so far.

    Args:
        network: says the layers; it stays as it is.
        X, y: as for :func:`~chainrule.train.fit`.
        members: how many to train.
        seed: draws every member's weights, and shuffles.
        run: a folder to keep the run in, as for :func:`~chainrule.train.fit`, with a part for each member. A
            run that is resumed takes the members that were finished as they are, goes on with the one that
            was not, and ends with the same bits.
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
    require_network(network)
    settings = (
        {} if run is None else configuration({"network": network, "members": members, "seed": seed} | options)
    )
    own = seeds(as_generator(seed), 2 * as_count(members, "members"))
    networks: list[Network] = []
    histories: list[History] = []
    with opened(run) as folder:
        own_folder = newly_opened(folder, run)
        if own_folder is not None:
            own_folder.begin(settings, {})
        for k in range(members):
            networks.append(network.reset(own[2 * k]))
            part = f"network-{k + 1}"
            histories.append(fit_part(folder, part, networks[k], X, y, seed=own[2 * k + 1], **options))
            if folder is not None:
                folder.write_history(numbered(k + 1, histories[k]), anew=k == 0)
            if histories[k].stopped_by == "interrupt":
                break
        if own_folder is not None:
            conclude(own_folder, Ensemble(networks), *histories)
    return Ensemble(networks), histories
