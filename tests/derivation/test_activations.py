"""Derivatives of activations and densities, as they are found in papers and textbooks."""

import numpy as np
import pytest

import chainrule as cr

from .conftest import closed

X = np.array([-1.3, 0.2, 0.9])


def silu(x):
    return np.sum(x * cr.special.expit(x))


def gelu(x):
    return np.sum(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


def mish(x):
    return np.sum(x * np.tanh(np.log(1 + np.exp(x))))


def log_density(x, mu, s2):
    return -0.5 * np.log(s2) - 0.5 * (x - mu) ** 2 / s2


def rosenbrock(x, y):
    return 100 * (y - x**2) ** 2 + (1 - x) ** 2


LINES = [
    # Ramachandran, Zoph and Le (2017), "Searching for activation functions", §5: σ(x) (1 + x (1 − σ(x))).
    (silu, "x", {"x": X}, "σ(x) ∘ (1 + x ∘ (1 − σ(x)))"),
    # Hendrycks and Gimpel (2016), with the inner derivative √(2/π) (1 + 3 · 0.044715 x²).
    (gelu, "x", {"x": X},
     "½ (tanh(z⁽¹⁾) + 1) + (1/√(2π)) x ∘ (1 − tanh(z⁽¹⁾)∘²) ∘ (1 + 0.134145 x∘²)"),
    (mish, "x", {"x": X}, "tanh(softplus(x)) + x ∘ σ(x) ∘ (1 − tanh(softplus(x))∘²)"),
    # Bishop (2006), (1.54) before it is set to zero: no fraction in a fraction.
    (log_density, "s2", {"x": 1.2, "mu": 0.3, "s2": 0.7}, "½ ((x − μ)² / s₂² − 1 / s₂)"),
    (rosenbrock, "x", {"x": 0.3, "y": 0.4}, "−2 (1 − x) − 400 x (y − x²)"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "wrt", "at", "expected"), LINES, ids=[line[0].__name__ for line in LINES])
def test_the_line_of_the_paper(f, wrt, at, expected):
    assert closed(f, wrt, **at) == [expected]
