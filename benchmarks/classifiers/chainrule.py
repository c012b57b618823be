"""Chainrule's network as a scikit-learn estimator; it standardises its inputs itself."""

from __future__ import annotations

from typing import Any

from chainrule.estimators import NetworkClassifier

from ..estimators import EPOCHS, HIDDEN


def network(seed: int) -> Any:
    """As it is by default."""
    return NetworkClassifier(HIDDEN, epochs=EPOCHS, random_state=seed)
