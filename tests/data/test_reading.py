"""Tables from CSV and Parquet files."""

import os
import sys

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import Table, TableEncoder, prepare_table, read_table
from chainrule.errors import DataError, MissingExtraError


def test_kinds_are_inferred_and_can_be_chosen(csv):
    path = csv("size,zip,colour,ok\n1.5,007,red,true\n2,010,blue,False\n")
    assert read_table(path).kinds == {
        "size": "number",
        "zip": "category",
        "colour": "category",
        "ok": "boolean",
    }
    assert read_table(path)["zip"].tolist() == ["007", "010"]
    assert read_table(path, kinds={"zip": "number"})["zip"].tolist() == [7.0, 10.0]


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,x\n2,y\n",
        "a,b\r\n1,x\r\n2,y\r\n",
        "a,b\n1,x\n2,y",
        "\ufeffa,b\n1,x\n2,y\n",
        " a , b\n 1 , x\n2,y \n",
        "a;b\n1;x\n2;y\n",
        "a\tb\n1\tx\n2\ty\n",
        "a|b\n1|x\n2|y\n",
        '"a","b"\n"1","x"\n"2","y"\n',
        "a,b\n\n1,x\n\n2,y\n\n",
    ],
)
def test_ways_to_write_the_same_table(csv, content):
    table = read_table(csv(content))
    assert table.names == ("a", "b")
    assert table["a"].tolist() == [1.0, 2.0]
    assert table["b"].tolist() == ["x", "y"]


@pytest.mark.parametrize("address", ["https://example.org/t.csv", "s3://bucket/t.parquet"])
def test_an_address_is_no_file(address):
    with pytest.raises(DataError, match=r"(?s)is an address.*instead: download it: curl"):
        read_table(address)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("a,b\n", "column names but no rows"),
        ("a,b", "column names but no rows"),
        ("a,b\n\n,\n", "column names but no values"),
        ("a,b,a\n1,2,3\n", "two columns have the same name: 'a'"),
        ("a, a\n1,2\n", "two columns have the same name: 'a'"),
        (
            "Report,,\na,b,c\nd,e,f\n",
            r"(?s)no name for column 2 in its first line, .Report,,'.*tell the number",
        ),
        (
            "a,b\n1,2\n1,2,3\n",
            r"data row 2 \(line 3\) has 3 fields, more than the 2 of the first line, 'a,b'",
        ),
        (f"a,b\n{'x' * 200_000},2\n1,2,3\n", "a row has more fields than the 2 of the first line"),
        ('a,b\n3,4\n"x,2\n3,4\n', r"the field in quotation marks that begins in line 3 does not end"),
        ('a,b\n1,2\n1,5"\n', r'a quotation mark stands inside a field: 5" in data row 2 \(line 3\)'),
        (
            'a,b\n"u",1\n"x\\"0",2\n"y\\"1",3\n',
            r"inside a field in quotation marks, in data row 2 \(line 3\)",
        ),
        ("a,b\r1,2\r", r"(?s)end with a carriage return alone.*tr '\\r'"),
        ("a,b\rc,d\n1,2,3\n", "not clear where it ends, 'a,b'"),
        (b"a,b\n\xff\xfe,2\n", r"(?s)is not UTF-8 text.*iconv -f WINDOWS-1252 -t UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a binary file"),
        ("a,b\n1,2\n".encode("utf-16"), r"(?s)is UTF-16 text.*iconv -f UTF-16 -t UTF-8"),
        ("a,b\n1,2\n".encode("utf-32"), r"(?s)is UTF-32 text.*iconv -f UTF-32 -t UTF-8"),
        ("größe,b\n1,2\n".encode("utf-16-le"), r"(?s)is UTF-16LE text.*iconv -f UTF-16LE -t UTF-8"),
        ("größe,b\n1,2\n".encode("utf-16-be"), r"(?s)is UTF-16BE text.*iconv -f UTF-16BE -t UTF-8"),
        ("a,b\r1,2\n3,4,5\n", r"(?s)not clear where it ends"),
        ("a,b\n1,2\n3,4\r5,6\n", r"(?s)a carriage return alone is in line 3.*tr '\\r'"),
        (b"PK\x03\x04\0\0", "(?s)is a spreadsheet or another archive.*save the sheet as CSV"),
        (b"\x1f\x8b\x08\0", "(?s)is compressed.*gunzip"),
        (b"\x28\xb5\x2f\xfd\4\0", "(?s)is compressed.*unzstd"),
        (b"BZh91AY&SY", "(?s)is compressed.*bunzip2"),
        (b"\xfd7zXZ\0", "(?s)is compressed.*unxz"),
        (b"ARROW1\0\0", "(?s)is an Arrow .*read_ipc"),
        (b"SQLite format 3\0", "is a database"),
        (b"%PDF-1.7\n", "is a PDF document"),
        ("\n<!DOCTYPE html>\n<html>", "is a web page"),
        ("<table><tr><td>1</td></tr></table>", "is a web page"),
        ('{"a": 1}\n{"a": 2}\n', "(?s)is JSON.*read_ndjson"),
        ('[\n  {"a": 1}\n]\n', "(?s)is JSON.*read_json"),
        (b"PAR1 and no more of it", "cannot be read as a table"),
    ],
)
def test_files_that_are_no_table(csv, content, said):
    with pytest.raises(DataError, match=said) as error:
        read_table(csv(content))
    assert "\n" not in error.value.one_line()


def test_a_stream_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for source in (tmp_path / "pipe", "-"):
        with pytest.raises(DataError, match=r"(?s)is a stream.*> table\.csv"):
            read_table(source)


def test_names_may_begin_as_other_files_do(csv):
    assert read_table(csv("[bold]x[/],{b}\n1,2\n3,4\n")).names == ("[bold]x[/]", "{b}")


def test_a_quotation_mark_that_is_no_doubled_one_is_refused_in_any_block(csv, monkeypatch):
    """Readers make one field of such rows: half of the table was gone without a word."""
    monkeypatch.setattr("chainrule.data.quoting.BLOCK", 7)
    sound = csv('a,b\n"say ""x"" ok",1\n"""y""",2\n"",3\n"p\nq",4')
    assert read_table(sound, {"a": "text"})["a"].tolist() == ['say "x" ok', '"y"', None, "p\nq"]
    for rows in range(1, 8):
        broken = csv("a,b\n" + "u,1\n" * rows + '"k\\"0",1\n"l\\"1",2\n')
        with pytest.raises(DataError, match=rf"in data row {rows + 1} \(line {rows + 2}\)"):
            read_table(broken)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(DataError, match=r"there is no file .*nowhere\.csv"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="is not a file"):
        read_table(tmp_path)


def test_a_kind_for_a_column_that_is_not_there(csv):
    with pytest.raises(DataError, match=r"(?s)no column 'sise'.*one of its columns: 'size'"):
        read_table(csv("size\n1\n"), kinds={"sise": "number"})


def test_rows_are_numbered_as_in_the_file(csv):
    table = read_table(csv("a,b\n\n1,2\n,3\n"))
    with pytest.raises(DataError, match="column 'a' has no value in data row 3"):
        table.column("a").require_complete()


def test_a_missing_field_at_a_lines_end_is_a_missing_value(csv):
    np.testing.assert_array_equal(read_table(csv("a,b\n1\n2,3\n"))["b"], [np.nan, 3.0])


def test_a_word_in_the_last_of_many_rows_is_seen(csv):
    rows = "".join(f"{i}\n" for i in range(5000))
    table = read_table(csv(f"a\n{rows}oops\n"))
    with pytest.raises(DataError, match="column 'a' holds 'oops' in data row 5001"):
        table.column("a").refuse_text()


@pytest.mark.parametrize("whole", [2**63, 2**100, 2**127, 10**40, -(10**60), 10**400])
def test_whole_numbers_of_any_length(csv, whole):
    table = read_table(csv(f"a,b,c\n1,{whole},007\n2,3,x\n"), kinds={"a": "category"})
    assert table.kinds == {"a": "category", "b": "number", "c": "category"}
    nearest = float(whole) if abs(whole) < 10**308 else np.inf
    assert table["b"].tolist() == [nearest, 3.0]
    assert table["a"].tolist() == ["1", "2"]
    assert table["c"].tolist() == ["007", "x"]


def test_parquet(tmp_path):
    path = tmp_path / "table.parquet"
    polars.DataFrame({"x": [1, None], "s": ["a", "b"]}).write_parquet(path)
    table = read_table(path)
    np.testing.assert_array_equal(table["x"], [1.0, np.nan])
    assert table.kinds == {"x": "number", "s": "category"}
    with pytest.raises(DataError, match="no column 'y'"):
        read_table(path, kinds={"y": "number"})


@given(
    numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20),
    words=st.lists(
        st.text("abc,;\"'\n xyzäß日", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=20
    ),
)
def test_what_polars_writes_is_read_exactly(tmp_path_factory, numbers, words):
    rows = min(len(numbers), len(words))
    frame = polars.DataFrame({"n": numbers[:rows], "w": words[:rows]})
    path = tmp_path_factory.mktemp("written") / "table.csv"
    frame.write_csv(path)
    table = read_table(path, kinds={"w": "text"})
    assert table["n"].tolist() == numbers[:rows]
    assert table["w"].tolist() == words[:rows]


def test_polars_is_an_extra(monkeypatch, csv):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingExtraError, match=r"(?s)polars.*pip install 'chainrule\[data\]'"):
        read_table(csv("a\n1\n"))


def test_a_file_at_which_polars_panics_is_damaged(tmp_path, monkeypatch):
    """Its panics are no exceptions, and a user is not to see them."""
    polars = pytest.importorskip("polars")
    polars.DataFrame({"a": [1.0]}).write_parquet(tmp_path / "t.parquet")

    def panic(*_, **__):
        raise polars.exceptions.PanicException("assertion failed")

    monkeypatch.setattr(polars.LazyFrame, "collect", panic)
    with pytest.raises(DataError, match=r"t\.parquet is damaged"):
        read_table(tmp_path / "t.parquet")


@pytest.mark.parametrize("streamed", [False, True])
def test_words_for_missing_values_are_kept_by_what_is_learnt(tmp_path, streamed):
    path = tmp_path / "t.csv"
    path.write_text("size,grade\n" + "\n".join(f"{k % 7 or -999},{k % 3}" for k in range(40)) + "\n")
    table = read_table(path, missing=["-999", "?"], folder=tmp_path if streamed else None)
    data = prepare_table(table, "grade", folder=tmp_path if streamed else None)
    assert data.encoder.missing_words == ("-999", "?")
    assert data.encoder.features == ("size", "size (missing)")
    assert TableEncoder.from_config(data.encoder.to_config(), None, ["-999", "?"]) == data.encoder
    with pytest.raises(DataError, match="no list of words"):
        TableEncoder.from_config(data.encoder.to_config(), None, "-999")


def test_names_that_are_numbers_are_doubted(csv):
    assert [bool(column.warnings) for column in read_table(csv("0.35,7,oui\n1,2,x\n")).columns] == [
        True,
        False,
        False,
    ]
    assert not any(column.warnings for column in read_table(csv("2023,2024,NA\n1,2,x\n")).columns)


def test_two_ways_to_write_a_letter_are_one(csv):
    """What one system writes as e and an accent another writes as é: in names, and in words."""
    apart, together = "e\u0301", "\u00e9"
    table = read_table(csv(f"caf{apart},b\n{apart},1\n{together},2\n,3\n"), {f"caf{together}": "category"})
    assert table.names == (f"caf{together}", "b")
    assert table[f"caf{apart}"].tolist() == [together, together, None]
    assert table.drop(f"caf{apart}").names == ("b",)
    with pytest.raises(DataError, match="two columns have the same name"):
        read_table(csv(f"{apart},{together}\n1,2\n"))
    frame = polars.DataFrame({apart: [apart, together]})
    assert Table.from_frame(frame, {together: "category"})[together].tolist() == [together] * 2
