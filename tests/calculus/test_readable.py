"""Printed gradients: plain products where no factor can be infinite, and what keeps 0·∞ = 0 where one can."""

import numpy as np
import pytest

import chainrule as cr

RNG = np.random.default_rng(3)


def gradient(f, at):
    wrt = tuple(at)
    source = cr.trace(cr.grad(f, wrt), **at).to_python()
    run = defined(source)
    for ours, theirs in zip(run(**at), cr.grad(f, wrt)(**at), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-15)
        assert np.asarray(ours).dtype == theirs.dtype
    return source


def defined(source):
    """The last function that a source defines."""
    namespace = {}
    exec(source, namespace)
    return [value for value in namespace.values() if callable(value)][-1]


def huber(r, delta):
    return np.mean(np.where(np.abs(r) <= delta, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)))


def causal(Q, K, V):
    S = np.where(np.tri(3, dtype=bool), Q @ K.T, -np.inf)
    E = np.exp(S - S.max(axis=1, keepdims=True))
    A = E / E.sum(axis=1, keepdims=True)
    return np.sum((A @ V) ** 2)


def trace_of_solution(C, B):
    return np.trace(np.linalg.solve(C, B))


def clipped(x):
    return np.sum(np.where(x > 0, np.sqrt(x * x + 1), np.tanh(x) ** 3))


PLAIN = [
    (huber, {"r": RNG.normal(size=5), "delta": 0.4}),
    (huber, {"r": RNG.normal(size=5).astype(np.float32), "delta": np.float32(0.4)}),
    (causal, {name: RNG.normal(size=(3, 2)) for name in "QKV"}),
    (trace_of_solution, {"C": RNG.normal(size=(3, 3)) + 3 * np.eye(3), "B": RNG.normal(size=(3, 3))}),
    (clipped, {"x": RNG.normal(size=5)}),
]


@pytest.mark.parametrize(("f", "at"), PLAIN)
def test_source_without_helpers(f, at):
    source = gradient(f, at)
    assert source.count("def ") == 1
    assert "np.float64(" not in source


def softplus(x):
    return np.sum(np.where(x > 20, x, np.log1p(np.exp(x))))


def length(x):
    return np.sqrt(np.sum(x**2))


def entropy(p):
    return -np.sum(np.where(p > 0, p * np.log(p), 0))


def masked_ratio(x):
    return np.sum(np.where(x != 0, 1 / x, 0))


KEPT = [
    (softplus, {"x": np.array([1000.0, 0.0, -3.0])}, [1, 0.5, 1 / (1 + np.exp(3))]),
    (length, {"x": np.zeros(3)}, [0, 0, 0]),
    (entropy, {"p": np.array([0.0, 0.5, 0.5])}, [0, -1 - np.log(0.5), -1 - np.log(0.5)]),
    (masked_ratio, {"x": np.array([0.0, 2.0])}, [0, -0.25]),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("f", "at", "expected"), KEPT)
def test_masked_zeros_stay_zero_in_what_is_printed(f, at, expected):
    source = gradient(f, at)
    assert "absorb" in source
    np.testing.assert_allclose(defined(source)(**at)[0], expected, rtol=1e-12)
