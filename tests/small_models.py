"""A small model of each kind that can be saved."""

from __future__ import annotations

import numpy as np

from chainrule.data import Table, TableModel, fit_encoder, fit_target
from chainrule.io.kinds import CLASSES
from chainrule.latent import PPCA, VAE, FactorAnalysis, Flow, Gaussian, PPCAMixture, Training
from chainrule.nn import Ensemble, Network


def table_model() -> TableModel:
    table = Table.from_columns(
        {"x": [1.0, 2.5, 4.0], "colour": ["red", "blue", "green"], "y": ["a", "b", "a"]}
    )
    encoder, target = fit_encoder(table.drop("y")), fit_target(table.column("y"))
    network = Network([len(encoder.features), 3, target.outputs], output_activation="softmax", seed=2)
    return TableModel(encoder, target, network)


def small_models():
    """By the names of the kinds."""
    rows = np.random.default_rng(0).normal(size=(20, 3))
    found = {
        "network": Network([2, 3, 1], seed=1),
        "ensemble": Ensemble([Network([2, 3, 1], seed=1), Network([2, 4, 1], seed=2)]),
        "gaussian": Gaussian().fit(rows),
        "ppca": PPCA(1).fit(rows),
        "factor-analysis": FactorAnalysis(1).fit(rows),
        "ppca-mixture": PPCAMixture(2, 1, starts=1).fit(rows),
        "vae": VAE(1, hidden=(2,), importance_samples=2, training=Training(epochs=1)).fit(rows),
        "flow": Flow(depth=1, hidden=(2,), training=Training(epochs=1)).fit(rows),
        "table-model": table_model(),
    }
    assert set(found) == set(CLASSES)
    return found
