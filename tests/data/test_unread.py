"""Columns that are not read: those that are to be left out, and those that hold no single values."""

from __future__ import annotations

import polars
import pytest

from chainrule.data import Table, prepare_table, read_table, scan_table
from chainrule.errors import DataError
from chainrule.latent import Gaussian


@pytest.fixture(params=["parquet", "csv"])
def table_file(request, tmp_path):
    frame = polars.DataFrame({"a": [1.0, 2.0], "b": ["x", None], "c": [None, "2024-01-31"]})
    path = tmp_path / f"t.{request.param}"
    getattr(frame, f"write_{request.param}")(path)
    return path


@pytest.mark.parametrize("on_disk", [False, True])
def test_dropped_columns_are_not_there(table_file, tmp_path, on_disk) -> None:
    folder = tmp_path if on_disk else None
    whole, part = (read_table(table_file, folder=folder, drop=drop) for drop in ([], ["a", "c"]))
    assert (part.names, part["b"].tolist()) == (("b",), ["x"])
    assert part.blank_rows.tolist() == [2]
    assert whole.names == ("a", "b", "c")
    assert [piece.names for piece in scan_table(table_file, drop=["b"])] == [("a", "c")]


def test_a_column_that_is_dropped_must_be_there_and_others_left(table_file) -> None:
    with pytest.raises(DataError, match="no column 'd'"):
        read_table(table_file, drop=["d"])
    with pytest.raises(DataError, match=r"of the 3 columns of .* none is left to read"):
        read_table(table_file, drop=["a", "b", "c"])


@pytest.fixture
def nested(tmp_path):
    rows = range(40)
    frame = {"x": [k * 7 % 11 for k in rows], "y": [k % 5 for k in rows]}
    lists = {"tags": [[k] for k in rows], "place": [{"lat": k} for k in rows]}
    polars.DataFrame(frame | lists).write_parquet(tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


@pytest.mark.parametrize("on_disk", [False, True])
def test_columns_of_lists_and_records_are_left_out_with_a_word(nested, tmp_path, on_disk) -> None:
    table = read_table(nested, folder=tmp_path if on_disk else None)
    assert table.names == ("x", "y")
    assert table.unread == {"tags": "a List in each row", "place": "a Struct in each row"}
    assert table.remarks == (
        "column 'tags' left out: a List in each row",
        "column 'place' left out: a Struct in each row",
    )
    assert prepare_table(table, "y").notes[:2] == table.remarks
    assert table.drop("tags").remarks == read_table(nested, drop=["tags"]).remarks == table.remarks[1:]


def test_a_column_of_lists_that_is_asked_for_is_an_error(nested) -> None:
    for ask in (
        lambda: read_table(nested).column("tags"),
        lambda: read_table(nested, kinds={"tags": "text"}),
    ):
        with pytest.raises(DataError, match="column 'tags' holds a List in each row"):
            ask()


def test_of_a_frame_too_they_are_left_out_with_a_word(nested) -> None:
    frame = polars.read_parquet(nested)
    table, read = Table.from_frame(frame), read_table(nested)
    assert (table.names, table.unread, table.remarks) == (read.names, read.unread, read.remarks)
    assert table["x"].tolist() == read["x"].tolist()
    for ask in (
        lambda: Table.from_frame(frame, kinds={"tags": "text"}),
        lambda: Table.from_frame(frame.select("tags", "place")),
        lambda: Gaussian().fit(frame),  # a density is one of all columns
    ):
        with pytest.raises(DataError, match="column 'tags' holds a List in each row"):
            ask()
