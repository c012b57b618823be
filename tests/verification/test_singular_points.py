"""Kinks, jumps, flats and edges: never a silent PASS, and never a false alarm."""

import numpy as np
import pytest

import chainrule as cr


def relu(x):
    return np.sum(np.maximum(x, 0))


def verdicts(report):
    return [str(row.verdict) for row in report.rows]


@pytest.mark.parametrize("subgradient", [0.0, 0.5, 1.0])
def test_relu_at_zero_is_undecided_for_every_subgradient(subgradient):
    report = cr.check(relu, np.array([0.0, subgradient, 1.0]), at=np.array([-1.0, 0.0, 2.0]))
    assert verdicts(report) == ["PASS", "UNDECIDED", "PASS"]
    assert not report
    assert "x[1]: f has a kink: its derivative is 0 on the left, 1 on the right" in str(report)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, 2.0])
def test_relu_at_zero_fails_outside_its_subgradients(wrong):
    assert verdicts(cr.check(lambda x: relu(x), wrong, at=0.0)) == ["FAIL"]


def test_the_library_s_own_relu_is_undecided_at_zero():
    assert verdicts(cr.check(relu, at=np.array([-1.0, 0.0, 2.0]))) == ["PASS", "UNDECIDED", "PASS"]


@pytest.mark.parametrize("x", [-1.0, -1e-3, 1e-8, 1e-5, 3e-3, 7.0])
def test_relu_near_zero_passes(x):
    report = cr.check(lambda x: relu(x[0]) + x[1], np.array([float(x > 0), 1.0]), at=np.array([x, 1.0]))
    assert report, report


@pytest.mark.parametrize("x", [0.0, 1.0, -3e5])
def test_a_kink_in_a_function_with_a_large_offset(x):
    report = cr.check(lambda t: np.abs(t - x) + 1e3, 0.0, at=x)
    assert verdicts(report) == ["UNDECIDED"]


@pytest.mark.parametrize("x", [0.3, -2.0, 1e-4, 500.0])
def test_heaviside_never_passes_silently(x):
    report = cr.check(lambda z: np.heaviside(z, 0.0), at=x)
    assert verdicts(report) == ["UNDECIDED"]
    assert "f does not change at all here, so a zero confirms nothing" in str(report)


def test_heaviside_at_its_jump_is_undecided():
    report = cr.check(lambda z: np.heaviside(z, 0.0), at=0.0)
    assert verdicts(report) == ["UNDECIDED"]
    assert "jump" in str(report)


def test_a_hidden_layer_of_heaviside_units_is_reported():
    def f(W1, W2, x):
        return np.sum(W2 @ np.heaviside(W1 @ x, 0.0))

    W1, W2, x = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[1.0, -1.0]]), np.array([1.0, 0.5])
    report = cr.check(f, at=(W1, W2, x), wrt=("W1", "W2"))
    assert {row.parameter for row in report.rows if str(row.verdict) == "UNDECIDED"} == {"W1"}
    assert not report


def test_a_slope_for_a_flat_function_fails():
    """A straight-through gradient: the derivative of the identity given for a step function."""
    assert verdicts(cr.check(lambda z: np.heaviside(z, 0.0), 1.0, at=0.3)) == ["FAIL"]


def test_dead_entries_pass_beside_living_ones_and_are_counted():
    report = cr.check(relu, np.array([0.0, 1.0]), at=np.array([-1.0, 1.0]))
    assert report
    assert [row.flat for row in report.rows] == [True, False]
    assert "f does not change at all: along 1 of the 2 derivatives" in str(report)


def test_an_argument_that_f_does_not_use_is_undecided():
    report = cr.check(lambda x, unused: np.sum(x**2), at=(np.ones(2), np.ones(2)))
    assert verdicts(report) == ["PASS", "PASS", "UNDECIDED", "UNDECIDED"]


def test_a_zero_derivative_at_a_minimum_passes():
    assert cr.check(lambda x: np.sum(x**2), lambda x: 2 * x, at=np.zeros(3))
    assert cr.check(np.cos, lambda x: -np.sin(x), at=0.0)


@pytest.mark.parametrize("given", [0.0, 1.0, np.nan, np.inf])
@pytest.mark.parametrize(
    ("f", "at"), [(np.log, -1.0), (np.log, 0.0), (np.sqrt, 0.0), (lambda x: x * np.nan, 1.0)]
)
def test_where_f_has_no_finite_derivative_nothing_passes(f, at, given):
    assert verdicts(cr.check(f, given, at=at)) == ["UNDECIDED"]


def test_nan_on_both_sides_is_no_pass():
    report = cr.check(lambda x: np.sum(x * x), lambda x: 2 * x, at=np.array([1.0, np.nan]))
    assert verdicts(report) == ["UNDECIDED", "UNDECIDED"]


def test_at_the_edge_of_a_domain_the_derivative_is_one_sided():
    def f(x):
        return x**2 + 3 * x if x >= 0 else np.nan

    assert verdicts(cr.check(f, 3.0, at=0.0)) == ["PASS"]
    assert verdicts(cr.check(f, 3.001, at=0.0)) == ["FAIL"]


def test_forward_differences_see_the_kink_in_their_bound():
    assert verdicts(cr.check(lambda x: relu(x), 1.0, at=0.0, method="forward")) == ["UNDECIDED"]
    assert verdicts(cr.check(lambda x: relu(x), 0.0, at=0.0, method="forward")) == ["UNDECIDED"]
    assert verdicts(cr.check(lambda z: np.heaviside(z, 0.0), 0.0, at=0.3, method="forward")) == ["UNDECIDED"]


def test_the_residue_of_a_function_that_is_constant_but_for_rounding_is_no_fail():
    """Softmax sums to 1, so the gradient of that sum is rounding error, and so is its Hessian."""

    def total(x):
        return np.sum(np.sin(np.sum(cr.special.softmax(x))))

    x = np.random.default_rng(0).normal(size=4)
    assert "FAIL" not in verdicts(cr.check(cr.grad(total), cr.hessian(total), at=x))


def test_noise_is_undecided():
    def noisy(x):
        return 1e-3 * np.sin(1e17 * x) + x

    assert verdicts(cr.check(noisy, 1.0, at=0.7)) == ["UNDECIDED"]
    assert verdicts(cr.check(noisy, -9.0, at=0.7)) == ["FAIL"]
