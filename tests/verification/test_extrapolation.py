"""Extrapolation to a zero step, on quotients whose limit is known."""

import numpy as np
import pytest

from chainrule.verification.extrapolation import RATIO, Limit, extrapolate

STEPS = 0.1 / RATIO ** np.arange(7.0)
EPSILON = float(np.finfo(np.float64).eps)


def limit(quotients, power=2, grain=0.0):
    columns = np.asarray(quotients, float).reshape(len(STEPS), -1)
    return extrapolate(columns, STEPS, np.full(columns.shape, grain), power, EPSILON)


@pytest.mark.parametrize("power", [1, 2])
def test_a_polynomial_in_the_step_is_extrapolated_exactly(power):
    found = limit(3.0 + 2.0 * STEPS**power - 5.0 * STEPS ** (2 * power), power)
    np.testing.assert_allclose(found.value, 3.0, rtol=1e-14)
    assert found.bound[0] < 1e-10


def test_the_bound_holds_and_is_small_for_a_smooth_quotient():
    found = limit((np.exp(STEPS) - np.exp(-STEPS)) / (2 * STEPS))
    assert abs(found.value[0] - 1) <= found.bound[0] < 1e-10


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_covers_rounding_that_grows_like_one_over_h(seed):
    noise = 1e-9 * np.random.default_rng(seed).uniform(-1, 1, STEPS.shape)
    found = limit(2.0 + STEPS**2 + noise / STEPS, grain=1e-9)
    assert abs(found.value[0] - 2) <= found.bound[0] < 1e-5


def test_quotients_that_grow_without_end_leave_a_bound_that_says_so():
    found = limit(1 / STEPS)
    assert found.bound[0] >= abs(found.value[0])


def test_wide_steps_outside_the_domain_do_not_spoil_finer_ones():
    quotients = 3.0 + STEPS**2
    quotients[:2] = np.nan
    np.testing.assert_allclose(limit(quotients).value, 3.0, rtol=1e-12)


def test_no_limit_where_the_finest_quotient_is_not_finite():
    quotients = 3.0 + STEPS**2
    quotients[-1] = np.nan
    assert not limit(quotients).known[0]


def test_finer_steps_overrule_wider_ones_that_agree_among_themselves():
    """Two wide steps see a slope of 1 across a kink; the finer ones see the 2 that is there."""
    quotients = np.where(STEPS > 1e-2, 1.0, 2.0)
    assert limit(quotients).value[0] == 2.0


def test_outputs_do_not_disturb_each_other():
    columns = np.stack([3.0 + STEPS**2, np.full_like(STEPS, np.nan), np.full_like(STEPS, -1.0)], axis=1)
    together = limit(columns)
    np.testing.assert_array_equal(together.value[[0, 2]], [limit(columns[:, i]).value[0] for i in (0, 2)])
    np.testing.assert_array_equal(together.known, [True, False, True])


def test_or_else_takes_the_other_limit_only_where_there_is_none():
    one = Limit(np.array([1.0, np.nan]), np.array([0.1, np.inf]))
    other = Limit(np.array([2.0, 3.0]), np.array([0.2, 0.3]))
    both = one.or_else(other)
    np.testing.assert_array_equal(both.value, [1.0, 3.0])
    np.testing.assert_array_equal(both.bound, [0.1, 0.3])
