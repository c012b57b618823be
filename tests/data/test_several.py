"""Several targets of one network."""

from __future__ import annotations

import json

import numpy as np
import polars
import pytest
from scipy.special import expit

import chainrule as cr
from chainrule.data import (
    ClassTarget,
    NumberTarget,
    Preparation,
    SeveralTargets,
    Table,
    TableModel,
    fit_target,
    prepare_table,
    read_table,
)
from chainrule.data.several import target_config, target_from_config
from chainrule.errors import ArgumentError, DataError

NUMBERS = SeveralTargets((NumberTarget("small", 0.01, 1e-3), NumberTarget("large", 3e7, 1e6)))
LABELS = SeveralTargets(
    (ClassTarget("up", "category", ("no", "yes")), ClassTarget("big", "number", ("0", "1")))
)


@pytest.fixture
def table() -> Table:
    """Two linear targets of very different units, and two labels."""
    a, b = np.random.default_rng(0).normal(size=(2, 120))
    small, large = 0.01 + 1e-3 * (a + 2 * b), 3e7 + 1e6 * (a - b)
    up, big = np.where(a + b > 0, "yes", "no"), (b > 0.5).astype(float)
    return Table.from_columns({"a": a, "b": b, "small": small, "large": large, "up": up, "big": big})


def fitted(data, steps: int = 60) -> TableModel:
    sizes = [data.X.shape[1], data.target.outputs]
    network = cr.nn.Network(sizes, output_activation=data.target.output_activation, seed=0)
    cr.train.fit(
        network,
        *data.train,
        loss=data.target.loss,
        optimizer=cr.train.LBFGS(),
        epochs=steps,
        progress=False,
    )
    return TableModel(data.encoder, data.target, network)


def test_linear_rules_of_different_units_are_recovered(table, tmp_path) -> None:
    data = prepare_table(table.drop("up", "big"), ["small", "large"])
    assert data.encoder.names == ("a", "b")
    model = fitted(data)
    grid = Table.from_columns({"a": [0.0, 1.0, 0.0], "b": [0.0, 0.0, 1.0]})
    wanted = [[0.01, 3e7], [0.011, 3.1e7], [0.012, 2.9e7]]
    np.testing.assert_allclose(model.predict(grid), wanted, rtol=1e-6)
    cr.save(model, tmp_path / "model")
    loaded = cr.load(tmp_path / "model")
    assert loaded.target == data.target
    np.testing.assert_array_equal(loaded.predict(grid), model.predict(grid))
    for k, name in enumerate(("small", "large")):
        np.testing.assert_array_equal(model.of(name).predict(grid), model.predict(grid)[:, k])
        alone = prepare_table(table.drop("up", "big").drop({"small": "large", "large": "small"}[name]), name)
        assert data.target.singles[k] == alone.target  # each standardised for itself, on the same rows
        np.testing.assert_array_equal(data.y[:, [k]], alone.y)


def test_scores_are_those_of_each_target(table) -> None:
    data = prepare_table(table.drop("up", "big"), ["small", "large"])
    model = fitted(data, steps=1)
    scores, predicted = model.score(data.test), model.predict(data.test)
    for k, name in enumerate(("small", "large")):
        true = data.test[name]
        rmse = np.sqrt(np.mean((true - predicted[:, k]) ** 2))
        assert scores.targets[name].rmse == pytest.approx(rmse, rel=1e-9)
        assert scores.targets[name].r_squared == pytest.approx(1 - (rmse / true.std()) ** 2, abs=1e-9)
    mean = np.mean([each.r_squared for each in scores.targets.values()])
    assert scores.mean == {"r_squared": pytest.approx(mean)}


def test_labels_are_independent_probabilities(table) -> None:
    data = prepare_table(table.drop("small", "large"), ["up", "big"])
    np.testing.assert_array_equal(
        data.y, np.stack([data.table["up"] == "yes", data.table["big"] == 1], axis=1)
    )
    model = fitted(data, steps=5)
    network = model.network
    z = data.encoder.transform(data.test) @ network.parameters["W1"].T + network.parameters["b1"]
    p = expit(z)
    for k, name in enumerate(("up", "big")):
        one = model.of(name)
        np.testing.assert_allclose(one.probabilities(data.test)[:, 1], p[:, k], rtol=1e-9)
        y = data.y[data.split.test, k]
        scores = model.score(data.test).targets[name]
        assert scores.accuracy == np.mean((p[:, k] > 0.5) == y)
        assert scores.log_loss == pytest.approx(-np.mean(np.log(np.where(y == 1, p[:, k], 1 - p[:, k]))))
    predicted = model.predict(data.test)
    assert predicted[:, 0].tolist() == np.where(p[:, 0] > 0.5, "yes", "no").tolist()
    assert predicted[:, 1].tolist() == (p[:, 1] > 0.5).tolist()
    with pytest.raises(ArgumentError, match=r"model.of\('up'\).probabilities"):
        model.probabilities(data.test)
    with pytest.raises(ArgumentError, match="one of 'up', 'big'"):
        model.of("down")


def test_the_gradient_of_each_loss_is_right(table) -> None:
    for names in (["small", "large"], ["up", "big"]):
        data = prepare_table(table, names)
        network = cr.nn.Network(
            [data.X.shape[1], 3, 2], output_activation=data.target.output_activation, seed=0
        )
        f = cr.nn.objective(network, data.target.loss)
        point = (network.parameters, data.X[:5], data.y[:5])
        assert str(cr.check(f, at=point, wrt="parameters", progress=False).verdict) == "PASS"


def test_rows_need_all_targets() -> None:
    columns = {"x": np.arange(12.0) ** 2, "p": np.arange(12.0) / 7, "q": np.arange(12.0) / 3}
    columns["p"][2] = columns["q"][5] = columns["q"][6] = np.nan
    data = prepare_table(Table.from_columns(columns), ["p", "q"], Preparation("regression"))
    assert (len(data.table), data.notes) == (
        9,
        ("3 rows without all targets left out, the first is data row 3",),
    )
    columns["p"][:] = np.where(np.arange(12) < 6, np.nan, columns["p"])
    columns["q"][6:] = np.nan
    with pytest.raises(DataError, match="no row has all targets, 'p', 'q'"):
        prepare_table(Table.from_columns(columns), ["p", "q"])


@pytest.mark.parametrize("targets", [NUMBERS, LABELS])
def test_there_and_back(targets) -> None:
    assert target_from_config(json.loads(json.dumps(target_config(targets)))) == targets


def test_what_one_network_cannot_predict() -> None:
    words = fit_target(Table.from_columns({"w": list("xyzxyz")}).column("w"))
    for singles, said in [
        ((*NUMBERS.singles, LABELS.singles[0]), "target 'small' is a number, and target 'up' a class"),
        ((LABELS.singles[0], words), "target 'w' has 3 classes, and is one of 2 targets"),
        (NUMBERS.singles[:1], "two or more different columns"),
        (NUMBERS.singles[:1] * 2, "two or more different columns"),
    ]:
        with pytest.raises(DataError, match=said):
            SeveralTargets(singles)
    for config in ({"targets": []}, {"targets": ["a"]}, {"targets": [{"task": "regression"}] * 2}):
        with pytest.raises(DataError):
            target_from_config(config)


@pytest.mark.parametrize("names", [[], ["small", "small"]])
def test_names_are_of_different_columns(table, names) -> None:
    with pytest.raises(ArgumentError, match="the names of different columns"):
        prepare_table(table, names)


def test_roles_are_refused_for_every_target(table) -> None:
    with pytest.raises(DataError, match="target 'large' is also the weight"):
        prepare_table(table, ["small", "large"], Preparation(weight="large"))
    with pytest.raises(ArgumentError, match="class weights for several targets"):
        prepare_table(table, ["up", "big"], Preparation(class_weight="balanced"))


def test_from_disk_the_same_bits(table, tmp_path) -> None:
    polars.DataFrame({name: table[name] for name in ("a", "b", "small", "large")}).write_csv(
        tmp_path / "t.csv"
    )
    (tmp_path / "inputs").mkdir()
    found = []
    for folder in (None, tmp_path / "inputs"):
        data = prepare_table(read_table(tmp_path / "t.csv", folder=folder), ["small", "large"], folder=folder)
        found.append((*data.train, *data.validation, fitted(data, 3).predict(data.test)))
    for memory, disk in zip(*found, strict=True):
        np.testing.assert_array_equal(memory, disk)
