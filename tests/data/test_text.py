"""Cells as text and back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.kinds import parse_truth
from chainrule.data.numbers import parse_number
from chainrule.data.text import to_text
from chainrule.data.words import Words


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_every_finite_float_comes_back_from_its_text(values):
    words = to_text(np.array(values, dtype=np.float64))
    parsed, bad = Words.of(words.tolist()).parse(parse_number)
    assert not bad.any()
    np.testing.assert_array_equal(parsed, values)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integers_keep_every_digit(values):
    assert to_text(np.array(values, dtype=np.int64)).tolist() == [str(value) for value in values]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.array([True, False]), ["true", "false"]),
        (np.array([1.0, 0.5, np.nan, -0.0]), ["1", "0.5", None, "0"]),
        (np.array([np.float32(0.25)]), ["0.25"]),
        (np.array([" a ", "", "b"]), ["a", None, "b"]),
        (
            np.array([None, float("nan"), True, 2.0, 7, "x", "  "], dtype=object),
            [None, None, "true", "2", "7", "x", None],
        ),
        (np.array(["2020-01-31", "NaT"], dtype="datetime64[D]"), ["2020-01-31", None]),
        (np.array([]), []),
    ],
)
def test_cells_of_every_dtype_as_text(values, words):
    assert to_text(values).tolist() == words


@pytest.mark.parametrize("word", ["NA", "n/a", "NaN", "null", "None", "?", "-"])
def test_words_for_no_value(word):
    assert math.isnan(parse_number(word))


@pytest.mark.parametrize("word", ["abc", "1,000", "1_000", "12 kg", "0x10", "1e", "", "--1"])
def test_words_that_are_no_numbers(word):
    assert parse_number(word) is None


@pytest.mark.parametrize(("word", "value"), [("True", 1.0), ("FALSE", 0.0), ("1", 1.0), ("0.0", 0.0)])
def test_truth_values(word, value):
    assert parse_truth(word) == value


@pytest.mark.parametrize("word", ["yes", "2", "-1", "t"])
def test_words_that_are_no_truth_values(word):
    assert parse_truth(word) is None
