"""Gradient check."""

import numpy as np
import pytest

import chainrule as cr


def cube(x):
    return x**3


@pytest.mark.parametrize("step", [1.0, 0.5, 0.25, 2.0**-10])
@pytest.mark.parametrize("x", [2.0, -1.0, 0.0])
def test_we_can_approximate_the_true_gradient_using_finite_differences(x, step):
    """(f(x + Δx) - f(x)) / Δx, exactly as on the slide; for x³ it is 3x² + 3xΔx + Δx²."""
    (row,) = cr.check(cube, lambda x: 3 * x**2, at=x, method="forward", step=step).rows
    assert row.numeric == (cube(x + step) - cube(x)) / step == 3 * x**2 + 3 * x * step + step**2


def test_the_approximation_becomes_the_derivative_as_the_step_goes_to_zero():
    """Its error shrinks in proportion to Δx, and always lies within the bound that the check states."""
    steps = 2.0 ** -np.arange(1, 17)
    rows = [cr.check(cube, 12.0, at=2.0, method="forward", step=h).rows[0] for h in steps]
    errors = np.array([row.numeric - 12 for row in rows])
    np.testing.assert_array_equal(errors, 6 * steps + steps**2)
    assert all(error <= row.bound for error, row in zip(errors, rows, strict=True))


def test_it_is_very_useful_to_verify_manually_derived_gradient_terms(network, xor):
    """The nine partial derivatives derived by hand pass; a slip in one of them fails, and is named."""

    def f(w1, w2, w3, w4, w5, w6, b1, b2, b3):
        yhat = network.yhat(w1, w2, w3, w4, w5, w6, b1, b2, b3, xor.X[:, 0], xor.X[:, 1])
        return np.sum((yhat - xor.y) ** 2) / (2 * len(xor.y))

    def by_hand(w1, w2, w3, w4, w5, w6, b1, b2, b3):
        x1, x2 = xor.X.T
        z1, z2 = w1 * x1 + w2 * x2 + b1, w3 * x1 + w4 * x2 + b2
        error = network.yhat(w1, w2, w3, w4, w5, w6, b1, b2, b3, x1, x2) - xor.y
        left, right = w5 * (z1 > 0), w6 * (z2 > 0)
        terms = [
            left * x1,
            left * x2,
            right * x1,
            right * x2,
            np.maximum(z1, 0),
            np.maximum(z2, 0),
            left,
            right,
            1,
        ]
        return tuple(np.mean(error * term) for term in terms)

    def with_a_slip(*parameters):
        right = list(by_hand(*parameters))
        right[2] = right[3]  # x₂ written for x₁ in ∂ŷ/∂w₃
        return tuple(right)

    at = (0.7, -0.4, 0.9, 0.6, 1.1, -0.8, 0.2, 0.1, -0.3)
    for method in ("forward", "central"):
        report = cr.check(f, by_hand, at=at, method=method)
        assert report, report
        wrong = cr.check(f, with_a_slip, at=at, method=method)
        assert [row.name for row in wrong.rows if str(row.verdict) == "FAIL"] == ["w3"]


def test_the_check_also_confirms_the_gradients_that_the_software_derives(xor):
    """Without a gradient of one's own, the automatic one is checked."""

    def f(W1, b1, W2, b2):
        return np.sum((np.tanh(xor.X @ W1.T + b1) @ W2 + b2 - xor.y) ** 2) / 8

    rng = np.random.default_rng(0)
    assert cr.check(f, at=(rng.normal(size=(2, 2)), rng.normal(size=2), rng.normal(size=2), 0.3))
