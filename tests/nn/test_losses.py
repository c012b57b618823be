"""Losses against their formulas written out, in a form that does not cancel, and their known gradients."""

from fractions import Fraction
from math import exp, expm1, log, log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

import chainrule as cr
from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn import LOSSES, binary_cross_entropy, cross_entropy, huber, mae, mse
from chainrule.nn.losses import as_loss

rng = np.random.default_rng(0)
OUTPUT = rng.normal(size=(6, 3))
Y = rng.normal(size=(6, 3))


def test_mse_is_half_the_mean_over_rows_of_squared_distances():
    by_hand = sum(Fraction(r) ** 2 for r in (OUTPUT - Y).ravel().tolist()) / (2 * 6)
    np.testing.assert_allclose(mse(OUTPUT, Y), float(by_hand), rtol=1e-15)


def test_mse_gradient_is_residual_over_n():
    np.testing.assert_allclose(cr.grad(mse)(OUTPUT, Y), (OUTPUT - Y) / 6, rtol=1e-15)


def test_mae_and_its_gradient():
    np.testing.assert_allclose(mae(OUTPUT, Y), np.abs(OUTPUT - Y).sum() / 6, rtol=1e-15)
    np.testing.assert_allclose(cr.grad(mae)(OUTPUT, Y), np.sign(OUTPUT - Y) / 6, rtol=1e-15)


@pytest.mark.parametrize("delta", [0.1, 1.0, 3.0])
def test_huber_is_quadratic_within_delta_and_linear_beyond(delta):
    r = np.array([-1e200, -5.0, -delta, -0.05, 0.0, 0.05, delta, 5.0, 1e200])
    by_hand = [0.5 * x * x if abs(x) <= delta else delta * (abs(x) - 0.5 * delta) for x in r.tolist()]
    each = [float(huber(delta)(np.array([x]), np.zeros(1))) for x in r]
    np.testing.assert_allclose(each, by_hand, rtol=1e-15)
    gradient = cr.grad(huber(delta).function)(r, np.zeros(9)) * 9
    np.testing.assert_allclose(gradient, np.clip(r, -delta, delta), rtol=1e-15)


@pytest.mark.parametrize("delta", [0, -1, np.nan, np.inf])
def test_huber_refuses_a_delta_that_is_no_threshold(delta):
    with pytest.raises(ArgumentError, match="delta"):
        huber(delta)


def test_cross_entropy_is_minus_the_mean_log_probability():
    labels = np.array([0, 2, 1, 1, 0, 2])
    p = special.softmax(OUTPUT, axis=1)
    by_hand = -np.mean(np.log(p[np.arange(6), labels]))
    np.testing.assert_allclose(cross_entropy(OUTPUT, labels), by_hand, rtol=1e-14)
    np.testing.assert_allclose(cross_entropy(OUTPUT, np.eye(3)[labels]), by_hand, rtol=1e-14)


def test_cross_entropy_gradient_is_probability_minus_one_hot():
    labels = np.array([0, 2, 1, 1, 0, 2])
    by_hand = (special.softmax(OUTPUT, axis=1) - np.eye(3)[labels]) / 6
    np.testing.assert_allclose(cr.grad(cross_entropy)(OUTPUT, labels), by_hand, rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(
        cr.grad(cross_entropy)(OUTPUT, np.eye(3)[labels]), by_hand, rtol=1e-13, atol=1e-16
    )


def test_soft_targets_weigh_the_classes():
    targets = special.softmax(Y, axis=1)
    by_hand = -np.sum(targets * np.log(special.softmax(OUTPUT, axis=1))) / 6
    np.testing.assert_allclose(cross_entropy(OUTPUT, targets), by_hand, rtol=1e-14)


@given(z=st.floats(-800, 800), y=st.sampled_from([0, 1]))
def test_logistic_loss_keeps_every_digit_however_sure_the_network_is(z, y):
    margin = z if y else -z
    by_hand = log1p(exp(-margin)) if margin > 0 else -margin + log1p(exp(margin))
    value = binary_cross_entropy(np.array([z]), np.array([y]))
    np.testing.assert_allclose(value, by_hand, rtol=1e-14)
    np.testing.assert_allclose(
        cr.grad(binary_cross_entropy)(np.array([z]), np.array([y]))[0],
        (-1 if y else 1) * (exp(-margin) / (1 + exp(-margin)) if margin > 0 else 1 / (1 + exp(margin))),
        rtol=1e-13,
        atol=np.finfo(float).tiny,  # subnormal numbers have fewer digits
    )


def test_cross_entropy_of_one_column_is_the_logistic_loss_and_of_two_its_softmax():
    z, y = rng.normal(size=(5, 1)), np.array([0, 1, 1, 0, 1])
    two = np.hstack([np.zeros((5, 1)), z])
    np.testing.assert_allclose(cross_entropy(z, y), cross_entropy(two, y), rtol=1e-14)
    np.testing.assert_allclose(cross_entropy(z, y), cross_entropy(z[:, 0], y[:, None]), rtol=0)


@pytest.mark.parametrize("offset", [0.0, 1e8, -1e8, 700.0])
def test_cross_entropy_does_not_change_when_all_logits_shift(offset):
    z = np.array([[0.0, 2.0, -1.0]])
    exact = log(exp(0) + exp(2) + exp(-1)) - 2
    np.testing.assert_allclose(
        cross_entropy(z + offset, np.array([1])), exact, rtol=1e-7 if offset else 1e-14
    )


def test_cross_entropy_of_a_hopeless_answer_is_its_margin():
    z = np.array([[0.0, 1e4]])
    assert cross_entropy(z, np.array([0])) == 1e4
    np.testing.assert_array_equal(cr.grad(cross_entropy)(z, np.array([0])), [[-1.0, 1.0]])


@pytest.mark.parametrize("name", LOSSES)
def test_float32_stays_float32(name):
    output = OUTPUT.astype(np.float32)
    y = (Y > 0).astype(np.float32) / (Y > 0).sum(axis=1, keepdims=True).clip(1).astype(np.float32)
    assert LOSSES[name](output, y).dtype == np.float32
    assert cr.grad(LOSSES[name].function)(output, y).dtype == np.float32


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_of_one_row_is_the_mean_of_nothing_else(name):
    y = np.full((6, 3), 1 / 3)
    rows = [LOSSES[name](OUTPUT[i : i + 1], y[i : i + 1]) for i in range(6)]
    np.testing.assert_allclose(LOSSES[name](OUTPUT, y), np.mean(rows), rtol=1e-14)


@pytest.mark.parametrize("name", LOSSES)
def test_a_column_meets_a_vector_of_targets_without_making_a_table_of_pairs(name):
    column, vector = OUTPUT[:, :1], (Y[:, 0] > 0).astype(float)
    assert LOSSES[name](column, vector) == LOSSES[name](column, vector[:, None])


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("shape", [(6, 2), (5, 3), (3,)])
def test_other_shapes_are_refused(name, shape):
    with pytest.raises(ShapeError, match="one target for each output"):
        LOSSES[name](OUTPUT, np.zeros(shape))


def test_expm1_form_of_the_logistic_derivative_at_zero():
    assert cr.grad(binary_cross_entropy)(np.zeros(1), np.zeros(1))[0] == 0.5 == -expm1(-log(2))


def test_a_loss_is_found_by_name_by_function_or_taken_as_it_is():
    assert as_loss("mse") is as_loss(mse) is as_loss(LOSSES["mse"])
    assert as_loss(huber).name == "huber"
    assert as_loss(lambda output, y: 0.0).absorbs is None
    with pytest.raises(ArgumentError, match=r"(?s)unknown loss 'mes'.*mae, huber.*'mse'"):
        as_loss("mes")
