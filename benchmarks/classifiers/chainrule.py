"""Chainrule's network as a scikit-learn estimator; it standardises its inputs itself."""

from __future__ import annotations

from typing import Any

from chainrule.estimators import NetworkClassifier

from ..estimators import EPOCHS, HIDDEN


def network(seed: int) -> Any:
    """As it is by default: float32 where the rows come in minibatches."""
    return NetworkClassifier(HIDDEN, epochs=EPOCHS, random_state=seed)


def float64_network(seed: int) -> Any:
    """In double precision."""
    return NetworkClassifier(HIDDEN, epochs=EPOCHS, dtype="float64", random_state=seed)
