"""Summaries of columns: counted by hand."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chainrule.data import Table, make_column, passes, profile_table, summarise
from chainrule.data.mapping import empty_array

VALUES = st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, 2.5, 1e9, -3.0]) | st.floats(-1e6, 1e6)


def test_numbers() -> None:
    found = summarise(make_column("a", [3.0, 1.0, np.nan, 2.0, np.inf]))
    assert (found.kind, found.rows, found.missing, found.distinct) == ("number", 5, 1, 4)
    assert found.spread.quantiles == (1.0, 1.5, 2.0, 2.5, 3.0)
    assert found.spread.mean == 2
    assert found.spread.deviation == pytest.approx(np.sqrt(2 / 3))
    assert found.spread.histogram.sum() == 3
    assert found.spread.histogram[[0, 8, 15]].tolist() == [1, 1, 1]
    assert found.common == ()


@pytest.mark.parametrize("values", [[5.0, 5.0], [-1.7e308, 1.7e308], [5e-324, 0.0], [1e9, 1e9 + 1]])
def test_histograms_of_extreme_numbers_count_every_one(values) -> None:
    spread = summarise(make_column("a", values)).spread
    assert spread.histogram.sum() == 2
    if values[0] != values[1]:
        assert spread.histogram[0] == spread.histogram[-1] == 1
    assert spread.deviation == pytest.approx(abs(values[1] / 2 - values[0] / 2))


def test_nothing_but_missing_numbers() -> None:
    found = summarise(make_column("a", [np.nan, np.nan], "number"))
    assert (found.missing, found.distinct, found.spread) == (2, 0, None)


def test_words_and_truth_values() -> None:
    words = summarise(make_column("w", ["b", "a", None, "b", "c", "d", "e"], "category"))
    assert (words.missing, words.distinct) == (1, 5)
    assert words.common == (("b", 2), ("a", 1), ("c", 1), ("d", 1))
    assert summarise(make_column("t", [True, False, True])).common == (("true", 2), ("false", 1))


@given(arrays(float, st.integers(1, 20), elements=VALUES))
def test_what_is_seen_block_by_block_is_what_is_seen_at_once(values) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passes, "BLOCK", 3)
        found = summarise(make_column("a", values, "number"))
    known, finite = values[~np.isnan(values)], values[np.isfinite(values)]
    assert (found.missing, found.distinct) == (len(values) - len(known), len(np.unique(known)))
    assert (found.spread is None) == (len(finite) == 0)
    if found.spread:
        at = (0, 0.25, 0.5, 0.75, 1)
        np.testing.assert_allclose(found.spread.quantiles, np.quantile(finite, at), rtol=1e-12, atol=1e-9)
        assert found.spread.mean == pytest.approx(finite.mean(), rel=1e-9, abs=1e-9)
        assert found.spread.deviation == pytest.approx(finite.std(), rel=1e-6, abs=1e-6)
        assert found.spread.histogram.sum() == len(finite)


@pytest.mark.parametrize(("first", "step"), [(1.0, 1.0), (0.0, 1.0), (1.0, 2.0), (5.0, 1.0)])
def test_row_numbers_over_several_blocks(monkeypatch, first, step) -> None:
    monkeypatch.setattr(passes, "BLOCK", 4)
    (profile,) = profile_table(Table.from_columns({"k": first + step * np.arange(15)}))
    assert profile.left_out == ("row numbers" if (first < 2 and step == 1) else "")
    swapped = np.arange(15.0)
    swapped[[3, 4]] = 4.0, 3.0  # across the end of a block
    assert profile_table(Table.from_columns({"k": swapped}))[0].left_out == ""


def test_a_profile_copies_no_column_of_a_table_on_disk(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(passes, "BLOCK", 1 << 14)
    n = 1 << 20
    seconds = empty_array(tmp_path, "seconds", (1, n))[0]
    seconds[:] = np.arange(n) * 86_400.0
    seconds[5::7] = np.nan
    column = make_column("a", seconds[:10], "number")
    rows = np.broadcast_to(np.int64(1), n)
    for kind in ("number", "date", "boolean"):
        cells = seconds if kind != "boolean" else empty_array(tmp_path, "truth", (1, n))[0]
        long = replace(column, cells=cells, type=replace(column.type, kind=kind), rows=rows)
        tracemalloc.start()
        (profile,) = profile_table(Table((long,)), tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert profile.summary.rows == n
        # A copy of the column would be 8 bytes a row; masks are 1, codes of words 4.
        assert peak < 6.5 * n, (kind, peak / n)


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([1.5, 2.5, -999, 3.0, -999], "-999"),
        ([0, 9999, 40, 9999, 9999, np.nan], "9999"),
        ([1.5, 2.5, -999, 3.0], None),  # once
        ([97, 98, 99, 99, 95], None),  # not far
        ([1.5, -998, -998], None),
        ([-999, -999], None),
    ],
)
def test_numbers_that_may_mean_no_value(numbers, code) -> None:
    (profile,) = profile_table(Table.from_columns({"x": numbers}))
    count = numbers.count(int(code)) if code else 0
    said = f"{code}, in {count} rows, is far from all others: does it mean no value (--missing {code})?"
    assert profile.notes == ((said,) if code else ())
