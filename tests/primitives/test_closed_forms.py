"""Derivatives in closed form, where differences can't see them: other signs, series near 0."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import chainrule as cr

DIVIDENDS, DIVISORS = np.array([7.3, -7.3, 7.3, -7.3]), np.array([2.0, 2.0, -2.0, -2.0])


def test_remainders_of_either_sign() -> None:
    """a = b q + r with q = ⌊a/b⌋ for ``%`` and q = a/b cut off for ``fmod``; so ∂r/∂b = −q."""
    for function, quotients in ((np.remainder, [3, -4, -4, 3]), (np.fmod, [3, -3, -3, 3])):
        by_a, by_b = cr.grad(lambda a, b, f=function: np.sum(f(a, b)), wrt=(0, 1))(DIVIDENDS, DIVISORS)
        np.testing.assert_array_equal(by_a, 1.0)
        np.testing.assert_array_equal(by_b, np.negative(quotients))


@pytest.mark.parametrize("x", [0.0, 1e-8, 1e-3, 0.0199, 0.0201, -0.0199, 0.3])
def test_the_slope_of_sinc_near_0(x: float) -> None:
    """sinc′(x) = Σ (−1)ᵏ 2k π²ᵏ x²ᵏ⁻¹ / (2k + 1)!, its terms summed from the smallest."""
    terms = [
        (-1) ** k * float(Fraction(2 * k, math.factorial(2 * k + 1))) * math.pi ** (2 * k) * x ** (2 * k - 1)
        for k in range(12, 0, -1)
    ]
    np.testing.assert_allclose(cr.grad(np.sinc)(x), math.fsum(terms), rtol=2e-13)


def test_the_jacobians_of_the_cross_product() -> None:
    """∂(a × b)/∂b = [a]×, the matrix with [a]× v = a × v, and ∂(a × b)/∂a = −[b]×."""

    def skew(v: np.ndarray) -> np.ndarray:
        return np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])

    a, b = np.array([1.0, 2.0, 3.0]), np.array([[4.0, -1.0, 2.0], [0.5, 7.0, -3.0]])
    by_b = cr.jacobian(np.cross, wrt=1)(a, b)
    np.testing.assert_array_equal(by_b.diagonal_blocks(), [skew(a)] * 2)
    np.testing.assert_array_equal(by_b.pattern().toarray(), np.kron(np.eye(2), 1 - np.eye(3)))
    by_a = cr.jacobian(np.cross)(a, b)
    np.testing.assert_array_equal(by_a.matrix(), np.vstack([-skew(v) for v in b]))
    assert by_a.pattern().nnz == 12
    for function in (by_a, by_b):
        assert function.plan.chosen.counted <= function.plan.forward.counted
