"""Rows split into parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import split_rows, split_rows_by_class
from chainrule.data.stratifying import split_rows_by_labels
from chainrule.errors import ArgumentError, DataError

FRACTIONS = (
    st.lists(st.integers(0, 10), min_size=1, max_size=5)
    .filter(lambda parts: parts[0] > 0)
    .map(lambda parts: tuple(part / sum(parts) for part in parts))
)


@given(st.integers(1, 500), FRACTIONS, st.integers(0, 2**32))
def test_every_row_is_in_one_part_of_the_right_size(n, fractions, seed):
    parts = split_rows(n, fractions, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    for number, (part, fraction) in enumerate(zip(parts, fractions, strict=True)):
        assert (np.diff(part) > 0).all()
        assert abs(len(part) - n * fraction) < 1 or (number == 0 and len(part) == 1) or len(parts[0]) == 1
    assert len(parts[0]) >= 1


@given(st.lists(st.integers(0, 5), min_size=1, max_size=300), FRACTIONS, st.integers(0, 2**32))
def test_every_class_is_spread_over_the_parts(labels, fractions, seed):
    classes = np.array(labels)
    parts = split_rows_by_class(classes, fractions, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    for each in np.unique(classes):
        rows = int((classes == each).sum())
        assert (classes[parts[0]] == each).any()
        for part, fraction in zip(parts, fractions, strict=True):
            assert abs(int((classes[part] == each).sum()) - rows * fraction) < len(fractions)
            assert fraction or not len(part)


def test_many_small_classes_do_not_all_round_the_same_way():
    labels = np.repeat(np.arange(1000), 3)
    train, validation, test = split_rows_by_class(labels, (0.8, 0.1, 0.1), seed=0)
    assert (len(train), len(validation), len(test)) == pytest.approx((2400, 300, 300), abs=2)
    assert len(np.unique(labels[train])) == 1000


def test_the_seed_decides():
    first, again, other = (split_rows(1000, (0.5, 0.5), seed)[0].tolist() for seed in (0, 0, 1))
    assert first == again
    assert first != other
    assert split_rows(1000, (0.5, 0.5), np.random.default_rng(0))[0].tolist() == first


def test_parts_are_drawn_from_everywhere():
    # The mean of 500 of the numbers 0 … 999 without replacement has standard deviation 9.1.
    assert split_rows(1000, (0.5, 0.5), seed=3)[0].mean() == pytest.approx(499.5, abs=5 * 9.1)


@pytest.mark.parametrize(
    "fractions", [(), (0.5, 0.6), (0.0, 1.0), (1.5, -0.5), (float("nan"), 1.0), (0.5,), [[1.0]]]
)
def test_fractions_that_make_no_sense(fractions):
    with pytest.raises(ArgumentError, match="with sum 1"):
        split_rows(10, fractions, seed=0)


def test_a_seed_that_is_none():
    with pytest.raises(ArgumentError, match="seed"):
        split_rows(10, (1.0,), seed=-1)


def test_no_rows():
    with pytest.raises(DataError, match="no rows to split"):
        split_rows(0, (1.0,), seed=0)


@given(
    st.integers(1, 4).flatmap(lambda k: st.lists(st.tuples(*[st.booleans()] * k), min_size=1, max_size=60)),
    FRACTIONS,
    st.integers(0, 2**32),
)
def test_every_label_is_spread_over_the_parts(rows, fractions, seed):
    labels = np.array(rows)
    parts = split_rows_by_labels(labels, fractions, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    for part, fraction in zip(parts, fractions, strict=True):
        assert fraction or not len(part)
    for column in labels.T:  # some of what there is once is in the part with the greatest share
        for rare in (column, ~column):
            if rare.sum() == 1 and max(fractions) > 0.5 and labels.shape[1] == 1:
                assert rare[parts[int(np.argmax(fractions))]].any()


def test_many_labels_of_which_hardly_two_rows_agree_have_their_shares():
    labels = np.random.default_rng(0).random((400, 12)) < np.linspace(0.02, 0.5, 12)
    parts = split_rows_by_labels(labels, (0.7, 0.15, 0.15), seed=1)
    assert [len(part) for part in parts] == pytest.approx([280, 60, 60], abs=10)
    for part, share in zip(parts, (0.7, 0.15, 0.15), strict=True):
        found, wanted = labels[part].sum(axis=0), share * labels.sum(axis=0)
        np.testing.assert_allclose(
            found[:6], wanted[:6], atol=1.5
        )  # of rare ones chance alone is farther off
        np.testing.assert_allclose(found, wanted, atol=10)
    assert [part.tolist() for part in parts] == [
        part.tolist() for part in split_rows_by_labels(labels, (0.7, 0.15, 0.15), seed=1)
    ]
