"""One verdict for each kind of evidence."""

import dataclasses

import numpy as np
import pytest

import chainrule as cr
from chainrule.verification.evidence import Bend, Evidence, Nature
from chainrule.verification.verdicts import Verdict, judge

EPSILON = 2.0**-52
SMOOTH = Evidence(numeric=2.0, bound=1e-10, nature=Nature.SMOOTH, slope=2.0)
KINK = Bend(left=(0.0, 1e-9), right=(1.0, 1e-9), distance=0.0, reach=1e-5)


def verdict(analytic, scale=0.0, **changed):
    return judge(analytic, dataclasses.replace(SMOOTH, **changed), scale=scale, epsilon=EPSILON)


def test_within_the_bound_is_a_pass():
    assert verdict(2.0 + 0.9e-10) == (Verdict.PASS, "")


def test_outside_the_bound_is_a_fail_with_the_ratio():
    found, reason = verdict(4.0)
    assert found is Verdict.FAIL
    assert "analytic / numeric = 2" in reason


@pytest.mark.parametrize("analytic", [float("nan"), float("inf"), -float("inf")])
def test_a_derivative_that_is_not_finite_fails_where_f_is_smooth(analytic):
    assert verdict(analytic)[0] is Verdict.FAIL


@pytest.mark.parametrize("analytic", [2.0, float("nan"), float("inf")])
def test_nothing_passes_or_fails_where_f_has_no_derivative(analytic):
    assert (
        verdict(analytic, numeric=float("nan"), bound=float("inf"), nature=Nature.UNDEFINED)[0]
        is Verdict.UNDECIDED
    )


@pytest.mark.parametrize(
    ("analytic", "expected"),
    [(0.0, "UNDECIDED"), (0.3, "UNDECIDED"), (1.0, "UNDECIDED"), (1.1, "FAIL"), (-0.1, "FAIL")],
)
def test_at_a_kink_only_the_interval_of_one_sided_derivatives_counts(analytic, expected):
    found, reason = verdict(analytic, numeric=0.5, nature=Nature.KINK, bend=KINK)
    assert str(found) == expected
    assert "0 on the left, 1 on the right" in reason


@pytest.mark.parametrize("analytic", [0.0, 2.0, 7.0])
@pytest.mark.parametrize("nature", [Nature.JUMP, Nature.NOISE])
def test_a_jump_or_noise_is_undecided(analytic, nature):
    assert verdict(analytic, nature=nature)[0] is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("distance", "beyond"),
    [
        (1e-6, "to the right, and beyond it the derivative is 1"),
        (-1e-6, "to the left, and beyond it the derivative is 0"),
    ],
)
def test_beside_a_kink_the_derivative_on_this_side_counts_and_the_kink_is_named(distance, beyond):
    bend = dataclasses.replace(KINK, distance=distance)
    beside = {"nature": Nature.KINK, "bend": bend, "beside": True}
    found, remark = verdict(2.0, **beside)
    assert found is Verdict.PASS
    assert beyond in remark
    assert verdict(0.5, **beside)[0] is Verdict.FAIL


def test_beside_a_jump_the_derivative_counts():
    assert verdict(2.0, nature=Nature.JUMP, beside=True) == (Verdict.PASS, "f jumps very near")
    assert verdict(2.1, nature=Nature.JUMP, beside=True)[0] is Verdict.FAIL


def test_a_bound_too_wide_to_see_an_error_is_undecided():
    found, reason = verdict(2.0, bound=0.1)
    assert found is Verdict.UNDECIDED
    assert "too noisy" in reason


def test_a_difference_beyond_a_wide_bound_counts_where_the_bound_is_below_half_of_the_derivative():
    assert verdict(5.0, bound=0.9)[0] is Verdict.FAIL
    assert verdict(5.0, bound=1.1)[0] is Verdict.UNDECIDED


def test_a_bound_is_wide_or_narrow_beside_the_derivatives_around():
    assert verdict(2.0, bound=0.1, scale=1e4)[0] is Verdict.PASS


def test_a_zero_is_confirmed_where_f_has_a_slope_nearby():
    assert verdict(0.0, numeric=0.0, slope=1.0)[0] is Verdict.PASS
    assert verdict(0.0, numeric=0.0, slope=0.0)[0] is Verdict.UNDECIDED


def test_a_rounding_residue_where_f_is_flat_is_undecided():
    flat = {"numeric": 0.0, "bound": 1e-33, "nature": Nature.FLAT, "slope": 0.0}
    assert verdict(0.0, **flat)[0] is Verdict.PASS
    assert verdict(1e-18, **flat)[0] is Verdict.UNDECIDED
    assert verdict(1e-12, **flat)[0] is Verdict.FAIL


def test_a_zero_on_a_staircase_is_undecided():
    assert verdict(0.0, nature=Nature.STAIRCASE)[0] is Verdict.UNDECIDED
    assert verdict(2.0, nature=Nature.STAIRCASE)[0] is Verdict.PASS
    assert verdict(5.0, nature=Nature.STAIRCASE)[0] is Verdict.FAIL


def test_rounding_of_its_neighbours_does_not_make_an_entry_wrong() -> None:
    """A cofactor of a matrix that is nearly singular, whose values jitter more than the steps tell."""
    assert cr.check_primitive("cofactor").verdict is not Verdict.FAIL
    report = cr.check(lambda x: x @ np.array([1.0, 1e-6]), np.array([1.0, 1.1e-6]), at=np.array([0.3, 0.7]))
    assert report.verdict is Verdict.FAIL  # a small entry that is wrong is found all the same
