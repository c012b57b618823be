"""Folds of a table: what is learnt in one, is learnt from its own training rows."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import Preparation, Table, fold_table, prepare_table
from chainrule.errors import DataError

RNG = np.random.default_rng(3)
N = 90


def table(**more: object) -> Table:
    columns = {"x": RNG.normal(size=N), "colour": RNG.choice(["red", "blue"], N), "y": RNG.normal(size=N)}
    return Table.from_columns(columns | more)


@pytest.mark.parametrize("streamed", [False, True])
def test_every_training_row_is_held_out_once_and_nothing_is_learnt_from_it(tmp_path, streamed) -> None:
    rows = table(number=np.arange(N) ** 2.0)
    data = prepare_table(rows, "y", folder=tmp_path if streamed else None)
    folds, held = 0, []
    for fold in fold_table(data, 4, seed=1, folder=tmp_path if streamed else None):
        folds += 1
        train = fold.table.take(fold.split.train)
        numbers = fold.encoder.encodings[0]
        assert (numbers.mean, numbers.scale) == pytest.approx((train["x"].mean(), train["x"].std()))
        assert (fold.target.mean, fold.target.scale) == pytest.approx((train["y"].mean(), train["y"].std()))
        np.testing.assert_array_equal(fold.X, fold.encoder.transform(fold.table))
        held += fold.test["number"].tolist()
        assert not set(train["number"]) & set(fold.test["number"])
    assert folds == 4
    assert sorted(held) == sorted(data.table["number"][data.split.train].tolist())
    assert not list(tmp_path.glob("fold-*"))


def test_a_category_of_one_fold_is_not_known_in_it() -> None:
    colours = ["red"] * (N - 1) + ["green"]
    data = prepare_table(table(colour=colours), "y", Preparation(fractions=(1 - 2e-2, 1e-2, 1e-2)), seed=4)
    assert "colour=green" in data.encoder.features
    known = ["colour=green" in fold.encoder.features for fold in fold_table(data, 5)]
    assert known.count(False) >= 1  # where its only row is held out or watched


def test_classes_and_labels_are_spread_over_the_folds() -> None:
    rare = np.isin(np.arange(N), RNG.permutation(N)[:12])
    for target, more in (("a", {"a": rare}), (["a", "b"], {"a": rare, "b": RNG.random(N) < 0.5})):
        data = prepare_table(table(**more), target, seed=2)
        counts = [int(fold.test["a"].sum()) for fold in fold_table(data, 4)]
        assert max(counts) - min(counts) <= 1
        assert sum(counts) == data.table["a"][data.split.train].sum()


def test_class_weights_are_those_of_the_fold() -> None:
    data = prepare_table(table(a=RNG.random(N) < 0.3), "a", Preparation(class_weight="balanced"))
    for fold in fold_table(data, 3):
        _X, y, weight = fold.train
        assert weight[y == 0].sum() == pytest.approx(weight[y == 1].sum())


def test_groups_and_periods() -> None:
    group, day = np.arange(N) // 10, np.arange(N) // 3
    for fold in fold_table(prepare_table(table(g=group), "y", Preparation(group="g")), 3):
        parts = [
            set(fold.table["g"][rows]) for rows in (fold.split.train, fold.split.validation, fold.split.test)
        ]
        assert not (parts[0] & parts[1])
        assert not (parts[0] & parts[2])
        assert not (parts[1] & parts[2])
    for fold in fold_table(prepare_table(table(day=day), "y", Preparation(time="day")), 3):
        days = fold.table["day"]
        assert days[fold.split.train].max() < days[fold.split.validation].min()
        assert days[fold.split.validation].max() < days[fold.split.test].min()
    with pytest.raises(DataError, match=r"\d groups of 'g' in 60 rows cannot fill 8 parts"):
        fold_table(prepare_table(table(g=group), "y", Preparation(group="g")), 8)
    with pytest.raises(DataError, match="63 training rows in folds=64"):
        fold_table(prepare_table(table(), "y"), 64)


def test_ppca_of_one_column_is_the_mean_and_says_so() -> None:
    numbers = np.where(np.arange(N) % 7 == 0, np.nan, RNG.normal(size=N))
    data = prepare_table(table(x=numbers), "y", Preparation(impute="ppca"))
    assert data.notes == ("missing numbers are the mean: PPCA needs two columns of numbers or more",)
    assert prepare_table(table(x=numbers, z=RNG.normal(size=N)), "y", Preparation(impute="ppca")).notes == ()
