"""The target: which task it is, its numbers, and back."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import fit_target, infer_task, make_column
from chainrule.data.several import target_config, target_from_config
from chainrule.errors import ArgumentError, DataError


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["yes", "no"], "classification"),
        ([True, False, True], "classification"),
        ([0, 1, 1, 0], "classification"),
        (np.arange(10.0).repeat(2), "classification"),
        ([0, 1, 2], "regression"),
        ([0.5, 1, 0.5, 1], "regression"),
        (np.arange(21).repeat(9), "regression"),
        (np.arange(30), "regression"),
    ],
)
def test_the_task_is_inferred(values, task):
    column = make_column("y", values)
    assert infer_task(column) == task
    assert fit_target(column).task == task


def test_the_task_can_be_chosen():
    column = make_column("y", [3, 4, 3, 5])
    assert fit_target(column, "regression").mean == 3.75
    assert fit_target(make_column("y", [0.5, 1.5, 0.5]), "classification").classes == ("0.5", "1.5")
    with pytest.raises(ArgumentError, match="'classification' or 'regression'"):
        fit_target(column, "ranking")


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (np.array([10, 9, 10, 9, -1, -1]), [-1, 9, 10]),
        (np.array([True, False, True]), [False, True]),
        (["b", "a", "b"], ["a", "b"]),
        (["10", "9"] * 2, [9, 10]),
    ],
)
def test_classes_come_back_as_the_values_they_were(values, classes):
    column = make_column("y", values)
    target = fit_target(column)
    labels = target.encode(column)
    assert labels.dtype == np.int64
    assert sorted(set(labels.tolist())) == list(range(target.outputs))
    assert target.decode(np.arange(target.outputs)).tolist() == classes
    wanted = column.values if column.kind != "boolean" else column.values == 1
    assert target.decode(labels).tolist() == wanted.tolist()


def test_fractional_classes_come_back_as_floats():
    column = make_column("y", [0.5, 1.5, 0.5])
    target = fit_target(column, "classification")
    assert target.decode(target.encode(column)).tolist() == [0.5, 1.5, 0.5]


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=30).filter(lambda values: len(set(values)) > 1))
def test_numbers_come_back_within_rounding(values):
    column = make_column("y", np.array(values))
    target = fit_target(column, "regression")
    encoded = target.encode(column)
    assert encoded.shape == (len(values), 1)
    largest = max(map(abs, values))
    np.testing.assert_allclose(target.decode(encoded), values, rtol=1e-12, atol=1e-14 * largest)


@given(
    st.lists(st.sampled_from(["a", "b", "c", "ä", " "]), min_size=2).filter(
        lambda words: len(set(words) - {" "}) > 1
    )
)
def test_configurations_go_through_json(words):
    column = make_column("y", [word for word in words if word != " "])
    for target in (fit_target(column), fit_target(make_column("y", np.arange(40.0)))):
        assert target_from_config(json.loads(json.dumps(target_config(target)))) == target


@pytest.mark.parametrize(
    ("values", "task", "said"),
    [
        (["yes", "yes"], None, "target 'y' has one class only, 'yes'"),
        ([1, 1, 1, 1], None, "target 'y' has one class only, '1'"),
        ([2.5, 2.5], None, "target 'y' is 2.5 in every row"),
        ([1.0, np.nan], None, "column 'y' has no value in data row 2"),
        (["a", None], "classification", "column 'y' has no value in data row 2"),
        (["1", "2", "x"], None, "column 'y' holds 'x' in data row 3"),
        (["a", "b"], "regression", "column 'y' holds 'a' in data row 1"),
        ([f"t{i}" for i in range(99)], None, r"(?s)column 'y' is free text.*predict another column"),
        ([1.0, np.inf], None, "column 'y' holds inf"),
    ],
)
def test_targets_that_cannot_be_learnt(values, task, said):
    with pytest.raises(DataError, match=said) as error:
        fit_target(make_column("y", values), task)
    assert "\n" not in error.value.one_line()


def test_a_class_that_training_did_not_have():
    target = fit_target(make_column("y", ["a", "b"]))
    with pytest.raises(DataError, match=r"column 'y' holds 'c' in data row 2"):
        target.encode(make_column("y", ["a", "c"]))


CLASSES = {"name": "y", "kind": "category", "classes": ["a", "b"], "task": "classification"}


@pytest.mark.parametrize(
    "config",
    [
        None,
        {},
        CLASSES | {"task": "ranking"},
        CLASSES | {"classes": ["a"]},
        CLASSES | {"classes": ["a", "a"]},
        CLASSES | {"classes": [1, 2]},
        CLASSES | {"kind": "text"},
        CLASSES | {"kind": "number"},
        CLASSES | {"kind": "boolean"},
        {"name": "y", "mean": 0.0, "scale": 0.0, "task": "regression"},
        {"name": "y", "mean": 0.0, "task": "regression"},
    ],
)
def test_configurations_that_describe_no_target(config):
    with pytest.raises(DataError):
        target_from_config(config)


def test_many_dates_are_no_classes():
    days = [f"2024-01-{day:02d}" for day in range(1, 31)]
    with pytest.raises(DataError, match=r"(?s)target 'when' has 30 different dates.*days that have passed"):
        fit_target(make_column("when", days))
    assert fit_target(make_column("when", days), "classification").outputs == 30
    assert fit_target(make_column("when", days[:2] * 4)).outputs == 2
