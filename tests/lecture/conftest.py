"""The lecture's XOR problem and its nine-parameter network, shared by several of its slides."""

from types import SimpleNamespace

import numpy as np
import pytest

NAMES = ("w1", "w2", "w3", "w4", "w5", "w6", "b1", "b2", "b3")


def nine(w1, w2, w3, w4, w5, w6, b1, b2, b3, x1, x2):
    """ŷ = w₅ σ(w₁x₁ + w₂x₂ + b₁) + w₆ σ(w₃x₁ + w₄x₂ + b₂) + b₃ with σ = ReLU."""
    h1 = np.maximum(w1 * x1 + w2 * x2 + b1, 0)
    h2 = np.maximum(w3 * x1 + w4 * x2 + b2, 0)
    return w5 * h1 + w6 * h2 + b3


def as_matrices(w1, w2, w3, w4, w5, w6, b1, b2, b3):
    """The same numbers as W⁽¹⁾, b⁽¹⁾, W⁽²⁾ (one row) and b⁽²⁾."""
    return {
        "W1": np.array([[w1, w2], [w3, w4]]),
        "b1": np.array([b1, b2]),
        "W2": np.array([[w5, w6]]),
        "b2": np.array([b3]),
    }


@pytest.fixture
def xor():
    """The four points as rows, and g(0,0) = 0, g(0,1) = 1, g(1,0) = 1, g(1,1) = 0."""
    return SimpleNamespace(
        X=np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), y=np.array([0.0, 1.0, 1.0, 0.0])
    )


@pytest.fixture
def network():
    """The nine parameters' names, the network as a function of scalars, and the way to matrices."""
    return SimpleNamespace(names=NAMES, yhat=nine, as_matrices=as_matrices)
