"""How CSV files are laid out: what is no row of the table, and what separates its fields."""

import csv as csv_module
import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.data import read_table, scan_table
from chainrule.errors import ArgumentError, DataError

ROWS = "a{0}b\n1{0}x\n2{0}y\n3{0}z\n"
PLAIN = ROWS.format(",")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("# by me, today\n" + PLAIN, "1 line that begins with '#'"),
        ('# 5" of rain\n\n# more\n' + PLAIN, "2 lines that begin with '#' left out, the first is line 1"),
        ("a,b\n1,x\n2,y\n3,z\n".replace("2,y", "2,y\n# between").join(["#\n", ""]), "2 lines that begin"),
        ("Sales 2024\n" + PLAIN, "1 line above the columns' names left out, the first is 'Sales 2024'"),
        ("\ufeffSales 2024,\nof all\n\n" + PLAIN, "3 lines above"),
        ("# comment\nSales\n" + PLAIN, "2 lines above"),
        (ROWS.format(" "), "spaces separate the fields"),
        ("   a    b\n   1    x\n   2 \t y\n   3    z", "spaces separate"),
        ("# a b\n1 x\n2 y\n3 z\n", "the columns' names are those of line 1"),
        ("## version\n# a\tb\n1\tx\n2\ty\n3\tz\n", "1 line that begins"),
        (ROWS.format("||"), "'||' separates the fields"),
        (ROWS.format("::"), "'::' separates the fields"),
        (ROWS.format("^|^"), "'^|^' separates the fields"),
        (ROWS.format("~"), "'~' separates the fields"),
        ('a, "b"\n1, "x"\n2, "y"\n3, z\n', "', ' separates the fields"),
        ("# by me\n" + ROWS.format("||"), "'||' separates the fields"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_what_is_no_row_is_left_out_and_said(csv, tmp_path, content, said, streamed):
    path = csv(content)
    table = read_table(path, folder=tmp_path if streamed else None)
    assert (table.names, table["a"].tolist(), table["b"].tolist()) == (("a", "b"), [1, 2, 3], ["x", "y", "z"])
    assert any(said in note for note in table.notes)
    assert table.columns[0].rows.tolist() == [1, 2, 3]
    assert [len(piece) for piece in scan_table(path)] == [3]


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (ROWS.format("^"), {"delimiter": "^"}),
        (ROWS.format("\t"), {"delimiter": "tab"}),
        ("% made\n" + PLAIN + "% end\n", {"comment": "%"}),
        ("one, two\nthree\n" + PLAIN, {"skip_lines": 2}),
        ("a b\n1 x\n2 y\n3 z\n", {"delimiter": "space"}),
        (ROWS.format(" -> "), {"delimiter": " -> "}),
    ],
)
def test_a_layout_can_be_told(csv, content, options):
    table = read_table(csv(content), **options)
    assert (table.names, table["a"].tolist(), table["b"].tolist()) == (("a", "b"), [1, 2, 3], ["x", "y", "z"])


def test_a_file_without_names_names_its_columns_as_a_matrix_does(csv):
    table = read_table(csv("1,x\n2,y\n"), header=False)
    assert (table.names, table["x1"].tolist(), table["x2"].tolist()) == (("x1", "x2"), [1, 2], ["x", "y"])
    with pytest.raises(DataError, match=r"data row 2 \(line 2\) has 3 fields"):
        read_table(csv("1,x\n2,y,z\n"), header=False)


@pytest.mark.parametrize(
    "content",
    ['"a" "b"\n"r1" 1 "x y"\n"r2" 2 "z"\n', "a,b\nr1,1,x y\nr2,2,z\n", '\n"a"\t"b"\nr1\t1\tx y\nr2\t2\tz\n'],
)
def test_names_of_rows_as_r_writes_them(csv, content):
    table = read_table(csv(content))
    assert (table.names, table["row"].tolist()) == (("row", "a", "b"), ["r1", "r2"])
    assert (table["a"].tolist(), table["b"].tolist()) == ([1, 2], ["x y", "z"])


def test_a_column_without_a_name_is_numbered(csv):
    table = read_table(csv(",a,b,\n7,1,x,\n9,2,y,\n"))
    assert table.names == ("column 1", "a", "b", "column 4")
    assert table.remarks == ("2 columns without a name: 'column 1', 'column 4'",)


@pytest.mark.parametrize(
    "content",
    [
        "#hex,n\n#ff0000,1\n#00ff00,2\n",  # colours
        "full name\nAnna Bell\nBob Stone\n",  # words of two words each
        "name\nAnna\n# Bob\n",
        "a,b\n1,2,\n3,4,5\n",  # neither names of rows nor ends of lines
        "a,b\n1,2,3\n1,2,3\n",
        "x\na,b\nc,d\n",  # no numbers say that the second line has names
        "when:\n10:30\n11:30\n",
        "a~b\nc~d\n",
    ],
)
def test_what_is_no_layout_of_its_own_is_left_as_it_is(csv, content):
    path = csv(content)
    lines = [line.split(",") for line in content.splitlines()]
    if len({len(line) for line in lines}) > 1:
        with pytest.raises(DataError, match="more than the"):
            read_table(path)
    else:
        table = read_table(path)
        assert (list(table.names), len(table)) == (lines[0], len(lines) - 1)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_that_end_with_a_separator(csv, end):
    table = read_table(csv(end.join(["a;b", "1;x;", "2;y;", ""])))
    assert (table.names, table["a"].tolist(), table["b"].tolist()) == (
        ("a", "b", "column 3"),
        [1, 2],
        ["x", "y"],
    )
    assert table.column("column 3").missing.all()
    assert "each row ends with a separator that the line of names has not" in table.notes


def test_a_name_of_two_lines_is_no_title(csv):
    table = read_table(csv('"two\nlines","say ""b""",c\n1,2,3\n4,5,6\n'))
    assert (table.names, table.notes, len(table)) == (("two\nlines", 'say "b"', "c"), (), 2)


def test_lines_are_those_of_the_file_in_errors(csv):
    path = csv("title\n\na,b\n# c\n1,2\n# d\n3,4\n# e\n5,6,7\n")
    with pytest.raises(DataError, match=r"data row 3 \(line 9\) has 3 fields, more than the 2 .* 'a,b'"):
        read_table(path, comment="#", skip_lines=2)
    with pytest.raises(
        DataError, match=r"data row 2 \(line 3\) has 1 field between spaces, and the first line 2"
    ):
        read_table(csv("a b\n1 2\n3\n"), delimiter="space")


@pytest.mark.parametrize(
    "given",
    [
        {"delimiter": "ab"},
        {"delimiter": "  "},
        {"delimiter": "a|"},
        {"delimiter": '"'},
        {"delimiter": ""},
        {"comment": " #"},
    ],
)
def test_what_is_no_layout_is_refused(csv, given):
    with pytest.raises(ArgumentError, match=next(iter(given))):
        read_table(csv(PLAIN), **given)


@pytest.mark.parametrize("content", ["a|||b\n1||2|3\n", "a,,b\n1,,2\n", "a, b\n1, 2\n", "a;b:c\n1;2:3\n"])
def test_what_is_usual_between_fields_goes_before_what_is_not(csv, content):
    names = [name.strip() for name in re.split("[|,;]", content.splitlines()[0])]
    assert read_table(csv(content)).names == tuple(name or f"column {k}" for k, name in enumerate(names, 1))


def test_a_delimiter_of_several_characters_in_quotation_marks_and_errors(csv):
    quoted = read_table(csv('a||b\n1||"x||y\n""z"""\n2||w\n'), delimiter="||")
    assert quoted["b"].tolist() == ['x||y\n"z"', "w"]
    with pytest.raises(DataError, match=r"data row 1 \(line 2\) has 3 fields, more than the 2 .* 'a\|\|b'"):
        read_table(csv("a||b\n1||2||3\n4||5\n"), delimiter="||")


def test_no_copy_is_left(csv, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = csv("# c\n" + PLAIN)
    read_table(path)
    with pytest.raises(DataError):
        read_table(csv("a b\n1 2\n3\n"), delimiter="space")
    assert list(tmp_path.iterdir()) == [path]


words = st.text(st.sampled_from("ab #\"',;é"), max_size=5).map(str.strip)


@given(rows=st.lists(st.tuples(st.integers(0, 99), words, words), min_size=2, max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_in_quotation_marks_are_read_between_spaces_and_under_a_title(csv, rows):
    text = io.StringIO()
    writer = csv_module.writer(text, quoting=csv_module.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerows([("n", "u", "v"), *rows])
    kinds = {"u": "category", "v": "category"}
    expected = [[word or None for word in column] for column in list(zip(*rows, strict=True))[1:]]
    titled = read_table(csv("A title\n" + text.getvalue()), kinds)
    text = io.StringIO()
    writer = csv_module.writer(text, delimiter=" ", quoting=csv_module.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerows([("n", "u", "v"), *rows])
    spaced = read_table(csv(text.getvalue()), kinds, delimiter="space")
    for table in (titled, spaced):
        assert table["n"].tolist() == [row[0] for row in rows]
        assert [table["u"].tolist(), table["v"].tolist()] == expected
