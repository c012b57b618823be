"""Minibatches cover every row once an epoch, whatever the sizes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chainrule.train.minibatches import cut, draw_orders, split, weights

rows = st.integers(1, 60)
sizes = st.integers(1, 70)


@given(n=rows, batch_size=sizes, epochs=st.integers(1, 4))
def test_every_epoch_takes_every_row_once(n, batch_size, epochs):
    for order in draw_orders(n, epochs, batch_size, np.random.default_rng(0)):
        pieces = list(cut(order, batch_size))
        assert sorted(np.concatenate(pieces).tolist()) == list(range(n))
        assert all(len(piece) == min(batch_size, n) for piece in pieces[:-1])
        assert 1 <= len(pieces[-1]) <= batch_size


@given(n=rows, batch_size=sizes)
def test_weights_are_the_shares_of_the_minibatches(n, batch_size):
    shares = [len(piece) / n for piece in cut(np.arange(n), batch_size)]
    assert weights(n, batch_size).tolist() == shares


@given(n=rows, batch_size=sizes, epochs=st.integers(1, 4), seed=st.integers(0, 2**32))
def test_epochs_drawn_together_are_those_drawn_one_by_one(n, batch_size, epochs, seed):
    together = draw_orders(n, epochs, batch_size, np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    one_by_one = np.concatenate([draw_orders(n, 1, batch_size, rng) for _ in range(epochs)])
    np.testing.assert_array_equal(together, one_by_one)


def test_every_order_is_equally_likely():
    orders = draw_orders(3, 60_000, 1, np.random.default_rng(0))
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 6
    assert np.sum((counts - 10_000) ** 2 / 10_000) < 20.5  # χ² with 5 degrees of freedom, p = 0.001


@given(n=st.integers(2, 60), fraction=st.floats(0.01, 0.99))
def test_split_shares_out_every_row(n, fraction):
    train, held = split(n, fraction, np.random.default_rng(0))
    assert sorted([*train, *held]) == list(range(n))
    assert len(held) == max(1, round(n * fraction))
