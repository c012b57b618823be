"""Folds that keep groups together, and folds that do not look into the future."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.train import cross_validate
from chainrule.train.folds import group_folds, held_back, time_folds

VALUES = st.lists(st.integers(0, 12), min_size=4, max_size=60).map(np.array)


@settings(max_examples=40)
@given(VALUES, st.integers(2, 4))
def test_every_group_is_held_out_once_and_whole(groups, folds) -> None:
    if len(np.unique(groups)) < folds:
        with pytest.raises(DataError, match=f"groups in folds={folds}"):
            group_folds(groups, folds, np.random.default_rng(0))
        return
    parts = group_folds(groups, folds, np.random.default_rng(0))
    assert sorted(np.concatenate([held for _, held in parts])) == list(range(len(groups)))
    for train, held in parts:
        assert len(train) + len(held) == len(groups)
        assert not set(groups[train]) & set(groups[held])


@settings(max_examples=40)
@given(VALUES, st.integers(2, 4))
def test_training_rows_are_earlier_than_those_held_out(times, folds) -> None:
    try:
        parts = time_folds(times, folds)
    except DataError:
        several = len(np.unique(times)) < len(times)
        assert several or len(times) <= folds  # otherwise each of the periods has a row
        return
    for train, held in parts:
        assert times[train].max() < times[held].min()
    for (earlier, held), (later, _) in pairwise(parts):
        assert later.tolist() == sorted([*earlier, *held])
    assert sorted([*parts[-1][0], *parts[-1][1]]) == list(range(len(times)))


def test_what_stops_training_is_of_other_groups_and_later_times() -> None:
    rng, rows = np.random.default_rng(0), np.arange(5, 35)
    values = np.repeat(np.arange(8), 5)
    train, held = held_back(rows, 0.2, values, None, rng)
    assert not set(values[train]) & set(values[held])
    assert sorted([*train, *held]) == rows.tolist()
    train, held = held_back(rows, 0.2, None, values, rng)
    assert values[train].max() < values[held].min()
    with pytest.raises(DataError, match="all of one time"):
        held_back(rows, 0.2, None, np.zeros(40), rng)
    with pytest.raises(DataError, match="1 groups"):
        held_back(rows, 0.2, np.zeros(40), None, rng)


def test_cross_validation_holds_them_out(monkeypatch) -> None:
    X, values = np.arange(24.0)[:, None], np.repeat(np.arange(8), 3)
    seen = []
    fit = cr.train.fit

    def watched(network, X, y, **options):
        seen.append((X[:, 0], options["validation"][0][:, 0]))
        return fit(network, X, y, **options)

    monkeypatch.setattr("chainrule.train.parts.fit", watched)
    options = {"folds": 3, "epochs": 1, "validation": 0.2}
    network = cr.nn.Network([1, 1])
    grouped = cross_validate(network, X, X[:, 0], groups=values, **options)
    for (train, stop), held in zip(seen, grouped.held_out, strict=True):
        parts = [set(values[rows.astype(int)]) for rows in (train, stop, held)]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 8
    seen.clear()
    timed = cross_validate(network, X, X[:, 0], times=values, **options)
    for (train, stop), held in zip(seen, timed.held_out, strict=True):
        assert train.max() < stop.min()
        assert stop.max() < held.min()


def test_what_does_not_fit_is_refused() -> None:
    network, X = cr.nn.Network([1, 1]), np.ones((6, 1))
    with pytest.raises(ShapeError, match="groups has shape"):
        cross_validate(network, X, X[:, 0], groups=[1, 2])
    with pytest.raises(ArgumentError, match="by groups and by times"):
        cross_validate(network, X, X[:, 0], groups=np.arange(6), times=np.arange(6))
