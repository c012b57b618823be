"""Data frames of pandas."""

import datetime

import numpy as np
import pandas
import polars
import pytest

from chainrule.data import Table
from chainrule.errors import DataError


def test_a_frame_of_many_dtypes():
    moments = pandas.to_datetime(["2024-01-01 12:00", "2024-07-01 12:00"])
    frame = pandas.DataFrame(
        {
            "float": [1.5, None],
            "whole": pandas.array([1, None], dtype="Int64"),
            "truth": pandas.array([True, None], dtype="boolean"),
            "word": ["a", None],
            "string": pandas.array(["u", None], dtype="string"),
            "price": ["1,234.5", None],
            "category": pandas.Categorical(["u", "v"]),
            "moment": moments.tz_localize("Europe/Berlin"),
        }
    )
    table = Table.from_frame(frame)
    assert list(table.kinds.values()) == [
        *("number", "number", "boolean", "category", "category", "number", "category", "date")
    ]
    np.testing.assert_array_equal(table["truth"], [1.0, np.nan])
    np.testing.assert_array_equal(table["price"], [1234.5, np.nan])
    assert table["word"].tolist() == ["a", None]
    assert table["string"].tolist() == ["u", None]
    assert table["moment"].tolist() == [  # in winter and in summer
        datetime.datetime(2024, 1, 1, 11),
        datetime.datetime(2024, 7, 1, 10),
    ]


@pytest.mark.parametrize(
    ("given", "method"),
    [
        (pandas.Series([1, 2]), "to_frame"),
        (polars.Series([1, 2]), "to_frame"),
        (polars.DataFrame({"a": [1]}).lazy(), "collect"),
    ],
)
def test_what_is_no_frame_but_gives_one(given, method):
    with pytest.raises(DataError, match=rf"what its {method}\(\) gives"):
        Table.from_frame(given)
    assert Table.from_frame(pandas.DataFrame({"collect": [1, 2]})).names == ("collect",)
