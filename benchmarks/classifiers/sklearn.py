"""scikit-learn's own network, behind the scaler that it needs, and before one of the numbers to predict."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ..estimators import EPOCHS, HIDDEN


def network(seed: int, classes: bool) -> Any:
    """As it is by default, double precision for these tables, but that it runs all its epochs."""
    settings = {
        "hidden_layer_sizes": HIDDEN,
        "max_iter": EPOCHS,
        "n_iter_no_change": EPOCHS,
        "random_state": seed,
    }
    if classes:
        return make_pipeline(StandardScaler(), MLPClassifier(**settings))
    numbers = TransformedTargetRegressor(MLPRegressor(**settings), transformer=StandardScaler())
    return make_pipeline(StandardScaler(), numbers)


def float32_network(seed: int, classes: bool) -> Any:
    """In single precision, as it is for inputs of that."""
    return make_pipeline(FunctionTransformer(np.float32), network(seed, classes))
