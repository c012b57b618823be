"""Trainings that are parts of one run: folds, candidates of a search, members of an ensemble."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from ..arguments import Array
from ..nn import Network
from ..runs import RunFolder
from .fitting import fit
from .history import History
from .recording import finish


def fit_part(
    folder: RunFolder | None, name: str, network: Network, X: ArrayLike, y: ArrayLike, **options: Any
) -> History:
    """Train a network as :func:`~chainrule.train.fit` does, in a folder of its own among the run's parts.

    What was finished there before is taken as it is, and what was begun goes on, with the same bits.

    Args:
        folder: of the run; ``None``: nothing is kept.
        name: of the part.
        network, X, y, options: as for :func:`~chainrule.train.fit`. The seed is the part's own, so that the
            others do not depend on how it went.
    """
    if folder is None:
        return fit(network, X, y, **options)
    with folder.part(name) as inner:
        history = fit(network, X, y, run=inner, **options)
        if not inner.finished:
            finish(inner, history)
    return history


def require_complete(history: History) -> History:
    """The history itself.

    Raises:
        KeyboardInterrupt: its training was interrupted; with a part of the results there is none.
    """
    if history.stopped_by == "interrupt":
        raise KeyboardInterrupt
    return history


def seeds(rng: Any, count: int) -> list[int]:
    """A seed for each of some trainings.

    >>> import numpy as np
    >>> len(set(seeds(np.random.default_rng(0), 4)))
    4
    """
    drawn: Array = rng.integers(2**63, size=count)
    return [int(each) for each in drawn]
