"""Ensembles: the mean of several networks, their spread, and one saved folder."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ModelFileError, ShapeError
from chainrule.nn import Ensemble, Network

X = np.random.default_rng(1).normal(size=(6, 3))
MEMBERS = [Network([3, size, 2], seed=size, normalisation="batch") for size in (4, 5, 6)]


def test_mean_and_spread_are_those_of_the_outputs() -> None:
    ensemble, outputs = Ensemble(MEMBERS), np.stack([net.predict(X) for net in MEMBERS])
    np.testing.assert_allclose(ensemble.predict(X), outputs.mean(axis=0), rtol=1e-15)
    np.testing.assert_allclose(ensemble.spread(X), outputs.std(axis=0, ddof=1), rtol=1e-15)
    np.testing.assert_array_equal(Ensemble(MEMBERS[:1]).spread(X[0]), np.zeros(2))


def test_one_folder_holds_all(tmp_path: Any) -> None:
    ensemble = Ensemble(MEMBERS)
    cr.save(ensemble, tmp_path / "model")
    again = cr.load(tmp_path / "model")
    assert repr(again) == repr(ensemble)
    np.testing.assert_array_equal(again.predict(X), ensemble.predict(X))


@pytest.mark.parametrize(
    "config", [{}, {"networks": 2, "network1": MEMBERS[0]}, {"networks": 1, "network2": MEMBERS[0]}]
)
def test_damaged_configurations_are_refused(config: Any) -> None:
    with pytest.raises(ModelFileError):
        Ensemble.from_state(config, {})


def test_networks_that_do_not_go_together() -> None:
    with pytest.raises(ShapeError, match="3 inputs and 2 outputs and 4 inputs and 2 outputs"):
        Ensemble([MEMBERS[0], Network([4, 2])])
    with pytest.raises(ArgumentError, match="no networks"):
        Ensemble([])
