"""Chainrule's network as a scikit-learn estimator; it standardises inputs and numbers to predict itself."""

from __future__ import annotations

from typing import Any

from chainrule.estimators import NetworkClassifier, NetworkRegressor

from ..estimators import EPOCHS, HIDDEN


def network(seed: int, classes: bool, **settings: Any) -> Any:
    """As it is by default: float32 where the rows come in minibatches."""
    make = NetworkClassifier if classes else NetworkRegressor
    return make(HIDDEN, epochs=EPOCHS, random_state=seed, **settings)


def float64_network(seed: int, classes: bool) -> Any:
    """In double precision."""
    return network(seed, classes, dtype="float64")
