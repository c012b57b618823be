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


# Subnormal numbers have no deviation that a float could hold.
@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=2, max_size=50))
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
        ({"size": [np.inf]}, "column 'size' holds inf in data row 1"),
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
    assert encoder.transform(Table.from_columns({"zip": [3]})).tolist() == [[0, 0]]


def test_rows_keep_their_numbers_through_a_split():
    table = Table.from_columns({"x": [1.0, 2.0, np.inf, 4.0]})
    encoder = fit_encoder(table.take([0, 1]))
    with pytest.raises(DataError, match="data row 3"):
        encoder.transform(table.take([3, 2]))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"x": [1.0, np.inf]}, "column 'x' holds inf in data row 2"),
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


def test_missing_values_are_marked_and_count_as_average():
    table = Table.from_columns({"x": [1.0, np.nan, 3.0], "ok": [True, None, True], "c": ["a", None, "b"]})
    encoder = fit_encoder(table)
    assert encoder.features == ("x", "x (missing)", "ok", "ok (missing)", "c=a", "c=b", "c (missing)")
    assert encoder.transform(table).tolist() == [
        [-1, 0, 1, 0, 1, 0, 0],
        [0, 1, 1, 1, 0, 0, 1],
        [1, 0, 1, 0, 0, 1, 0],
    ]
    assert encoder.remarks(table) == []


def test_what_training_did_not_see_is_counted(training):
    new = Table.from_columns(
        {"size": [3.0, None], "colour": ["green", "red"], "ok": [True, True], "flat": [0.1, 0.1]}
    )
    encoder = fit_encoder(training)
    assert encoder.transform(new)[:, :3].tolist() == [[0, 0, 0], [0, 0, 1]]
    missing, unseen = encoder.remarks(new)
    assert missing.startswith("column 'size': 1 without a value, the first in data row 2")
    assert "column 'colour': 1 row with a category that training did not see, such as 'green'" in unseen


def test_rare_and_unseen_categories_share_a_column():
    words = ["common"] * 495 + ["frequent"] * 5 + ["rare"] * 4 + [f"single {k}" for k in range(3)]
    encoder = fit_encoder(Table.from_columns({"c": words}, kinds={"c": "category"}))
    assert encoder.features == ("c=common", "c=frequent", "c (other)")
    new = Table.from_columns({"c": ["rare", "never seen", None]}, kinds={"c": "category"})
    assert encoder.transform(new).tolist() == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]
    assert fit_encoder(Table.from_columns({"c": words}), rare=0).features[0] == "c=common"
    few = fit_encoder(Table.from_columns({"c": ["a", "b", "c", "a"]}), most=1)
    assert few.features == ("c=a", "c (other)")


def test_robust_scaling_is_not_moved_by_an_extreme_value():
    values = np.array([1.0, 2.0, 3.0, 4.0, 1e12])
    encoded = fit_encoder(Table.from_columns({"x": values}), scaling="robust").transform(
        Table.from_columns({"x": values})
    )
    assert encoded[:4, 0].tolist() == [-1.0, -0.5, 0.0, 0.5]  # median 3, quartiles 2 and 4


def test_dates_are_elapsed_time_and_cycles():
    days = ["2024-01-01 06:00", "2024-01-02 18:00", "2024-01-08 06:00", None]
    table = Table.from_columns({"t": days})
    encoder = fit_encoder(table)
    encoded = dict(zip(encoder.features, encoder.transform(table).T, strict=True))
    np.testing.assert_allclose(encoded["t (elapsed)"][:3].mean(), 0, atol=1e-12)
    np.testing.assert_allclose(encoded["t (elapsed)"][:3].std(), 1, rtol=1e-12)
    monday, tuesday = 0.0, 2 * np.pi / 7  # 1 and 8 January 2024 were Mondays
    np.testing.assert_allclose(
        encoded["t (weekday sin)"], [np.sin(monday), np.sin(tuesday), np.sin(monday), 0], atol=1e-12
    )
    np.testing.assert_allclose(encoded["t (weekday cos)"], [1, np.cos(tuesday), 1, 0], rtol=1e-12)
    np.testing.assert_allclose(encoded["t (time sin)"], [1, -1, 1, 0], rtol=1e-12)  # 6:00 and 18:00
    assert encoded["t (missing)"].tolist() == [0, 0, 0, 1]
    flat = fit_encoder(Table.from_columns({"t": ["2024-01-01", "2024-01-01"]}))
    assert flat.features == ("t (elapsed)",)


def test_the_order_of_columns_does_not_matter(training):
    encoder = fit_encoder(training)
    turned = training.select(reversed(training.names))
    np.testing.assert_array_equal(encoder.transform(turned), encoder.transform(training))


def test_ppca_fills_in_what_the_other_numbers_of_a_row_say():
    rng = np.random.default_rng(0)
    h = rng.normal(size=(300, 1))
    rows = h @ np.array([[3.0, -2.0, 1.0]]) + 0.01 * rng.normal(size=(300, 3)) + [10, 20, 30]
    gaps = np.where(rng.random(rows.shape) < 0.1, np.nan, rows)
    table = Table.from_matrix(gaps)
    encoder = fit_encoder(table, impute="ppca")
    places = [encoder.features.index(name) for name in table.names]
    encoded, missing = (
        encoder.transform(table)[:, places],
        np.isnan(gaps) & (np.isnan(gaps).sum(1) < 2)[:, None],
    )
    truth = (rows - np.nanmean(gaps, axis=0)) / np.nanstd(gaps, axis=0)
    assert np.abs(encoded - truth)[missing].max() < 0.1  # the mean would be off by more than 1
    mean = fit_encoder(table).transform(table)[:, places]
    assert np.abs(mean - truth)[missing].max() > 1.0
    np.testing.assert_array_equal(encoded[~np.isnan(gaps)], mean[~np.isnan(gaps)])


def test_fitting_looks_at_the_training_rows_alone(training):
    train = np.array([0, 2])
    assert fit_encoder(training, train) == fit_encoder(training.take(train))


def test_unseen_categories_are_told_from_rare_ones():
    words = ["common"] * 495 + ["frequent"] * 5 + ["rare"] * 4
    encoder = fit_encoder(Table.from_columns({"c": words}, kinds={"c": "category"}))
    new = Table.from_columns({"c": ["rare", "common", "new", "new", None]}, kinds={"c": "category"})
    unseen, _ = encoder.remarks(new)
    assert unseen == (
        "column 'c': 2 rows with a category that training did not see, such as 'new' in data row 3; "
        "encoded as one of the rare ones"
    )
    assert encoder.remarks(new.take([0, 1])) == []
    many = [f"w{k}" for k in range(3000)]  # too many to keep, so the new are not told from the rare
    encoder = fit_encoder(Table.from_columns({"c": many}, kinds={"c": "category"}), rare=2)
    assert "that training saw rarely or never, such as 'rare' in data row 1" in encoder.remarks(new)[0]
    assert fit_encoder(Table.from_columns({"c": words})).from_config(encoder.to_config()) == encoder


@pytest.mark.parametrize("scaling", ["standard", "robust"])
def test_numbers_in_another_unit_are_remarked(scaling):
    """Percentages as whole numbers, or a decimal comma as thousands, were predicted from without a word."""
    table = Table.from_columns({"share": np.linspace(0.01, 0.9, 50)})
    encoder = fit_encoder(table, np.arange(50), scaling=scaling)
    assert encoder.remarks(table) == []
    assert encoder.remarks(Table.from_columns({"share": [1.5, -0.5]})) == []
    remark = encoder.remarks(Table.from_columns({"share": [0.5, 45.0, 60.0]}))[0]
    assert "2 rows with a number far from those of training, such as 45 in data row 2" in remark


def test_dates_written_in_another_way_than_in_training_are_remarked():
    days = np.arange("2024-01-01", "2024-02-20", dtype="datetime64[D]")
    encoder = fit_encoder(Table.from_columns({"sold": days, "size": np.arange(len(days))}))
    same = Table.from_columns({"sold": days.astype(str), "size": np.arange(len(days))}, encoder.kinds)
    assert encoder.remarks(same) == []
    other = {"sold": ["01/02/2024", "01/03/2024"], "size": ["1,5", "2"]}
    assert encoder.remarks(Table.from_columns(other, encoder.kinds)) == [
        "column 'sold' is read as date:%m/%d/%Y; in training it was date",
        "column 'size' is read as number:1.234,5; in training it was number",
    ]
