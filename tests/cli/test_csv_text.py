"""What is written as CSV is read back as it was."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chainrule.cli.csv_text import csv_bytes
from chainrule.data import read_table

WORDS = st.text(st.sampled_from('ab ",;\n\tσ'), min_size=1).map(str.strip).filter(bool)


@given(rows=st.lists(st.tuples(st.floats(allow_nan=False, allow_infinity=False), WORDS), min_size=1))
def test_numbers_keep_every_digit_and_words_every_letter(rows, tmp_path_factory) -> None:
    numbers, words = (list(column) for column in zip(*rows, strict=True))
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(csv_bytes(["a number", "a, b"], [np.array(numbers), words]))
    table = read_table(path, kinds={"a number": "number", "a, b": "category"})
    np.testing.assert_array_equal(table["a number"], numbers)
    assert table["a, b"].tolist() == words


def test_missing_numbers_are_empty_cells() -> None:
    assert csv_bytes(["x", "y"], [np.array([1.0, np.nan]), ["a", "b"]]) == b"x,y\n1,a\n,b\n"
