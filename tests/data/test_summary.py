"""Summaries of columns: counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import make_column, summarise


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
