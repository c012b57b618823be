"""Arguments as checked: numbers, counts, seeds, dtypes, names."""

import numpy as np
import pytest

from chainrule.arguments import as_count, as_float_dtype, as_generator, as_numbers, find, require_finite
from chainrule.errors import ArgumentError, DataError, DtypeError, ShapeError


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([1, 2], np.int64),
        ([True, False], np.bool_),
        ([1.5, 2], np.float64),
        (np.ones(2, np.float32), np.float32),
        (np.array([1, 2.5], dtype=object), np.float64),
        ([1.5, None], np.float64),
    ],
)
def test_numbers_keep_their_dtype(value, dtype):
    assert as_numbers(value, "X").dtype == dtype


@pytest.mark.parametrize("value", [["a"], [1, "a"], [1j], [np.datetime64("2020-01-01")], [{}], [b"1"]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(DtypeError, match="X h"):
        as_numbers(value, "X")


def test_ragged_rows_are_refused():
    with pytest.raises(ShapeError, match="not a rectangular array"):
        as_numbers([[1, 2], [3]], "X")


def test_the_first_value_that_is_not_finite_is_named():
    table = np.zeros((3, 4))
    require_finite(table, "X")
    table[1, 2], table[2, 0] = np.inf, np.nan
    with pytest.raises(DataError, match=r"X\[1, 2\] is inf \(2 such of 12\)"):
        require_finite(table, "X")
    require_finite(np.array([1, 2]), "y")


@pytest.mark.parametrize("value", [3, np.int32(3), np.uint8(3)])
def test_counts_of_any_integer_type(value):
    assert as_count(value, "epochs") == 3
    assert type(as_count(value, "epochs")) is int


@pytest.mark.parametrize("value", [0, -1, 2.0, "3", None, True, np.True_])
def test_what_is_no_count_is_refused(value):
    with pytest.raises(ArgumentError, match=r"(?s)epochs=.*1 or more"):
        as_count(value, "epochs")


def test_a_generator_is_used_as_it_is_and_a_seed_makes_one():
    rng = np.random.default_rng(1)
    assert as_generator(rng) is rng
    assert as_generator(7).random() == np.random.default_rng(7).random()
    with pytest.raises(ArgumentError, match=r"seed=1\.5"):
        as_generator(1.5)


@pytest.mark.parametrize(
    ("given", "expected"), [(float, np.float64), ("f4", np.float32), (np.dtype("f8"), np.float64)]
)
def test_floating_dtypes_by_any_of_their_names(given, expected):
    assert as_float_dtype(given) == expected


def test_unknown_names_list_the_known_ones_and_the_closest():
    with pytest.raises(ArgumentError) as info:
        find({"left": 1, "right": 2}, "rigth", "side")
    assert info.value.one_line() == "unknown side 'rigth'; expected: one of left, right; instead: 'right'"
    with pytest.raises(ArgumentError, match="unknown side 3"):
        find({"left": 1}, 3, "side")


def test_what_is_masked_is_refused():
    table = np.ma.masked_array(np.zeros((2, 3)), mask=[[0, 1, 0], [0, 1, 0]])
    with pytest.raises(DataError, match=r"X has 2 masked values of 6(?s:.*)X\.filled"):
        as_numbers(table, "X")
    assert as_numbers(np.ma.masked_array([1.0, 2.0]), "X").tolist() == [1.0, 2.0]
