"""Schedules against their closed forms."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import ArgumentError
from chainrule.nn import Network
from chainrule.train import (
    SGD,
    ByMinibatch,
    Constant,
    Cosine,
    Exponential,
    ReduceOnPlateau,
    Step,
    WarmUp,
    fit,
    scheduled,
)
from chainrule.train.plateau import Plateau
from chainrule.train.rates import AT_ONCE, Rates, learning_rates
from chainrule.train.schedules import SCHEDULES

epochs = st.integers(0, 1000)


@given(epoch=epochs)
def test_constant(epoch):
    assert Constant()(epoch) == 1


@given(epoch=epochs, every=st.integers(1, 50), factor=st.floats(0.01, 1))
def test_step_drops_once_every_so_many_epochs(epoch, every, factor):
    schedule = Step(every, factor)
    assert schedule(epoch) == schedule(epoch - epoch % every)
    assert schedule(epoch + every) == pytest.approx(factor * schedule(epoch), rel=1e-12)


@given(epoch=epochs, factor=st.floats(0.5, 1))
def test_exponential_is_a_geometric_sequence(epoch, factor):
    assert Exponential(factor)(epoch) == pytest.approx(math.exp(epoch * math.log(factor)), rel=1e-9)


@given(epoch=epochs, total=st.integers(1, 500), floor=st.floats(0, 1))
def test_cosine_is_symmetric_about_its_middle_and_stays_at_its_floor(epoch, total, floor):
    schedule = Cosine(total, floor)
    assert schedule(0) == pytest.approx(1)
    assert schedule(total + epoch) == pytest.approx(floor)
    assert schedule(min(epoch, total)) + schedule(total - min(epoch, total)) == pytest.approx(1 + floor)


@given(total=st.integers(2, 500))
def test_cosine_follows_the_sine_squared_of_the_half_angle(total):
    for epoch in range(total):
        assert Cosine(total)(epoch) == pytest.approx(math.cos(math.pi * epoch / (2 * total)) ** 2, abs=1e-12)


@given(warm=st.integers(1, 20), epoch=epochs)
def test_warm_up_rises_in_equal_steps_and_hands_over(warm, epoch):
    schedule = WarmUp(warm, Exponential(0.9))
    rises = [schedule(k + 1) - schedule(k) for k in range(warm)]
    assert rises == pytest.approx([1 / (warm + 1)] * warm)
    assert schedule(warm + epoch) == Exponential(0.9)(epoch)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Step(0),
        lambda: Step(2, 1.5),
        lambda: Exponential(math.nan),
        lambda: Cosine(0),
        lambda: Cosine(10, -1),
        lambda: WarmUp(0),
        lambda: WarmUp("2"),
        lambda: Step(2, "half"),
        lambda: ReduceOnPlateau(min_delta=None),
        lambda: WarmUp(2, then=ReduceOnPlateau()),
        lambda: ByMinibatch(ReduceOnPlateau()),
        lambda: ReduceOnPlateau(patience=0),
        lambda: ReduceOnPlateau(1.5),
        lambda: ReduceOnPlateau(min_delta=math.nan),
        lambda: ReduceOnPlateau(floor=-0.1),
        lambda: ReduceOnPlateau(schedule="cosine"),
    ],
)
def test_senseless_settings_are_refused(make):
    with pytest.raises(ArgumentError):
        make()


def test_named_schedules_over_the_epochs_of_training():
    assert [scheduled("step", 6)(epoch) for epoch in range(6)] == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])
    assert scheduled("exponential", 10)(10) == pytest.approx(0.01)
    assert scheduled("cosine", 8)(4) == pytest.approx(0.5)
    assert [scheduled("constant", 4, warm_up=3)(epoch) for epoch in range(4)] == [0.25, 0.5, 0.75, 1]
    with pytest.raises(ArgumentError, match="warm_up=4 of 4 epochs"):
        scheduled("cosine", 4, warm_up=4)
    with pytest.raises(ArgumentError, match="unknown schedule 'cosin'"):
        scheduled("cosin", 4)


def factors_after(losses, factor, patience, min_delta, floor):
    """A literal reading of the rule: what the rate is multiplied by after each epoch."""
    found, to_beat, since, now = [], math.inf, 0, 1.0
    for loss in losses:
        to_beat, since = (loss, 0) if to_beat - loss > min_delta else (to_beat, since + 1)
        if since == patience:
            since, now = 0, max(floor, now * factor)
        found.append(now)
    return found


@given(
    losses=st.lists(st.integers(0, 20), max_size=40),
    factor=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    patience=st.integers(1, 4),
    min_delta=st.integers(0, 3),
    floor=st.sampled_from([0.0, 0.2]),
)
def test_a_plateau_lowers_the_rate_as_the_rule_says(losses, factor, patience, min_delta, floor):
    plateau = Plateau(ReduceOnPlateau(factor, patience, min_delta, floor))
    found = [plateau.observe(float(loss)) for loss in losses]
    assert found == factors_after(losses, factor, patience, min_delta, floor)


@pytest.mark.parametrize("schedule", [Constant(), WarmUp(4), ByMinibatch(Cosine(30))])
def test_training_goes_by_its_own_validation_losses(schedule):
    rows = np.random.default_rng(0)
    X, y = rows.normal(size=(40, 2)), rows.normal(size=40)  # nothing to learn, so that it soon stops falling
    rule = ReduceOnPlateau(0.5, patience=2, schedule=schedule)
    history = fit(
        Network([2, 4, 1]), X, y, optimizer=SGD(0.2), schedule=rule, epochs=30, validation=0.3, batch_size=8
    )
    lowered = [1.0, *factors_after(history.validation_loss.tolist(), 0.5, 2, 0.0, 0.0)[:-1]]
    assert lowered[-1] < 0.1
    assert history.learning_rate == pytest.approx([0.2 * schedule(k) * lowered[k] for k in range(30)])


def test_a_plateau_needs_rows_to_watch():
    X = np.zeros((4, 1))
    for schedule in ("plateau", ReduceOnPlateau()):
        with pytest.raises(ArgumentError, match="without validation"):
            fit(Network([1, 1]), X, X, schedule=schedule)


def test_a_plateau_warms_up_by_name():
    assert scheduled("plateau", 9) == ReduceOnPlateau()
    assert scheduled("plateau", 9, warm_up=3) == ReduceOnPlateau(schedule=WarmUp(3))
    smooth = ByMinibatch(WarmUp(3, start=0.0))
    assert scheduled("plateau", 9, warm_up=3, by_minibatch=True) == ReduceOnPlateau(schedule=smooth)


@pytest.mark.parametrize(
    "schedule", [None, *(name for name in SCHEDULES if name != "plateau"), WarmUp(10**6)]
)
def test_of_very_many_epochs_the_rates_are_made_when_they_are_needed(schedule):
    def stop(record, network):
        return record.epoch == 3

    X = np.arange(4.0)[:, None]
    tracemalloc.start()
    try:
        history = fit(
            Network([1, 1]),
            X,
            X[:, 0],
            epochs=10**9,
            schedule=schedule,
            callbacks=[stop],
            compile="reference",
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    factor = SCHEDULES[schedule](10**9) if isinstance(schedule, str) else schedule or Constant()
    assert history.learning_rate.tolist() == [SGD().learning_rate * factor(epoch) for epoch in range(3)]
    assert peak < 2**25


@settings(max_examples=15)
@given(
    pieces=st.lists(st.integers(1, AT_ONCE + 10), min_size=1, max_size=5), skipped=st.integers(0, 2 * AT_ONCE)
)
def test_rates_are_the_same_whatever_epochs_are_asked_for_together(pieces, skipped):
    rates = Rates(10**6, 0.3, Cosine(10**6))
    firsts = [skipped + sum(pieces[:i]) for i in range(len(pieces))]
    for first, count in zip(firsts, pieces, strict=True):
        expected = [0.3 * Cosine(10**6)(epoch) for epoch in (first, first + count - 1)]
        found = rates.begun(first, count)
        assert len(found) == count
        assert found[[0, -1]].tolist() == expected
        assert rates.begun(first, 1).tolist() == expected[:1]


def test_a_rate_that_is_none_is_found_in_its_epoch_or_before_training():
    rates = learning_rates(SGD(), lambda epoch: -1.0 if epoch == AT_ONCE + 5 else 1.0, 10**6, validated=False)
    rates.begun(0, AT_ONCE)
    with pytest.raises(ArgumentError, match=f"in epoch {AT_ONCE + 6}\n"):
        rates.begun(AT_ONCE, 1)
    with pytest.raises(ArgumentError, match="in epoch"):
        learning_rates(SGD(), lambda epoch: 1.0 - epoch / 10**8, 10**9, validated=False)


@pytest.mark.parametrize("value", [None, "0.5", 1j, [1.0], np.ones(1)])
def test_a_schedule_returns_numbers(value):
    for schedule in (lambda _: value, ByMinibatch(lambda _: value)):
        with pytest.raises(ArgumentError, match="the schedule returns"):
            learning_rates(SGD(), schedule, 3, validated=False)
    assert learning_rates(SGD(0.5), lambda _: np.array(0.5), 3, validated=False).of(0, 1, range(1), 1) == [
        0.25
    ]
