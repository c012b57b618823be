"""A table model with a network small enough to know what it must predict."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import softmax

from chainrule.data import Table, TableModel, fit_encoder, fit_target
from chainrule.errors import ArgumentError, DataError, ShapeError


@dataclass(frozen=True)
class Linear:
    """ŷ = X Wᵀ, or its softmax."""

    W: np.ndarray
    probabilities: bool = True

    @property
    def sizes(self):
        return (self.W.shape[1], self.W.shape[0])

    def predict(self, X):
        z = X @ self.W.T
        return softmax(z, axis=1) if self.probabilities else z


@pytest.fixture
def table():
    return Table.from_columns(
        {"x": [-1.0, 1.0, -3.0, 3.0], "side": ["left", "right", "left", "right"], "y": [0, 4, -4, 8.5]}
    )


def classifier(table, W=((-1.0,), (1.0,)), **options):
    inputs = table.select(["x"])
    return TableModel(fit_encoder(inputs), fit_target(table.column("side")), Linear(np.array(W), **options))


def test_classes(table):
    model = classifier(table)
    assert model.predict(table).tolist() == ["left", "right", "left", "right"]
    x = table["x"] / np.sqrt(5)
    np.testing.assert_allclose(model.probabilities(table)[:, 1], 1 / (1 + np.exp(-2 * x)), rtol=1e-12)
    scores = model.score(table)
    assert scores.accuracy == 1.0
    assert scores.confusion.tolist() == [[2, 0], [0, 2]]
    assert scores.log_loss == pytest.approx(np.log1p(np.exp(-2 * np.abs(x))).mean())


def test_numbers_are_predicted_in_their_own_unit(table):
    target = fit_target(table.column("y"), "regression")
    model = TableModel(
        fit_encoder(table.select(["x"])), target, Linear(np.array([[1.0]]), probabilities=False)
    )
    wanted = table["x"] / table["x"].std() * table["y"].std() + table["y"].mean()
    np.testing.assert_allclose(model.predict(table), wanted, rtol=1e-12)
    assert model.score(table).rmse == pytest.approx(np.sqrt(np.mean((wanted - table["y"]) ** 2)))
    with pytest.raises(ArgumentError, match="target 'y' is a number"):
        model.probabilities(table)


def test_rows_without_the_target_can_be_predicted(table):
    model = classifier(table)
    assert model.kinds == {"x": "number"}
    assert model.predict(Table.from_columns({"x": [5.0]})).tolist() == ["right"]
    with pytest.raises(DataError, match="no column 'side'"):
        model.score(Table.from_columns({"x": [5.0]}))


def test_a_table_of_another_model(table):
    with pytest.raises(DataError, match="the table has no column 'x'"):
        classifier(table).predict(Table.from_columns({"price": [1.0]}))


def test_a_network_that_does_not_fit(table):
    with pytest.raises(ShapeError, match=r"(?s)1 inputs and 3 outputs.*1 inputs and 2 outputs"):
        classifier(table, W=[[1.0], [1.0], [1.0]])


def test_outputs_that_are_no_probabilities(table):
    with pytest.raises(ArgumentError, match='output_activation="softmax"'):
        classifier(table, probabilities=False).predict(table)
