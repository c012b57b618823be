"""Input gradients in a report: of one of several targets, and of an ensemble."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import Table, TableModel, fit_encoder, fit_targets
from chainrule.drawing.reporting.inputs import influence
from chainrule.drawing.reporting.subject import Subject
from chainrule.nn import Ensemble, Network

RNG = np.random.default_rng(4)
ROWS = Table.from_columns(
    {
        "a": RNG.normal(size=80),
        "b": RNG.normal(size=80),
        "mm": RNG.normal(size=80) * 30,
        "kg": RNG.normal(size=80),
        "up": RNG.choice(["yes", "no"], 80),
        "big": RNG.random(80) < 0.5,
    }
)


def subject(targets: list[str], networks: list[Network]) -> Subject:
    encoder = fit_encoder(ROWS.select(["a", "b"]))
    network = networks[0] if len(networks) == 1 else Ensemble(networks)
    model = TableModel(encoder, fit_targets(ROWS.select(targets).columns), network)
    return Subject(model, ROWS, {"test": np.arange(80)}, (), None, "mse", {}, "rows.csv", 0)


@pytest.mark.parametrize("count", [1, 3])
def test_slopes_of_numbers_are_in_the_unit_of_their_target(count: int) -> None:
    networks = [Network([2, 2], seed=seed) for seed in range(count)]
    W = np.mean([network.parameters["W1"] for network in networks], axis=0)
    for k, each in enumerate(subject(["mm", "kg"], networks).by_target):
        scale = ROWS[each.target.name].std()
        np.testing.assert_allclose(influence(each).slopes, np.abs(W[k]) * scale, rtol=1e-12)


def test_slopes_of_labels_are_those_of_the_second_class() -> None:
    network = Network([2, 2], output_activation="sigmoid", seed=1)
    whole = subject(["up", "big"], [network])
    p = network.predict(whole.model.encoder.transform(ROWS))
    for k, each in enumerate(whole.by_target):
        expected = np.abs(network.parameters["W1"][k]) * (p[:, k] * (1 - p[:, k])).mean()
        np.testing.assert_allclose(influence(each).slopes, expected, rtol=1e-12)
