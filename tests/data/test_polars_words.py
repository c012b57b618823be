"""Columns of words of polars: many at once are what each is alone."""

from __future__ import annotations

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import Table, polars_words

NUMBERS = [None, "", " ", "1", " 2.5 ", "-3e4", "007", "1_000", "nan", "inf", "1,5"]
DATES = ["2024-01-31", "2024-01-31 12:30:00", "2024-02-30"]
CELLS = st.sampled_from([*NUMBERS, *DATES, "red", "Blue", "true", "e\u0301", "\u00e9"])
FIRM = st.sampled_from([["1", "2.5", None], ["2024-01-31", "2024-01-31T12:30:00.25", ""], ["x", "y", "x"]])


@given(columns=st.lists(st.lists(CELLS, min_size=3, max_size=3) | FIRM, min_size=1, max_size=6))
def test_a_frame_is_read_as_the_lists_of_its_words(columns) -> None:
    named = {f"c{k}": column for k, column in enumerate(columns)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polars_words, "AT_ONCE", 6)  # two columns
        found = Table.from_frame(polars.DataFrame(named, schema=dict.fromkeys(named, polars.String)))
    expected = Table.from_columns({name: np.array(cells, object) for name, cells in named.items()})
    for one, other in zip(found.columns, expected.columns, strict=True):
        assert one.type == other.type
        np.testing.assert_array_equal(one.values, other.values)


def test_thousands_of_columns_take_few_calls(monkeypatch) -> None:
    calls = []
    select = polars.DataFrame.select
    monkeypatch.setattr(polars.DataFrame, "select", lambda *args: calls.append(1) or select(*args))
    frame = polars.DataFrame({f"c{k}": ["1", "2.5", "-3"] for k in range(1000)})
    table = Table.from_frame(frame)
    assert set(table.kinds.values()) == {"number"}
    assert len(calls) < 50
