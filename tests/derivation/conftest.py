"""Functions to derive, with their points."""

import numpy as np
import pytest

import chainrule as cr


def J(x, y, W1, b1, W2, b2):
    z1 = cr.name(W1 @ x + b1, "z1")
    h1 = cr.name(np.maximum(z1, 0), "h1")
    yhat = cr.name(W2 @ h1 + b2, "yhat")
    return 0.5 * np.sum((yhat - y) ** 2)


def batch(X, Y, W1, b1, W2, b2):
    Z1 = cr.name(X @ W1.T + b1, "Z1")
    H1 = cr.name(np.maximum(Z1, 0), "H1")
    Yhat = cr.name(H1 @ W2.T + b2, "Yhat")
    return np.sum((Yhat - Y) ** 2) / (2 * len(X))


def xor(x1, x2, w1, w2, w3, w4, w5, w6, b1, b2, b3):
    return w5 * np.maximum(w1 * x1 + w2 * x2 + b1, 0) + w6 * np.maximum(w3 * x1 + w4 * x2 + b2, 0) + b3


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture(scope="session")
def net():
    rng = np.random.default_rng(5)
    shapes = {"x": 2, "y": 2, "W1": (3, 2), "b1": 3, "W2": (2, 3), "b2": 2}
    return J, {name: rng.normal(size=shape) for name, shape in shapes.items()}


@pytest.fixture(scope="session")
def rows():
    rng = np.random.default_rng(5)
    shapes = {"X": (4, 2), "Y": (4, 2), "W1": (3, 2), "b1": 3, "W2": (2, 3), "b2": 2}
    return batch, {name: rng.normal(size=shape) for name, shape in shapes.items()}


@pytest.fixture(scope="session")
def nine_numbers():
    """The lecture's solution of XOR at x = (1, 1), where the second hidden unit is at its kink."""
    at = {"x1": 0.0, "x2": 1.0, "w1": 1.0, "w2": 1.0, "w3": 1.0, "w4": 1.0, "w5": 1.0, "w6": -2.0}
    return xor, at | {"b1": 0.0, "b2": -1.0, "b3": 0.0}


@pytest.fixture(scope="session")
def deep():
    rng = np.random.default_rng(5)

    def deep(x, y, layers):
        h = x
        for k, (W, b) in enumerate(layers, 1):
            z = cr.name(W @ h + b, f"z{k}")
            h = cr.name(np.tanh(z), f"h{k}")
        return 0.5 * np.sum((h - y) ** 2)

    layers = [(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(8)]
    return deep, {"x": rng.normal(size=3), "y": rng.normal(size=3), "layers": layers}


def closed(f, wrt, /, **at):
    """The last lines of a derivation, one for each argument, without their left sides."""
    steps = cr.derive(f, wrt, at, level="result").steps
    wanted = cr.grad(f, wrt)(**at)
    for step, expected in zip(reversed(steps), wanted if isinstance(wrt, tuple) else [wanted], strict=False):
        np.testing.assert_allclose(step.value, expected, rtol=1e-9, atol=1e-12)
    return [str(step).partition(" = ")[2] for step in steps if step.section == "result"]
