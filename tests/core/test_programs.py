"""Programs as people write them in plain NumPy: their gradients and Hessians against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution import compile_reference

from ..numerics import numerical_jacobian

RNG = np.random.default_rng(0)
DATA = RNG.normal(size=(6, 2))
SERIES = RNG.normal(size=5)


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def mixture_log_likelihood(x: Any) -> Any:
    """Two Gaussians in the plane: logits of the weights, means, logarithms of the scales."""
    weights = x[:2] - np.log(np.sum(np.exp(x[:2])))
    means, scales = x[2:6].reshape(2, 2), np.exp(x[6:8])
    squares = np.sum((DATA[:, None, :] - means[None]) ** 2, axis=-1) / scales**2
    joint = weights - 0.5 * squares - 2 * np.log(scales) - np.log(2 * np.pi)
    shift = joint.max(axis=1, keepdims=True)
    return np.sum(shift[:, 0] + np.log(np.exp(joint - shift).sum(axis=1)))


def attention(x: Any) -> Any:
    queries, keys, values = (x[i * 6 : (i + 1) * 6].reshape(3, 2) for i in range(3))
    scores = queries @ keys.T / np.sqrt(2.0)
    scores = np.where(np.tril(np.ones((3, 3), bool)), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return np.sum((weights @ values) ** 2)


def recurrent(x: Any) -> Any:
    W, U, b = x[:4].reshape(2, 2), x[4:6], x[6:8]
    h, loss = np.zeros(2), 0.0
    for value in SERIES:
        gate = 1 / (1 + np.exp(-(U * value)))
        h = (1 - gate) * h + gate * np.tanh(W @ h + b)
        loss += (h[0] - value) ** 2
    return loss / len(SERIES)


def kalman_log_likelihood(x: Any) -> Any:
    drift, process, noise = x[0], np.exp(x[1]), np.exp(x[2])
    mean, variance, total = 0.0, 1.0, 0.0
    for value in SERIES:
        mean, variance = drift * mean, drift**2 * variance + process
        innovation, spread = value - mean, variance + noise
        total = total - 0.5 * (np.log(2 * np.pi * spread) + innovation**2 / spread)
        gain = variance / spread
        mean, variance = mean + gain * innovation, (1 - gain) * variance
    return total


def gaussian_process(x: Any) -> Any:
    lengths, noise = np.exp(x[:2]), np.exp(x[2])
    scaled = DATA / lengths
    distances = np.sum(scaled**2, 1)[:, None] + np.sum(scaled**2, 1) - 2 * scaled @ scaled.T
    K = np.exp(-0.5 * distances) + noise * np.eye(len(DATA))
    target = DATA[:, 0] * DATA[:, 1]
    return 0.5 * target @ np.linalg.solve(K, target) + 0.5 * np.linalg.slogdet(K)[1]


def hidden_markov(x: Any) -> Any:
    transition = cr.special.log_softmax(x[:4].reshape(2, 2), axis=1)
    means, alpha = x[4:6], cr.special.log_softmax(x[6:8])
    for value in SERIES:
        alpha = cr.special.logsumexp(alpha[:, None] + transition, axis=0) - 0.5 * (value - means) ** 2
    return cr.special.logsumexp(alpha)


def convolution(x: Any) -> Any:
    kernel, signal = x[:3], np.pad(x[3:8], 1, mode="edge")
    windows = np.stack([signal[i : i + 3] for i in range(5)])
    response = np.maximum(windows @ kernel[::-1], 0)
    return np.mean(response**2) + response.max()


def batch_normalised(x: Any) -> Any:
    W, gain, shift = x[:4].reshape(2, 2), x[4:6], x[6:8]
    Z = DATA @ W
    normal = (Z - Z.mean(axis=0)) / np.sqrt(Z.var(axis=0) + 1e-5)
    return np.mean(np.tanh(gain * normal + shift) * DATA)


def runge_kutta(x: Any) -> Any:
    """A Lotka–Volterra system, eight steps."""

    def slope(state: Any) -> Any:
        prey, hunters = state
        return np.stack([prey * (x[0] - x[1] * hunters), -hunters * (x[2] - x[3] * prey)])

    state, h = x[4:6], 0.05
    for _ in range(8):
        k1 = slope(state)
        k2 = slope(state + h / 2 * k1)
        k3 = slope(state + h / 2 * k2)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + slope(state + h * k3))
    return np.sum(state**2)


def factorisation(x: Any) -> Any:
    U, V = x[:6].reshape(3, 2), x[6:10].reshape(2, 2)
    observed = np.array([[0, 1], [1, 0], [2, 1], [2, 0]])
    predicted = np.einsum("nk,nk->n", U[observed[:, 0]], V[observed[:, 1]])
    return np.sum((predicted - np.arange(4.0)) ** 2) + 0.1 * (np.linalg.norm(U) ** 2 + np.sum(np.abs(V)))


def cox_partial_likelihood(x: Any) -> Any:
    risk = DATA @ x
    order = np.argsort(-DATA[:, 0], kind="stable")
    return np.sum(risk[order] - np.log(np.cumsum(np.exp(risk[order]))))


PROGRAMS: dict[str, tuple[Callable[[Any], Any], int]] = {
    "Rosenbrock": (rosenbrock, 5),
    "mixture": (mixture_log_likelihood, 8),
    "attention": (attention, 18),
    "recurrent net": (recurrent, 8),
    "Kalman filter": (kalman_log_likelihood, 3),
    "Gaussian process": (gaussian_process, 3),
    "hidden Markov model": (hidden_markov, 8),
    "convolution": (convolution, 8),
    "batch normalisation": (batch_normalised, 8),
    "Runge–Kutta": (runge_kutta, 6),
    "factorisation": (factorisation, 10),
    "Cox regression": (cox_partial_likelihood, 2),
}

every_program = pytest.mark.parametrize(("program", "n"), PROGRAMS.values(), ids=PROGRAMS)


def point(n: int) -> np.ndarray:
    return np.random.default_rng(n).uniform(0.2, 1.2, n)


@every_program
def test_the_value_is_that_of_numpy(program: Callable[[Any], Any], n: int) -> None:
    value, _ = cr.value_and_grad(program)(point(n))
    np.testing.assert_allclose(value, program(point(n)), 1e-14)


@every_program
def test_the_gradient_is_that_of_differences(program: Callable[[Any], Any], n: int) -> None:
    np.testing.assert_allclose(
        cr.grad(program)(point(n)), numerical_jacobian(program, point(n))[0], 1e-7, 1e-8
    )


@every_program
def test_the_hessian_is_that_of_differences_and_symmetric(program: Callable[[Any], Any], n: int) -> None:
    hessian = cr.hessian(program)(point(n))
    scale = np.max(np.abs(hessian))
    np.testing.assert_allclose(hessian, hessian.T, 1e-10, 1e-12 * scale)
    np.testing.assert_allclose(hessian, numerical_jacobian(cr.grad(program), point(n)), 1e-6, 1e-7 * scale)


@every_program
def test_single_precision_gives_the_same_to_its_precision(program: Callable[[Any], Any], n: int) -> None:
    narrow = cr.grad(program)(point(n).astype(np.float32))
    wide = cr.grad(program)(point(n))
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, wide, 2e-3, 1e-4 * np.max(np.abs(wide)))


@every_program
def test_the_printed_source_computes_the_same(program: Callable[[Any], Any], n: int) -> None:
    for graph in (cr.trace(program, point(n)).graph, cr.grad(program).graph(point(n))):
        namespace: dict[str, Any] = {}
        exec(graph.to_python(), namespace)
        printed = [value for value in namespace.values() if callable(value)][-1](point(n))
        (expected,) = compile_reference(graph)(point(n))
        np.testing.assert_allclose(printed, expected, 1e-12, 1e-13)
