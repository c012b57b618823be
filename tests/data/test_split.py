"""Which rows are for what."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import Table, fit_target, make_column, split_rows_by_group, split_table
from chainrule.errors import DataError


def split(table: Table, target: str, seed: int):
    column = table.column(target)
    fitted = fit_target(column)
    return split_table(fitted, fitted.encode(column), np.random.default_rng(seed))


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


@given(groups=st.lists(st.sampled_from("abcdefghijkl"), min_size=30, max_size=60), seed=st.integers(0, 99))
def test_a_group_is_whole_in_one_part(groups: list[str], seed: int) -> None:
    parts = split_rows_by_group(groups, (0.7, 0.15, 0.15), seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
    train, validation, test = (set(np.array(groups)[rows]) for rows in parts)
    assert not train & validation | train & test | validation & test
    assert len(parts[0]) >= 0.7 * len(groups) - max(map(groups.count, groups))
    assert len(set(groups)) < 3 or all(map(len, parts))


@given(
    sizes=st.lists(st.integers(1, 50), min_size=2, max_size=8),
    shares=st.lists(st.integers(0, 10), min_size=1, max_size=4).map(lambda rest: [7, *rest]),
    seed=st.integers(0, 99),
)
def test_no_part_is_empty_that_has_a_share(sizes: list[int], shares: list[int], seed: int) -> None:
    fractions = [share / sum(shares) for share in shares]
    parts = split_rows_by_group(np.repeat(np.arange(len(sizes)), sizes), fractions, seed)
    held = [len(part) for part in parts]
    assert sum(held) == sum(sizes)
    assert all(not rows for rows, share in zip(held, shares, strict=True) if not share)
    assert np.count_nonzero(held) >= min(len(sizes), np.count_nonzero(shares))


@given(seed=st.integers(0, 99))
def test_of_three_groups_the_largest_is_to_learn_from(seed: int) -> None:
    groups = np.repeat(["a", "b", "c"], [5, 80, 15])
    train, validation, test = split_rows_by_group(groups, (0.7, 0.15, 0.15), seed)
    assert set(groups[train]) == {"b"}
    assert len(set(groups[validation])) == len(set(groups[test])) == 1


def test_of_two_groups_one_is_held_out() -> None:
    groups = np.repeat(["a", "b"], [20, 80])
    train, held = split_rows_by_group(groups, (0.85, 0.15), seed=0)
    assert (set(groups[train]), set(groups[held])) == ({"b"}, {"a"})


def test_fewer_groups_or_times_than_parts_are_counted() -> None:
    target, y = fit_target(make_column("y", np.linspace(0, 1, 40))), np.zeros((40, 1))
    firm, year = make_column("firm", ["a", "b"] * 20), make_column("year", np.repeat([2023.0, 2024.0], 20))
    with pytest.raises(DataError, match="2 groups of 'firm' cannot fill 3 parts"):
        split_table(target, y, 0, group=firm)
    with pytest.raises(DataError, match="2 different times of 'year' cannot fill"):
        split_table(target, y, 0, time=year)


@given(times=st.lists(st.integers(0, 1000), min_size=30, max_size=60, unique=True))
def test_later_rows_are_held_out(times: list[int]) -> None:
    target = fit_target(make_column("y", np.linspace(0, 1, len(times))))
    found = split_table(target, np.zeros((len(times), 1)), 0, time=make_column("t", times))
    moments = np.array(times)
    assert moments[found.train].max() < moments[found.validation].min()
    assert moments[found.validation].max() < moments[found.test].min()
    np.testing.assert_allclose(list(found.sizes.values()), np.array([0.7, 0.15, 0.15]) * len(times), atol=1)


def test_rows_of_one_time_are_in_one_part() -> None:
    times = np.repeat(np.arange(10), 10)
    target = fit_target(make_column("y", np.linspace(0, 1, 100)))
    found = split_table(target, np.zeros((100, 1)), 0, time=make_column("t", times))
    assert not set(times[found.train]) & set(times[found.validation])
    with pytest.raises(DataError, match="is read as category"):
        split_table(target, np.zeros((100, 1)), 0, time=make_column("t", ["a"] * 100))


@pytest.mark.parametrize("n", [2, 3, 4])
def test_too_few_rows(n: int) -> None:
    table = Table.from_columns({"x": np.arange(n), "y": np.linspace(0, 1, n) + 0.5})
    with pytest.raises(DataError, match="leave none to hold out"):
        split(table, "y", 0)
