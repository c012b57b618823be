"""Tables of columns, and from data frames."""

import datetime
import sys

import numpy as np
import polars
import pytest

from chainrule.data import Table
from chainrule.errors import DataError, MissingExtraError, ShapeError


@pytest.fixture
def table():
    return Table.from_columns(
        {"x": [1.0, 2.0, 3.0], "colour": ["red", "blue", "red"], "ok": [True, False, True]}
    )


def test_columns_by_name(table):
    assert table.names == ("x", "colour", "ok")
    assert table.kinds == {"x": "number", "colour": "category", "ok": "boolean"}
    assert len(table) == 3
    assert table["colour"].tolist() == ["red", "blue", "red"]


def test_selecting_dropping_and_taking(table):
    assert table.select(["ok", "x"]).names == ("ok", "x")
    assert table.drop("colour").names == ("x", "ok")
    assert table.take([2, 0])["x"].tolist() == [3.0, 1.0]
    assert table.take(np.array([True, False, True]))["x"].tolist() == [1.0, 3.0]
    assert table["x"].tolist() == [1.0, 2.0, 3.0]


def test_a_matrix_of_numbers(table):
    assert table.drop("colour").matrix().tolist() == [[1.0, 1.0], [2.0, 0.0], [3.0, 1.0]]
    with pytest.raises(DataError, match="column 'colour' holds 'red' in data row 1"):
        table.matrix()


def test_a_missing_column_is_named_beside_the_closest(table):
    with pytest.raises(
        DataError, match="the table has no column 'Color'\n  instead: one of its columns: 'colour'"
    ):
        table.column("Color")
    with pytest.raises(DataError, match="instead: one of its columns: 'x', 'colour', 'ok'"):
        table["price"]
    with pytest.raises(DataError, match="lacks 2 of the columns that are needed: 'a', 'b'"):
        table.drop("a", "b")


def test_tables_that_are_none():
    with pytest.raises(DataError, match="no columns"):
        Table.from_columns({})
    with pytest.raises(DataError, match="no rows"):
        Table.from_columns({"x": []})
    with pytest.raises(ShapeError, match="'x' 1, 'y' 2"):
        Table.from_columns({"x": [1], "y": [1, 2]})
    with pytest.raises(DataError, match="two columns have the same name: 'x'"):
        Table((*Table.from_columns({"x": [1]}).columns, *Table.from_columns({"x": [2]}).columns))
    with pytest.raises(DataError, match="no column 'z'"):
        Table.from_columns({"x": [1]}, kinds={"z": "number"})


def test_a_polars_frame_of_many_dtypes():
    frame = polars.DataFrame(
        {
            "i": [1, None],
            "f": [0.5, float("nan")],
            "b": [True, None],
            "s": ["a", None],
            "c": polars.Series(["u", "v"], dtype=polars.Categorical),
            "d": [datetime.date(2020, 1, 31), None],
            "wide": polars.Series([10**30, 1], dtype=polars.Int128),
            "money": polars.Series(["1.25", "2"]).cast(polars.Decimal(scale=2)),
        }
    )
    table = Table.from_frame(frame)
    kinds = ["number", "number", "boolean", "category", "category", "date", "number", "number"]
    assert list(table.kinds.values()) == kinds
    np.testing.assert_array_equal(table["i"], [1.0, np.nan])
    np.testing.assert_array_equal(table["b"], [1.0, np.nan])
    assert table["s"].tolist() == ["a", None]
    assert table["d"].tolist() == [datetime.datetime(2020, 1, 31), None]
    assert table["wide"].tolist() == [1e30, 1.0]
    assert table["money"].tolist() == [1.25, 2.0]


def test_kinds_of_a_frame_can_be_chosen():
    frame = polars.DataFrame({"id": [2**62 + 1, 7]})
    assert Table.from_frame(frame, kinds={"id": "category"})["id"].tolist() == [str(2**62 + 1), "7"]


def test_what_is_no_frame():
    with pytest.raises(DataError, match=r"(?s)dict is no data frame.*Table.from_columns"):
        Table.from_frame({"x": [1]})


def test_narwhals_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "narwhals", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'chainrule\[data\]'"):
        Table.from_frame(polars.DataFrame({"x": [1]}))
