"""How much rows and classes count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import Preparation, Table, fit_target, make_column, prepare_table
from chainrule.data.weights import class_weights, row_weights
from chainrule.errors import ArgumentError, DataError


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=40).filter(lambda words: len(set(words)) > 1))
def test_balanced_classes_weigh_the_same(words):
    column = make_column("y", words)
    target = fit_target(column)
    labels = target.encode(column)
    weights = class_weights(target, labels, np.arange(len(words)), "balanced")
    sums = [weights[labels == k].sum() for k in range(target.outputs)]
    np.testing.assert_allclose(sums, len(words) / target.outputs, rtol=1e-12)


def test_weights_by_class_and_by_row_multiply():
    rows = np.arange(40.0)
    table = Table.from_columns({"x": np.sin(rows), "w": 1 + rows % 3, "y": np.where(rows % 2, "yes", "no")})
    data = prepare_table(table, "y", Preparation(weight="w", class_weight={"yes": 2.0}))
    np.testing.assert_array_equal(data.weights, (1 + rows % 3) * np.where(rows % 2, 2, 1))
    assert data.encoder.names == ("x",)
    np.testing.assert_array_equal(data.train[2], data.weights[data.split.train])


def test_weights_that_make_no_sense():
    for values, said in (([1.0, -1.0], "holds -1 in data row 2"), ([0.0, 0.0], "0 in every row")):
        with pytest.raises(DataError, match=said):
            row_weights(make_column("w", values))
    target = fit_target(make_column("y", ["a", "b"]))
    with pytest.raises(ArgumentError, match="not all 0"):
        class_weights(target, np.array([0, 1]), np.arange(2), {"a": 0, "b": 0})
    with pytest.raises(ArgumentError, match="a target of classes"):
        class_weights(
            fit_target(make_column("y", np.linspace(0, 1, 9))), np.arange(9), np.arange(9), "balanced"
        )
