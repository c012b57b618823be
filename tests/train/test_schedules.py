"""Schedules against their closed forms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ArgumentError
from chainrule.train import Constant, Cosine, Exponential, Step, WarmUp, scheduled

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
