"""Early stopping against a literal reading of its rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ArgumentError
from chainrule.train import EarlyStopping
from chainrule.train.stopping import Best


def stops_at(losses, patience, min_delta):
    """The first epoch that ends ``patience`` epochs in a row without a fall that counts."""
    to_beat, since = float("inf"), 0
    for epoch, loss in enumerate(losses):
        counts = to_beat - loss > min_delta
        to_beat, since = (loss, 0) if counts else (to_beat, since + 1)
        if since == patience:
            return epoch
    return None


@given(
    losses=st.lists(st.integers(0, 20), min_size=1, max_size=30),
    patience=st.integers(1, 5),
    min_delta=st.integers(0, 3),
)
def test_patience_runs_out_as_the_rule_says_and_the_best_is_kept(losses, patience, min_delta):
    best, stopped, seen = Best(EarlyStopping(patience, min_delta)), None, []
    for epoch, loss in enumerate(losses):
        seen.append(loss)
        if best.observe(float(loss), epoch):
            stopped = epoch
            break
    assert stopped == stops_at(losses, patience, min_delta)
    assert best.parameters == seen.index(min(seen))


@pytest.mark.parametrize(
    "make", [lambda: EarlyStopping(0), lambda: EarlyStopping(3, -1.0), lambda: EarlyStopping(2.5)]
)
def test_senseless_rules_are_refused(make):
    with pytest.raises(ArgumentError):
        make()
