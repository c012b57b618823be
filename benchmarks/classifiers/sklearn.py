"""scikit-learn's own network, behind the scaler that it needs."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ..estimators import EPOCHS, HIDDEN


def network(seed: int) -> Any:
    """As it is by default, double precision for these tables, but that it runs all its epochs."""
    every = {"max_iter": EPOCHS, "n_iter_no_change": EPOCHS}
    return make_pipeline(
        StandardScaler(), MLPClassifier(hidden_layer_sizes=HIDDEN, random_state=seed, **every)
    )


def float32_network(seed: int) -> Any:
    """In single precision, as it is for inputs of that."""
    return make_pipeline(FunctionTransformer(np.float32), network(seed))
