"""A table as numbers: fitted on training rows, checked on every other table."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import Table, TableEncoder, fit_encoder
from chainrule.errors import DataError


@pytest.fixture
def training():
    return Table.from_columns(
        {
            "size": [1.0, 2.0, 6.0],
            "colour": ["red", "blue", "red"],
            "ok": [True, False, True],
            "flat": [0.1] * 3,
        }
    )


def test_standardised_one_hot_and_truth_values(training):
    encoder = fit_encoder(training)
    assert encoder.features == ("size", "colour=blue", "colour=red", "ok", "flat")
    encoded = encoder.transform(training)
    np.testing.assert_allclose(encoded[:, 0], np.array([-2.0, -1.0, 3.0]) / np.sqrt(14 / 3), rtol=1e-15)
    assert encoded[:, 1:].tolist() == [[0, 1, 1, 0], [1, 0, 0, 0], [0, 1, 1, 0]]


def test_new_rows_are_encoded_with_the_training_rows_numbers(training):
    encoder = fit_encoder(training)
    new = Table.from_columns(
        {"flat": [1.1], "ok": [False], "colour": ["blue"], "size": [3.0], "more": ["ignored"]}
    )
    assert encoder.transform(new).tolist() == [[0, 1, 0, 0, 1.0]]


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_encoded_training_columns_have_mean_0_and_deviation_1(values):
    encoded = fit_encoder(Table.from_columns({"x": values})).transform(Table.from_columns({"x": values}))
    if len(set(values)) > 1:
        np.testing.assert_allclose([encoded.mean(), encoded.std()], [0, 1], atol=1e-9)
    else:
        assert not encoded.any()


@given(
    st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=8),
    st.lists(st.text(min_size=1).map(str.strip).filter(bool), min_size=1, max_size=8),
)
def test_a_configuration_goes_through_json(numbers, words):
    rows = min(len(numbers), len(words))
    columns = {"n": np.array(numbers[:rows]), "w": words[:rows], "b": np.arange(rows) % 2 == 0}
    table = Table.from_columns(columns, kinds={"w": "category"})
    encoder = fit_encoder(table)
    back = TableEncoder.from_config(json.loads(json.dumps(encoder.to_config())))
    assert back == encoder
    np.testing.assert_array_equal(back.transform(table), encoder.transform(table))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"colour": ["red"], "ok": [True], "flat": [0.1]}, "the table has no column 'size'"),
        (
            {"price": [1.0]},
            "the table lacks 4 of the columns that are needed: 'size', 'colour', 'ok', 'flat'",
        ),
        ({"size": ["big"]}, "column 'size' holds 'big' in data row 1"),
        ({"size": [np.nan]}, "column 'size' has no value in data row 1"),
        ({"size": [np.inf]}, "column 'size' holds inf in data row 1"),
        ({"colour": ["green"]}, r"column 'colour' holds 'green' in data row 1\n.*training: 'blue', 'red'"),
        ({"colour": [None]}, "column 'colour' has no value in data row 1"),
        ({"ok": ["maybe"]}, "column 'ok' holds 'maybe' in data row 1\n  expected: true or false"),
    ],
)
def test_tables_that_do_not_fit(training, columns, said):
    fitting = {"size": [1.0], "colour": ["red"], "ok": [True], "flat": [0.1]}
    whole = columns if "price" in columns or "flat" in columns else fitting | columns
    with pytest.raises(DataError, match=said) as error:
        fit_encoder(training).transform(Table.from_columns(whole))
    assert "\n" not in error.value.one_line()


def test_a_number_beyond_what_can_be_standardised():
    encoder = fit_encoder(Table.from_columns({"x": [1e-300, 2e-300]}))
    with pytest.raises(DataError, match=r"column 'x' holds 1e\+300 in data row 2\n.*less far"):
        encoder.transform(Table.from_columns({"x": [1e-300, 1e300]}))


def test_categories_that_look_like_numbers():
    training = Table.from_columns({"zip": ["1", "2", "2"]}, kinds={"zip": "category"})
    encoder = fit_encoder(training)
    assert encoder.transform(Table.from_columns({"zip": [2.0, 1.0]})).tolist() == [[0, 1], [1, 0]]
    with pytest.raises(DataError, match="column 'zip' holds '3' in data row 1"):
        encoder.transform(Table.from_columns({"zip": [3]}))


def test_rows_keep_their_numbers_through_a_split():
    table = Table.from_columns({"x": [1.0, 2.0, np.nan, 4.0]})
    encoder = fit_encoder(table.take([0, 1]))
    with pytest.raises(DataError, match="data row 3"):
        encoder.transform(table.take([3, 2]))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"x": [1.0, np.nan]}, "column 'x' has no value in data row 2"),
        ({"age": ["31", "x", "50"]}, "column 'age' holds 'x' in data row 2"),
        ({"name": [f"n{i}" for i in range(99)]}, "column 'name' is free text"),
    ],
)
def test_training_rows_that_cannot_be_encoded(columns, said):
    with pytest.raises(DataError, match=said):
        fit_encoder(Table.from_columns(columns))


NUMBER = {"name": "x", "mean": 0.0, "scale": 1.0, "kind": "number"}


@pytest.mark.parametrize(
    "config",
    [
        None,
        {},
        [],
        [1],
        [{}],
        [{"kind": ["number"]}],
        [NUMBER, NUMBER],
        [NUMBER | {"kind": "text"}],
        [NUMBER | {"scale": 0.0}],
        [NUMBER | {"scale": -1.0}],
        [NUMBER | {"scale": "1"}],
        [NUMBER | {"mean": None}],
        [{"name": "x", "kind": "number"}],
        [{"name": "c", "categories": [], "kind": "category"}],
        [{"name": "c", "categories": ["a", "a"], "kind": "category"}],
        [{"name": "c", "categories": "ab", "kind": "category"}],
        [{"name": 1, "kind": "boolean"}],
    ],
)
def test_configurations_that_describe_no_encoder(config):
    with pytest.raises(DataError):
        TableEncoder.from_config(config)
