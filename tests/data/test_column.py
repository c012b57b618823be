"""What a column's values are, and what they can be read as."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import make_column
from chainrule.errors import ArgumentError, DataError, ShapeError


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "number"),
        (np.array([1.5, np.nan], dtype=np.float32), "number"),
        (np.array([1, 2], dtype=np.uint8), "number"),
        ([True, False], "boolean"),
        (["true", "FALSE", None], "boolean"),
        (["1", "2.5", ""], "number"),
        (["1", "n/a"], "number"),
        ([None, None], "number"),
        (["a", "b"], "category"),
        (["1", "a"], "category"),
        (["1", "2", "a"], "text"),
        ([f"name {i}" for i in range(20)], "category"),
        ([f"name {i}" for i in range(21)], "text"),
        ([f"city {i % 50}" for i in range(200)], "category"),
        ([f"city {i % 51}" for i in range(200)], "text"),
        ([f"code {i % 1001}" for i in range(10_000)], "category"),
        ([f"code {i % 10_001}" for i in range(40_008)], "text"),
        (["007", "042", "007"], "category"),
        (["0", "0.5", "-0.25"], "number"),
        (["2024-01-31", "2024-02-01", None], "date"),
        (np.array(["2024-01-31", "NaT"], dtype="datetime64[D]"), "date"),
        (["1", "2", "3", "crew"] * 4, "category"),
    ],
)
def test_inferred_kind(values, kind):
    assert make_column("c", values).kind == kind


def test_missing_values_of_each_kind():
    for values in (["1", "", "2"], ["true", None, "false"], ["a", "", "b"]):
        assert make_column("c", values).missing.tolist() == [False, True, False]


def test_a_kind_that_is_asked_for_keeps_the_words_as_they_are():
    assert make_column("zip", ["007", "01"], "category").values.tolist() == ["007", "01"]
    assert make_column("id", np.array([2**62 + 1]), "category").values.tolist() == [str(2**62 + 1)]
    assert make_column("flag", [1, 0], "boolean").values.tolist() == [1.0, 0.0]
    assert make_column("flag", [True, False], "number").values.tolist() == [1.0, 0.0]
    assert make_column("flag", ["true", None], "category").values.tolist() == ["true", None]


def test_conversions_between_kinds_agree():
    flag = make_column("flag", ["true", "false", None])
    np.testing.assert_array_equal(flag.to_kind("number").values, [1.0, 0.0, np.nan])
    assert flag.to_kind("category").values.tolist() == ["true", "false", None]
    np.testing.assert_array_equal(flag.to_kind("category").to_kind("boolean").values, flag.values)


@given(st.lists(st.floats(allow_infinity=False), min_size=1))
def test_numbers_survive_being_categories(values):
    column = make_column("x", np.array(values))
    np.testing.assert_array_equal(column.to_kind("category").to_kind("number").values, column.values)


def test_a_word_among_numbers_is_named_with_its_row():
    with pytest.raises(
        DataError, match="column 'age' holds 'abc' in data row 3\n  expected: a number"
    ) as error:
        make_column("age", ["31", "42", "abc", "def"], "number")
    assert "\n" not in error.value.one_line()


def test_text_that_is_mostly_numbers_names_the_stray_word():
    with pytest.raises(DataError, match="column 'age' holds '4O' in data row 2"):
        make_column("age", ["31", "4O", "50"]).refuse_text()


def test_dates_written_in_several_ways_are_no_free_text():
    """They were left out as words that never return, without a word about dates."""
    mixed = make_column("sold", ["2024-01-31", "31/12/2024", "2024-02-01", "13/02/2024", "n/a"])
    assert mixed.kind == "text" or mixed.kind == "category"
    with pytest.raises(DataError, match=r"(?s)'31/12/2024' in data row 2.*a date written as %Y-%m-%d, as in"):
        mixed.refuse_stray()
    words = make_column("c", ["2024-01-31", "31/12/2024", "soon", "later", "never"])
    assert words.refuse_stray() is words


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["true", "1", "FALSE", "0"], [1, 1, 0, 0]),
        (["True", "n/a", "false", ""], [1, np.nan, 0, np.nan]),
        (["0", "NA", "true"], [0, np.nan, 1]),
    ],
)
def test_truth_values_written_in_several_ways(words, values):
    column = make_column("flag", words)
    assert column.kind == "boolean"
    np.testing.assert_array_equal(column.values, values)


def test_a_word_for_no_value_among_categories_is_told():
    """A target of yes, no and NA would have three classes, and nobody would know."""
    assert make_column("c", ["yes", "no", "NA"] * 4).notes == (
        "'NA' is read as a word like any other, not as a missing value",
    )
    assert make_column("c", ["yes", "no", ""] * 4).notes == ()


def test_free_text_is_refused_and_other_kinds_are_not():
    with pytest.raises(DataError, match="free text: 30 different values in 30 rows"):
        make_column("note", [f"note {i}" for i in range(30)]).refuse_text()
    column = make_column("x", [1.0])
    assert column.refuse_text() is column


@pytest.mark.parametrize("values", [[1.0, np.nan], ["a", None], ["true", ""]])
def test_a_missing_value_is_named_with_its_row(values):
    with pytest.raises(DataError, match="column 'c' has no value in data row 2"):
        make_column("c", values).require_complete()


def test_an_infinite_value_is_named_with_its_row():
    with pytest.raises(DataError, match="column 'c' holds -inf in data row 2"):
        make_column("c", [0.0, -np.inf]).require_complete()


def test_taken_values_keep_their_row_numbers():
    taken = make_column("c", [1.0, np.nan, 3.0]).take(np.array([2, 1]))
    with pytest.raises(DataError, match="data row 2"):
        taken.require_complete()


def test_wrong_use():
    with pytest.raises(ShapeError, match="one dimension"):
        make_column("c", np.zeros((2, 2)))
    with pytest.raises(ArgumentError, match="one of number, boolean, category, date, text"):
        make_column("c", ["a"], "zip")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([20240131, 20231231, np.nan], "date:%Y%m%d"),
        ([202401, 202312], "date:%Y%m"),
        ([20240132], ""),
        ([20241301], ""),
        ([20240131.5], ""),
        ([202400], ""),
        ([2024, 2025], ""),
        ([20240131, 5], ""),
    ],
)
def test_numbers_that_look_like_dates_are_told(values, said):
    warnings = make_column("when", values).warnings
    assert (said in warnings[0]) if said else not warnings
    if said:
        words = [None if value != value else str(int(value)) for value in values]
        dates = make_column("when", np.array(words, dtype=object), said)
        assert dates.kind == "date"
        assert not dates.warnings
