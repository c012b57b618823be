"""Results in the form that the textbook has them."""

import numpy as np
import pytest

from chainrule import derive

from .test_exercises import answers, n, spd


def contrastive(S):
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    return -np.mean(np.log(np.diag(P)))


def contrastive_by_places(S):
    rows = S - np.log(np.exp(S).sum(axis=1, keepdims=True))
    return -np.mean(rows[np.arange(len(S)), np.arange(len(S))])


def mixture(x, mu, s2, pi):
    comp = pi * np.exp(-0.5 * (x[:, None] - mu) ** 2 / s2) / np.sqrt(2 * np.pi * s2)
    return np.sum(np.log(comp.sum(axis=1)))


def gaussian_process(x, y, ell, noise):
    d = x[:, None] - x
    K = np.exp(-0.5 * d**2 / ell**2) + noise**2 * np.eye(len(x))
    return -0.5 * y @ np.linalg.solve(K, y) - 0.5 * np.linalg.slogdet(K)[1]


def mahalanobis(x, mu, S):
    d = x - mu
    return np.sqrt(d @ np.linalg.inv(S) @ d)


def by_qr(A, b):
    Q, _ = np.linalg.qr(A)
    return 0.5 * np.sum((Q.T @ b) ** 2)


def cubed(A, B):
    return np.trace(B @ np.linalg.matrix_power(A, 3))


def partial_likelihood(X, beta, d):
    eta = X @ beta
    risk = np.triu(np.ones((4, 4))) @ np.exp(eta)
    return -np.sum(d * (eta - np.log(risk)))


def output_gate(a, c):
    o = 1 / (1 + np.exp(-a))
    h = o * np.tanh(c)
    return np.sum(h**2) / 2


CASES = [
    (contrastive, "S", {"S": n(4, 4)}, {"S": "¼ (P − I)"}),
    (contrastive_by_places, "S", {"S": n(4, 4)}, {"S": "¼ (exp(rows) − I)"}),
    (mixture, "mu", {"x": n(6), "mu": n(2), "s2": np.array([1.0, 0.5]), "pi": np.array([0.4, 0.6])},
     {"μ": "(((x 𝟏ᵀ − 𝟏 μᵀ) ∘ comp)ᵀ (1 ⊘ z⁽²⁾)) ⊘ s⁽²⁾"}),
    (gaussian_process, "noise", {"x": n(5), "y": n(5), "ell": 0.8, "noise": 0.3},
     {"noise": "noise (v⁽¹⁾ᵀ v⁽¹⁾ − tr(K⁻¹))"}),
    (mahalanobis, "x S", {"x": n(3), "mu": n(3), "S": spd(3)},
     {"x": "(1 / mahalanobis) S⁻¹ d", "S": "−(1 / (2 mahalanobis)) S⁻¹ d dᵀ S⁻¹"}),
    (by_qr, "A", {"A": n(4, 3), "b": n(4)}, {"A": "(b − Q v⁽¹⁾) v⁽¹⁾ᵀ R of qr(A)⁻ᵀ"}),
    (cubed, "A", {"A": n(3, 3), "B": n(3, 3)}, {"A": "Bᵀ (Aᵀ)² + Aᵀ Bᵀ Aᵀ + (Aᵀ)² Bᵀ"}),
    (partial_likelihood, "beta", {"X": n(4, 2), "beta": n(2), "d": np.array([1.0, 0, 1, 1])},
     {"β": "Xᵀ ((triu(𝟏)ᵀ (d ⊘ risk)) ∘ h⁽¹⁾ − d)"}),
    (output_gate, "a", {"a": n(3), "c": n(3)}, {"a": "h ∘ tanh(c) ∘ o ∘ (1 − o)"}),
]  # fmt: skip


@pytest.mark.parametrize(("f", "wrt", "at", "expected"), CASES, ids=[case[0].__name__ for case in CASES])
def test_result_is_that_of_the_textbook(f, wrt, at, expected):
    assert answers(f, wrt, at) == expected


def test_a_quadratic_form_is_not_called_linear():
    rules = {
        str(step).partition(" = ")[0]: step.rule
        for step in derive(lambda x, A: np.exp(x @ A @ x), "x", {"x": n(3), "A": n(3, 3)}).steps
    }
    assert "Jacobian of a quadratic form" in rules.values()
    assert "Jacobian of a linear map is its matrix" not in rules.values()


def test_terms_that_cancel_have_a_line_of_the_chain_rule():
    def logistic(w, X, y):
        z = X @ w
        p = 1 / (1 + np.exp(-z))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    at = {"w": n(2), "X": n(4, 2), "y": np.array([0.0, 1, 1, 0])}
    found = [step for step in derive(logistic, "w", at).steps if "cancel" in step.rule]
    assert [str(step) for step in found] == ["∇_z logistic = ¼ (p − y)"]
    assert found[0].section == "chain rule"


def test_products_that_absorb_are_printed_as_functions_of_numpy():
    source = derive(mahalanobis, "S", {"x": n(3), "mu": n(3), "S": spd(3)}).python()
    assert "absorbing(np.matmul, " in source
    assert "lambda" not in source
