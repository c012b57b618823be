"""The activation functions: Heaviside, logistic sigmoid, hyperbolic tangent, ReLU."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.nn.activations import heaviside, relu, sigmoid, tanh

LINE = np.linspace(-6, 6, 49)  # multiples of ¼, with 0 in the middle


def slope(activation, z):
    """σ′ at every z: the diagonal of the Jacobian, as all of it that is not zero."""
    return cr.pull(activation)(z)(np.ones_like(z))


def test_heaviside_step_function():
    """All or none: 0 up to and including z = 0, 1 above."""
    np.testing.assert_array_equal(heaviside(LINE), np.where(LINE > 0, 1.0, 0.0))


def test_heaviside_step_function_has_no_slope_to_follow():
    """Not differentiable at 0 and flat elsewhere; the check says that it learnt nothing, and never passes."""
    np.testing.assert_array_equal(slope(heaviside, LINE), 0)
    assert str(cr.check(heaviside, at=2.0).verdict) == "UNDECIDED"
    assert str(cr.check(heaviside, at=0.0).verdict) == "UNDECIDED"


def test_logistic_sigmoid():
    """σ(z) = 1 / (1 + exp(-z))."""
    np.testing.assert_allclose(sigmoid(LINE), [1 / (1 + math.exp(-z)) for z in LINE], rtol=4e-16)


def test_logistic_sigmoid_s_gradient_is_attenuated():
    """σ′ = σ(1 - σ) is at most ¼, which it reaches at 0 alone."""
    gradient = slope(sigmoid, LINE)
    np.testing.assert_allclose(gradient, sigmoid(LINE) * sigmoid(-LINE), rtol=1e-14, atol=1e-16)
    assert gradient[24] == 0.25
    assert np.all(np.delete(gradient, 24) < 0.25)


def test_hyperbolic_tangent():
    """tanh is a sigmoid stretched and shifted: tanh z = 2σ(2z) - 1; its slope 1 - tanh² is 1 at 0 alone."""
    np.testing.assert_allclose(tanh(LINE), 2 * sigmoid(2 * LINE) - 1, rtol=1e-14, atol=1e-15)
    gradient = slope(tanh, LINE)
    np.testing.assert_allclose(gradient, 1 - np.tanh(LINE) ** 2, rtol=1e-10)
    assert gradient[24] == 1
    assert np.all(np.delete(gradient, 24) < 1)


def test_rectified_linear_unit():
    """ReLU(z) = max{0, z}."""
    np.testing.assert_array_equal(relu(LINE), [max(0.0, z) for z in LINE])


def test_relu_s_gradient_is_unattenuated_for_half_of_the_real_line():
    """Exactly 1 for every z > 0, however large; exactly 0 for every z ≤ 0."""
    z = np.concatenate([LINE, [1e-300, 1e300, -1e-300, -1e300]])
    np.testing.assert_array_equal(slope(relu, z), np.where(z > 0, 1.0, 0.0))


def test_the_non_differentiability_at_0_does_not_matter_so_much():
    """ReLU′(0) is taken as 0, which lies between the left slope and the right one; the check says so."""
    report = cr.check(relu, at=np.array([-1.0, 0.0, 1.0]))
    at_zero = [row for row in report.rows if row.index == (1,) and row.output == 1]
    assert [(row.analytic, str(row.verdict)) for row in at_zero] == [(0.0, "UNDECIDED")]
    assert "0 on the left, 1 on the right" in at_zero[0].reason


@pytest.mark.parametrize("activation", [sigmoid, tanh])
def test_sigmoids_are_differentiable_everywhere(activation):
    """What Heaviside lacks at 0: the numerical derivative confirms the analytic one on the whole line."""
    assert cr.check(lambda z: np.sum(activation(z)), at=LINE)
