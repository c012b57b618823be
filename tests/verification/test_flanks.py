"""Kinks at and beside a point, told from bends that are smooth."""

import numpy as np
import pytest

import chainrule as cr

STEP = float(np.finfo(float).eps) ** (1 / 3)


def row(f, at, given=0.0):
    return cr.check(f, given, at=at).rows[0]


@pytest.mark.parametrize("steps", [1e-4, 0.01, 0.3, 1.0, 3.0, 9.9])
@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("place", [0.0, 0.7, -40.0])
def test_a_kink_within_ten_steps_is_located_and_the_derivative_is_that_of_this_side(steps, side, place):
    distance = side * steps * STEP * max(1.0, abs(place))
    right = np.cos(distance) + (0.0 if side > 0 else 2.0)

    def f(t):
        return np.sin(t - place) + 2 * max(t - place, 0.0)

    found = row(f, place - distance, right)
    assert str(found.verdict) == "PASS"
    assert found.kink.distance == pytest.approx(distance, rel=1e-2)
    assert found.kink.interval == pytest.approx((1.0, 3.0), abs=1e-3)
    assert str(row(f, place - distance, 4.0 - right).verdict) == "FAIL"


def test_at_the_kink_the_interval_and_whether_the_subgradient_lies_in_it():
    for given, inside in ((0.25, True), (1.25, False)):
        found = row(lambda t: max(t, 0.0), 0.0, given)
        assert found.kink.interval == (0.0, 1.0)
        assert found.kink.inside == inside
        assert str(found.verdict) == ("UNDECIDED" if inside else "FAIL")


@pytest.mark.parametrize("at", [0.0, 3e-6, -2e-5])
def test_the_nearest_smooth_point_is_smooth(at):
    found = row(abs, at)
    there = at + found.kink.smooth
    assert row(abs, there, np.sign(there)).kink is None


@pytest.mark.parametrize("sharpness", [10.0, 1e3, 1e5, 1e7])
@pytest.mark.parametrize("at", [0.0, 0.3, 2.0, 8.0])
def test_a_sharp_bend_that_is_smooth_is_no_kink(sharpness, at):
    found = row(lambda t: np.logaddexp(0.0, sharpness * t) / sharpness, at / sharpness, 1 / (1 + np.exp(-at)))
    assert found.kink is None
    assert str(found.verdict) == "PASS"


@pytest.mark.parametrize("f", [lambda t: t * abs(t), lambda t: max(t, 0.0) ** 2, lambda t: np.hypot(t, 1e-6)])
@pytest.mark.parametrize("at", [1e-7, -1e-5, 1e-3])
def test_a_jump_of_the_second_derivative_is_no_kink(f, at):
    assert row(f, at).kink is None


def test_a_jump_is_named_and_noise_is_not_called_one():
    jump = row(lambda t: t + np.heaviside(t, 0.0), 0.0, 1.0)
    assert str(jump.nature) == "a jump"
    assert "f jumps here" in jump.reason
    beside = row(lambda t: t + np.heaviside(t, 0.0), 1e-5, 1.0)
    assert str(beside.nature) == "a jump"
    assert "f jumps very near" in beside.reason
    noise = row(lambda t: np.sin(1e17 * (t + 0.1)), 0.7)
    assert str(noise.nature) == "noise"


def test_one_output_with_a_kink_does_not_disturb_another():
    report = cr.check(lambda x: np.array([abs(x[0]), x[0] ** 2]), np.array([[0.0], [0.0]]), at=np.zeros(1))
    assert [row.kink is None for row in report.rows] == [False, True]
    assert [str(row.verdict) for row in report.rows] == ["UNDECIDED", "PASS"]


def test_the_entry_with_a_kink_is_found_among_many():
    x = np.random.default_rng(0).normal(size=300)
    x[123] = 0.0
    report = cr.check(lambda x: np.sum(np.maximum(x, 0)), (x > 0).astype(float), at=(x,))
    assert [(row.index, str(row.verdict)) for row in report.rows] == [((123,), "UNDECIDED"), (None, "PASS")]
