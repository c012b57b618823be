"""Derivatives of known functions along a line: the bound holds, and is small where f is smooth."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ArgumentError
from chainrule.verification.differentiation import central, forward
from chainrule.verification.sampling import Samples
from chainrule.verification.steps import Scale

EPSILON = float(np.finfo(np.float64).eps)
SMOOTH = {
    "sin": (np.sin, np.cos),
    "exp(-x²)": (lambda x: np.exp(-x * x), lambda x: -2 * x * np.exp(-x * x)),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "arctan": (np.arctan, lambda x: 1 / (1 + x * x)),
    "softplus": (lambda x: np.logaddexp(0, x), scipy.special.expit),
    "x³": (lambda x: x**3, lambda x: 3 * x * x),
    "cos + 1000": (lambda x: np.cos(x) + 1e3, lambda x: -np.sin(x)),
}


def scale_at(x, **others):
    return Scale(
        size=max(1.0, abs(x)), nearest=abs(x), epsilon=EPSILON, grid=2 * np.spacing(abs(x)), **others
    )


def line(f, x):
    def at(t):
        with np.errstate(all="ignore"):
            return np.atleast_1d(np.float64(f(x + t)))

    return at


def derivative(f, x, method=central, **others):
    return method(line(f, x), line(f, x)(0.0), scale_at(x, **others))


@pytest.mark.parametrize("name", SMOOTH)
@given(x=st.floats(-20, 20))
def test_central_bound_holds_and_is_small(name, x):
    f, df = SMOOTH[name]
    found = derivative(f, x)
    assert abs(found.value[0] - df(x)) <= found.bound[0]
    assert found.bound[0] <= 1e-7 * max(1.0, abs(df(x)), abs(f(x)))


@pytest.mark.parametrize("x", 10.0 ** np.arange(-8, 9))
def test_central_adapts_to_the_scale_of_the_point(x):
    found = derivative(np.log, x)
    assert abs(found.value[0] - 1 / x) <= found.bound[0] < 1e-7 / x


@pytest.mark.parametrize("rate", 10.0 ** np.arange(-8, 9))
def test_central_adapts_to_the_scale_of_the_function(rate):
    found = derivative(lambda x: np.sin(rate * x), 0.0)
    assert abs(found.value[0] - rate) <= found.bound[0] < 1e-8 * rate


def test_a_smooth_function_costs_no_more_than_eight_pairs_of_values():
    calls = []
    central(
        lambda t: calls.append(t) or np.atleast_1d(np.sin(0.7 + t)), np.atleast_1d(np.sin(0.7)), scale_at(0.7)
    )
    assert len(calls) == 16


@pytest.mark.parametrize("x", [1e8, 3e8, -153774236.49754003])
def test_structure_far_finer_than_the_first_steps_is_not_missed(x):
    """A slope of 1 that every wide step sees, with a ripple of wavelength 1 that sets the derivative."""
    found = derivative(lambda x: x + np.sin(2 * np.pi * (x % 1.0)), x)
    true = 1 + 2 * np.pi * np.cos(2 * np.pi * (x % 1.0))
    assert abs(found.value[0] - true) <= found.bound[0] or found.texture.rough[0]


def test_rounding_inside_f_widens_the_bound():
    """(x + 10⁹) - 10⁹ moves by steps of 1.2e-7, of which its own size says nothing."""
    found = derivative(lambda x: np.sin((x + 1e9) - 1e9), 0.3)
    assert abs(found.value[0] - np.cos(0.3)) <= found.bound[0]
    assert 1e-9 < found.bound[0] < 1e-3


@given(x=st.floats(-5, 5))
def test_forward_bound_holds_and_covers_curvature(x):
    found = derivative(np.exp, x, forward)
    assert abs(found.value[0] - np.exp(x)) <= found.bound[0] < 1e-6 * np.exp(x) + 1e-6


def test_forward_takes_the_step_it_is_given():
    assert derivative(lambda x: x * x, 3.0, forward, step=0.5).value[0] == (3.5**2 - 3**2) / 0.5


def test_a_step_that_rounding_swallows_is_refused():
    for method in (central, forward):
        with pytest.raises(ArgumentError, match="lost in the rounding"):
            derivative(np.sin, 1e6, method, step=1e-14)


@pytest.mark.parametrize(("x", "left", "right"), [(0.0, -1.0, 1.0)])
def test_one_sided_derivatives_differ_at_a_kink(x, left, right):
    found = derivative(np.abs, x)
    assert found.kinked[0]
    assert (found.left.value[0], found.right.value[0]) == (left, right)


@given(x=st.floats(-3, 3))
def test_no_kink_in_a_smooth_function(x):
    assert not derivative(lambda x: np.exp(np.sin(3 * x)), x).kinked[0]


@pytest.mark.parametrize("distance", [1e-6, 1e-4, 1e-2, 1.0])
def test_a_kink_nearby_does_not_spoil_the_derivative(distance):
    found = derivative(lambda x: 2 * x + np.abs(x), -distance)
    assert abs(found.value[0] - 1) <= found.bound[0] < 1e-6
    assert not found.kinked[0]


def test_a_function_finite_on_one_side_has_that_side_s_derivative():
    found = derivative(lambda x: x**2 + x if x >= 0 else np.nan, 0.0)
    assert abs(found.value[0] - 1) <= found.bound[0] < 1e-10


@pytest.mark.parametrize("x", [0.3, 1e-4, -7.0, 1e6])
def test_a_step_function_is_flat(x):
    found = derivative(np.sign, x)
    assert found.texture.flat[0]
    assert found.value[0] == 0


def test_a_jump_is_rough():
    assert derivative(lambda x: np.heaviside(x, 0.0), 0.0).texture.rough[0]


def test_steps_as_small_as_rounding_are_rounding_and_wider_ones_a_staircase():
    """Beside 1000 the spacing of float64 is 1e-13."""
    scale = scale_at(0.0)
    steps = scale.ladder()
    for width, granular in ((1e-12, False), (1e-10, True)):
        at = line(lambda x, width=width: 1e3 + np.round(x / width) * width, 0.0)
        ahead, behind = (np.array([at(side * h) for h in steps]) for side in (1, -1))
        assert Samples(steps, at(0.0), ahead, behind, scale).texture().granular[0] == granular


def test_a_staircase_with_steps_narrower_than_the_ladder_is_granular():
    assert derivative(np.floor, 6323237.5).texture.granular[0]


@pytest.mark.parametrize("x", [0.0, 7.0])
def test_nothing_is_known_where_f_is_not_finite(x):
    assert not np.isfinite(derivative(lambda x: np.nan * x, x).bound[0])
