"""Which rows are for what."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.cli.training.split import split_table
from chainrule.data import Table, fit_target
from chainrule.errors import DataError


def split(table: Table, target: str, seed: int):
    column = table.column(target)
    fitted = fit_target(column)
    return split_table(table.drop(target), fitted, fitted.encode(column), np.random.default_rng(seed))


@given(n=st.integers(20, 200), seed=st.integers(0, 1000))
def test_every_row_has_one_part(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = split(Table.from_columns({"x": rng.normal(size=n), "y": rng.normal(size=n)}), "y", seed)
    together = np.concatenate([found.train, found.validation, found.test])
    assert sorted(together.tolist()) == list(range(n))
    np.testing.assert_allclose(list(found.sizes.values()), [0.7 * n, 0.15 * n, 0.15 * n], atol=1)


@given(seed=st.integers(0, 1000))
def test_classes_are_spread_evenly(seed: int) -> None:
    labels = ["a"] * 100 + ["b"] * 20
    table = Table.from_columns({"x": np.arange(120.0), "y": labels})
    found = split(table, "y", seed)
    for part, share in ((found.train, 0.7), (found.validation, 0.15), (found.test, 0.15)):
        assert (part >= 100).sum() == pytest.approx(20 * share, abs=1)


@given(seed=st.integers(0, 1000))
def test_training_sees_every_category(seed: int) -> None:
    """A category of one row would else be unknown to the model of its own table."""
    words = ["common"] * 60 + ["rare", "rarer"]
    table = Table.from_columns({"x": words, "y": np.linspace(0, 1, 62)})
    found = split(table, "y", seed)
    assert {60, 61} <= set(found.train.tolist())
    assert sum(found.sizes.values()) == 62


@pytest.mark.parametrize("n", [2, 3, 4])
def test_too_few_rows(n: int) -> None:
    table = Table.from_columns({"x": np.arange(n), "y": np.linspace(0, 1, n) + 0.5})
    with pytest.raises(DataError, match="leave none to hold out"):
        split(table, "y", 0)
