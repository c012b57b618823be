"""Activations against closed forms and SciPy, on values where careless formulas overflow or cancel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import special, stats

import chainrule as cr
from chainrule.nn import ACTIVATIONS

Z = np.array([-1e300, -800.0, -30.0, -3.0, -1e-9, 0.0, 1e-9, 0.5, 3.0, 30.0, 800.0, 1e300])
STEPS = ("identity", "heaviside", "relu", "leaky_relu")

VALUES = {
    "identity": lambda z: z,
    "heaviside": lambda z: (z > 0).astype(float),
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "relu": lambda z: z * (z > 0),
    "leaky_relu": lambda z: np.maximum(z, z / 100),
    "elu": lambda z: np.maximum(z, 0) + np.expm1(np.minimum(z, 0)),
    "gelu": lambda z: z * stats.norm.cdf(z),
    "softplus": lambda z: -special.log_expit(-z),
    "softmax": special.softmax,
}
# The lecture's conventions at 0: ReLU'(0) = 0, and the Heaviside step has derivative 0 everywhere.
DERIVATIVES = {
    "identity": np.ones_like,
    "heaviside": np.zeros_like,
    "sigmoid": lambda z: special.expit(z) * special.expit(-z),
    "tanh": lambda z: 1 / np.cosh(np.clip(z, -300, 300)) ** 2,
    "relu": lambda z: (z > 0).astype(float),
    "leaky_relu": lambda z: np.where(z > 0, 1, 0.01),
    "elu": lambda z: np.exp(np.minimum(z, 0)),
    "gelu": lambda z: stats.norm.cdf(z) + z * stats.norm.pdf(np.clip(z, -100, 100)),
    "softplus": special.expit,
}


def slope(name, z):
    return cr.grad(lambda z: np.sum(ACTIVATIONS[name].function(z)))(z)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value(name):
    np.testing.assert_allclose(ACTIVATIONS[name].function(Z), VALUES[name](Z), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivative(name):
    np.testing.assert_allclose(slope(name, Z), DERIVATIVES[name](Z), rtol=1e-12, atol=1e-15)


def test_softmax_derivative_is_diag_p_minus_p_p_transposed():
    z = np.array([0.3, -2.0, 1.5])
    p = special.softmax(z)
    J = cr.jacobian(ACTIVATIONS["softmax"].function)(z).matrix()
    np.testing.assert_allclose(J, np.diag(p) - np.outer(p, p), rtol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(
    z=arrays(
        np.float32, array_shapes(min_dims=1, max_dims=3, min_side=0), elements=st.floats(-90, 90, width=32)
    )
)
def test_shape_and_float32_are_kept_in_value_and_derivative(name, z):
    if name == "softmax" and z.shape[-1] == 0:
        return
    value = ACTIVATIONS[name].function(z)
    assert (value.shape, value.dtype) == (z.shape, np.float32)
    assert slope(name, z).dtype == np.float32
    np.testing.assert_allclose(value, ACTIVATIONS[name].function(z.astype(np.float64)), rtol=1e-5, atol=1e-5)


def test_relu_is_unattenuated_on_a_half_line_and_the_sigmoid_at_most_a_quarter():
    z = np.linspace(-20, 20, 401)
    assert set(slope("relu", z)) == {0.0, 1.0}
    assert slope("sigmoid", z).max() == slope("sigmoid", np.zeros(1))[0] == 0.25


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - set(STEPS)))
def test_second_derivative_is_the_slope_of_the_first(name):
    z, h = np.array([-2.5, -0.4, 0.7, 1.9]), 1e-6
    v = np.array([1.0, -2.0, 0.5, 3.0])

    def first(z):
        return cr.grad(lambda z: np.sum(v * ACTIVATIONS[name].function(z)))(z)

    second = cr.hessian(lambda z: np.sum(v * ACTIVATIONS[name].function(z)))(z)
    numeric = [(first(z + h * e) - first(z - h * e)) / (2 * h) for e in np.eye(4)]
    np.testing.assert_allclose(second, numeric, rtol=1e-6, atol=1e-8)
