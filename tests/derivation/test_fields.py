"""Exercises of several fields, against the line that their textbooks have."""

import numpy as np
import pytest

import chainrule as cr

from .test_exercises import answers, lines, n


def gaussian_process(X, y, s2):
    """Rasmussen and Williams (2006), equation 5.9."""
    D = np.sum((X[:, None] - X[None]) ** 2, axis=-1)
    K = np.exp(-0.5 * D) + s2 * np.eye(len(y))
    alpha = np.linalg.solve(K, y)
    return 0.5 * y @ alpha + 0.5 * np.linalg.slogdet(K)[1]


def cox(beta, X, d):
    """Breslow's partial likelihood, the times in order."""
    eta = X @ beta
    risk = np.cumsum(np.exp(eta)[::-1])[::-1]
    return -np.sum(d * (eta - np.log(risk)))


def mixture(mu, x):
    z = x[:, None] - mu
    lp = -0.5 * z**2
    m = lp.max(axis=1, keepdims=True)
    return -np.sum(m[:, 0] + np.log(np.sum(np.exp(lp - m), axis=1)))


def svm(w, b, X, y, C):
    margin = y * (X @ w + b)
    return 0.5 * w @ w + C * np.sum(np.maximum(0, 1 - margin))


def gravity(q, m):
    return -m[0] * m[1] / np.linalg.norm(q[0] - q[1])


def cosine(u, v):
    return u @ v / (np.linalg.norm(u) * np.linalg.norm(v))


def gated(x, h, Wz, Wc):
    """A cell whose gate is a function of its own: z is what that returns."""

    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    z = sigmoid(Wz @ x)
    c = np.tanh(Wc @ x)
    return np.sum(((1 - z) * h + z * c) ** 2)


def moving_average(theta, y):
    e0 = y[0]
    e1 = y[1] - theta[0] * e0
    return e0**2 + e1**2


def filtered(x, k, y):
    """A convolution layer: its windows are written out, and its weights' gradient is a correlation."""
    z = np.lib.stride_tricks.sliding_window_view(x, 3) @ k
    return 0.5 * np.sum((np.tanh(z) - y) ** 2)


def blurred(x, k, y):
    return 0.5 * np.sum((np.convolve(x, k) - y) ** 2)


def averaged(x, k, y):
    return np.convolve(2 * x, k, mode="valid") @ y


FIELDS = [
    (filtered, "x k", {"x": n(6), "k": n(3), "y": n(4)},
     {"x": "((tanh(z) − y) ∘ (1 − tanh(z)∘²)) ∗ k", "k": "x ⋆ ((tanh(z) − y) ∘ (1 − tanh(z)∘²))"}),
    (blurred, "x k", {"x": n(5), "k": n(2), "y": n(6)}, {"x": "v⁽¹⁾ ⋆ k", "k": "v⁽¹⁾ ⋆ x"}),
    (averaged, "x k", {"x": n(5), "k": n(2), "y": n(4)}, {"x": "2 y ∗ k[::-1]", "k": "2 (x ⋆ y)[::-1]"}),
    (gaussian_process, "s2", {"X": n(4, 2), "y": n(4), "s2": 0.5}, {"s₂": "½ tr(K⁻¹ − α αᵀ)"}),
    (cox, "beta", {"beta": n(2), "X": n(5, 2), "d": np.array([1.0, 0, 1, 1, 0])},
     {"β": "Xᵀ (cumsum(d ⊘ risk) ∘ h⁽¹⁾ − d)"}),
    (mixture, "mu", {"mu": n(3), "x": n(5)}, {"μ": "−(z ∘ softmax_rows(lp))ᵀ 𝟏"}),
    (svm, "w b", {"w": n(2), "b": 0.1, "X": n(4, 2), "y": np.array([1.0, -1, 1, -1]), "C": 2.0},
     {"w": "w − C Xᵀ (𝟙[margin < 1] ∘ y)", "b": "−C (𝟙[margin < 1]ᵀ y)"}),
    (gravity, "m", {"q": n(2, 3), "m": np.array([1.0, 2.0])},
     {"m": "[−m[1] / ‖q[0] − q[1]‖, −m[0] / ‖q[0] − q[1]‖]"}),
    (cosine, "u", {"u": n(3), "v": n(3)}, {"u": "v / (‖u‖ ‖v‖) − (cosine / ‖u‖²) u"}),
    (gated, "Wz", {"x": n(2), "h": n(3), "Wz": n(3, 2), "Wc": n(3, 2)},
     {"Wz": "2 (v⁽¹⁾ ∘ (c − h) ∘ z ∘ (1 − z)) xᵀ"}),
    (moving_average, "theta", {"theta": np.array([0.5]), "y": n(2)}, {"θ": "[−2 e₁ e₀]"}),
]  # fmt: skip


@pytest.mark.parametrize(("f", "wrt", "at", "textbook"), FIELDS, ids=[case[0].__name__ for case in FIELDS])
def test_the_line_of_the_textbook(f, wrt, at, textbook):
    found = answers(f, wrt, at)
    assert {of: found[of] for of in textbook} == textbook


def test_what_a_variable_is_before_a_loop_counts_as_zero():
    """A GARCH(1, 1) of its stationary variance: hₖ = ω + α rₖ² + β hₖ₋₁."""

    def garch(omega, alpha, beta, r):
        h = omega / (1 - alpha - beta)
        total = 0.0
        for t in range(4):
            total = total + np.log(h) + r[t] ** 2 / h
            h = omega + alpha * r[t] ** 2 + beta * h
        return total

    at = {"omega": 0.2, "alpha": 0.3, "beta": 0.5, "r": n(4)}
    found = lines(garch, "omega", at, "scalar")
    assert "h₀ = ω / (1 − α − β)" in found
    assert "for k = 1, 2, 3" in found["hₖ = ω + α vₖ + β hₖ₋₁"].remark
    last = str(list(found)[-1])
    assert last == "∂garch/∂ω = (∂garch/∂h₀) / (1 − α − β) + ∂garch/∂h₃ + ∂garch/∂h₂ + ∂garch/∂h₁"


def test_the_gradients_of_a_loop_keep_their_names():
    """The backward pass of a conditional random field: each turn's gradient once."""

    def partition(T, U):
        a = U[0]
        for t in range(1, 4):
            m = a[:, None] + T
            a = np.log(np.sum(np.exp(m), axis=0)) + U[t]
        return np.log(np.sum(np.exp(a)))

    found = lines(partition, "T", {"T": n(2, 2), "U": n(4, 2)}, "result")
    turns = " + ".join(f"∇_m⁽{k}⁾ partition" for k in "³²¹")
    assert f"∇_T partition = {turns}" in found


def test_sums_within_sums():
    """d/dt Σ tanh(t Σ w x) of every row."""

    def f(t, w, X):
        return np.sum(np.tanh(X @ w * t))

    last = cr.derive(f, "t", {"t": 0.3, "w": n(5), "X": n(6, 5)}, level="scalar").steps[-1]
    assert str(last) == "∂f/∂t = Σⱼ₌₁⁶ (Σₖ₌₁⁵ wₖ Xⱼₖ) (1 − tanh(z⁽¹⁾ⱼ)²)"


def test_long_entries_name_the_derivatives_between():
    """Backpropagation through time, entry by entry: no line is longer for there being more turns."""

    def elman(W, x, y):
        h = np.zeros(2)
        for t in range(4):
            h = np.tanh(W @ h + x[t])
        return 0.5 * np.sum((h - y) ** 2)

    at = {"W": n(2, 2), "x": n(4, 2), "y": n(2)}
    derivation = cr.derive(elman, "W", at, level="scalar")
    entries = [str(step) for step in derivation.steps if step.section == "result"]
    assert max(map(len, entries)) < 150
    found = [float(step.value) for step in derivation.steps[-4:]]
    np.testing.assert_allclose(found, cr.grad(elman, "W")(**at).ravel(), rtol=1e-9)
