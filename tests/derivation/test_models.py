"""Models whose gradients are well known, written as authors write them: against the lines of the books."""

import numpy as np
import pytest
import scipy.special

import chainrule as cr

from .test_exercises import answers, n

LABELS = np.array([1.0, -1, 1, -1])


def growth(k, x0, L, x):
    """The logistic curve: dL = Σ σ, and σ' = σ (1 − σ)."""
    return np.sum(L / (1 + np.exp(-k * (x - x0))))


def fermi(mu, T, E):
    return np.sum(1 / (np.exp((E - mu) / T) + 1))


def bernoulli(z, y):
    """The odds in place of the logistic function."""
    p = np.exp(z) / (1 + np.exp(z))
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))


def skip_gram(v, o):
    """The term of a positive pair, Mikolov et al. (2013)."""
    return -np.log(1 / (1 + np.exp(-o @ v)))


def squared_hinge(w, X, y):
    margin = y * (X @ w)
    return np.sum(np.maximum(0, 1 - margin) ** 2)


def quantile(beta, X, y):
    """Koenker and Bassett (1978), τ = 0.9: 1 − τ is no number that is read as such."""
    u = y - X @ beta
    return np.sum(np.maximum(0.9 * u, (0.9 - 1) * u))


def clipped(x, t):
    return 0.5 * np.sum((np.clip(x, -0.5, 2) - t) ** 2)


def log_det(X):
    return np.log(np.linalg.det(X))


def weibull(k, t):
    """The gradient by the times: (k − 1)/t − k t^(k−1), here of log t."""
    return np.sum(np.exp(t) ** k)


def mixing(logits, mu, x):
    """Responsibilities less weights."""
    lp = logits - np.log(np.sum(np.exp(logits))) - 0.5 * (x - mu) ** 2
    return np.log(np.sum(np.exp(lp)))


def kronecker(x, A, B, y):
    return y @ np.kron(A, B) @ x


def soft_minimum(a, b):
    """A step of the soft alignment of Cuturi and Blondel (2017): numbers, collected and picked again."""
    both = np.stack([a, b, a + 1])
    return -np.log(np.sum(np.exp(-both)))


def first_of_two(x, a):
    """What is put somewhere may be an argument, and that a number of Python's."""
    return a * x[0]


def tweedie(beta, X, y, p=1.5):
    """Half the deviance of a Tweedie distribution between Poisson and gamma."""
    mu = np.exp(X @ beta)
    return np.mean(mu ** (2 - p) / (2 - p) - y * mu ** (1 - p) / (1 - p))


def von_mises(mu, x):
    """Bessel's I₀ left out of the density."""
    return np.sum(np.exp(np.cos(x - mu)) / (2 * np.pi))


def small_circles(r):
    return np.sum(3 * r**2 / (10 * np.pi))


def negative_binomial(beta, r, X, y):
    """The score of a regression on counts: r (y − μ) / (r + μ)."""
    mu = np.exp(X @ beta)
    return np.sum((y + r) * np.log(r + mu) - y * np.log(mu))


def weibull_fit(lam, k, t):
    return np.sum(np.log(k / lam) + (k - 1) * np.log(t / lam) - (t / lam) ** k)


def gaussian_density(mu, sigma, x):
    return np.sum(np.exp(-((x - mu) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi)))


def gamma_shape(k, y, mu):
    """Two sums over the data are one."""
    return np.sum(k * np.log(k / mu) - cr.special.gammaln(k) + (k - 1) * np.log(y) - k * y / mu)


def black_scholes(S, K, r, sigma, T):
    """Delta is Φ(d₁) and vega S φ(d₁) √T, as S φ(d₁) = K exp(−r T) φ(d₂)."""
    d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
    d2 = d1 - sigma * np.sqrt(T)

    def Phi(x):
        return 0.5 * (1 + cr.special.erf(x / np.sqrt(2)))

    return S * Phi(d1) - K * np.exp(-r * T) * Phi(d2)


def log_mean(a):
    """E log x of a gamma distribution, and its derivative, the trigamma function."""
    return np.sum(scipy.special.digamma(a))


def jensen_shannon(p, q):
    """p + q is 2 m, whose name is used."""
    m = (p + q) / 2
    return 0.5 * np.sum(p * np.log(p / m)) + 0.5 * np.sum(q * np.log(q / m))


def ordered_scores(U):
    """What is put somewhere may be a negative number."""
    return cr.special.logsumexp(U[0]) - U[0, 1] - U[1, 2]


MODELS = [
    (negative_binomial, "beta", {"beta": n(2), "r": 2.0, "X": n(4, 2), "y": np.array([0.0, 2, 1, 3])},
     {"β": "r Xᵀ ((μ − y) ⊘ (r + μ))"}),
    (weibull_fit, "lam", {"lam": 2.0, "k": 1.5, "t": abs(n(3))}, {"λ": "(k (Σᵢ (z⁽¹⁾^∘k)ᵢ − 3)) / λ"}),
    (gaussian_density, "mu sigma", {"mu": 0.3, "sigma": 1.1, "x": n(3)},
     {"μ": "((x − μ)ᵀ exp(z⁽¹⁾)) / (√(2π) σ³)", "σ": "−(exp(z⁽¹⁾)ᵀ (1 + 2 z⁽¹⁾)) / (√(2π) σ²)"}),
    (gamma_shape, "k", {"k": 2.0, "y": abs(n(4)), "mu": abs(n(4))},
     {"k": "Σᵢ (log(y) + log(k ⊘ μ) + 1 − y ⊘ μ)ᵢ − 4 ψ(k)"}),
    (log_mean, "a", {"a": np.array([0.5, 2.0])}, {"a": "ψ′(a)"}),
    (black_scholes, "S sigma", {"S": 100.0, "K": 95.0, "r": 0.03, "sigma": 0.2, "T": 0.5},
     {"d₁": "0", "S": "Φ(d₁)", "σ": "φ(d₂) K exp(−r T) √T"}),
    (jensen_shannon, "p q", {"p": np.array([0.2, 0.3, 0.5]), "q": np.array([0.3, 0.3, 0.4])},
     {"p": "½ log(p ⊘ m)", "q": "½ log(q ⊘ m)"}),
    (ordered_scores, "U", {"U": n(2, 3)}, {"U": "put[0](softmax(U[0])) − put[1, 2](1) − put[0, 1](1)"}),
    (von_mises, "mu", {"mu": 0.5, "x": n(3)}, {"μ": "(1/(2π)) exp(cos(x − μ))ᵀ sin(x − μ)"}),
    (small_circles, "r", {"r": n(3)}, {"r": "(3/(5π)) r"}),
    (tweedie, "beta", {"beta": n(2), "X": n(4, 2), "y": abs(n(4))}, {"β": "¼ Xᵀ (√μ − y ∘ μ^∘(−½))"}),
    (growth, "x0 L", {"k": 1.5, "x0": 0.3, "L": 2.0, "x": n(4)},
     {"x₀": "−k L (σ(z⁽¹⁾)ᵀ (1 − σ(z⁽¹⁾)))", "L": "Σᵢ σ(z⁽¹⁾)ᵢ"}),
    (fermi, "mu", {"mu": 0.5, "T": 0.7, "E": n(4)}, {"μ": "(σ(z⁽¹⁾)ᵀ (1 − σ(z⁽¹⁾))) / T"}),
    (bernoulli, "z", {"z": n(3), "y": np.array([1.0, 0, 1])}, {"z": "p − y"}),
    (skip_gram, "v", {"v": n(3), "o": n(3)}, {"v": "(σ(z₁) − 1) o"}),
    (squared_hinge, "w", {"w": n(2), "X": n(4, 2), "y": LABELS}, {"w": "−2 Xᵀ (max(0, 1 − margin) ∘ y)"}),
    (quantile, "beta", {"beta": n(2), "X": n(4, 2), "y": n(4)},
     {"β": "⅒ Xᵀ (𝟙[u < 0] − 4 𝟙[u = 0] − 9 𝟙[u > 0])"}),
    (clipped, "x", {"x": np.array([-1.0, 0, 1, 3]), "t": n(4)},
     {"x": "(min(max(x, −½), 2) − t) ∘ 𝟙[x < 2] ∘ 𝟙[x > −½]"}),
    (log_det, "X", {"X": n(2, 2) + 5 * np.eye(2)}, {"X": "X⁻ᵀ"}),
    (weibull, "t", {"k": 1.5, "t": n(3)}, {"t": "k exp(t)^∘k"}),
    (mixing, "logits", {"logits": n(3), "mu": n(3), "x": 0.5}, {"logits": "softmax(lp) − softmax(logits)"}),
    (kronecker, "x", {"x": n(6), "A": n(2, 3), "B": n(3, 2), "y": n(6)}, {"x": "(A ⊗ B)ᵀ y"}),
    (soft_minimum, "a b", {"a": 0.5, "b": -0.5},
     {"a": "softmax(−both)[2] + softmax(−both)[0]", "b": "softmax(−both)[1]"}),
    (first_of_two, "x", {"x": n(2), "a": 0.5}, {"x": "put[0](a)"}),
]  # fmt: skip


@pytest.mark.parametrize(("f", "wrt", "at", "book"), MODELS, ids=[f.__name__ for f, *_ in MODELS])
def test_the_line_of_the_book(f, wrt, at, book):
    assert answers(f, wrt, at) == book


def test_a_quantile_by_entries():
    """Where rows are sums, both sides of a comparison are multiples of one sum."""
    at = {"beta": n(2), "X": n(3, 2), "y": n(3)}
    derivation = cr.derive(quantile, "beta", at, level="scalar")
    found = [step.value for step in derivation.steps if step.rule == "each entry by itself"]
    np.testing.assert_allclose(found, cr.grad(quantile, "beta")(**at), rtol=1e-12)
    assert "∂quantile/∂u₁ = {−⅒ where u₁ < 0; (2/5) where u₁ = 0; else 0.9}" in map(str, derivation.steps)


def test_rules_of_means_and_of_multiples_of_the_identity():
    """∂μ/∂x = ⅓ 𝟏ᵀ is of a linear map, and tr(∇_C J) is no sum over a batch."""

    def f(W, v, x):
        mu = np.mean(x)
        C = W @ W.T + v * np.eye(2)
        return np.linalg.slogdet(C)[1] + np.sum((x - mu) ** 4)

    at = (np.array([[1.0, 0.5], [0.2, 2.0]]), 0.7, np.array([1.0, 2.0, 4.0]))
    rules = {str(step): step.rule for step in cr.derive(f, ("v", "x"), at).steps}
    assert rules["∂μ/∂x = ⅓ 𝟏ᵀ"] == "Jacobian of a linear map is its matrix"
    assert rules["∂vec[C]/∂v = vec[I]"] == "Jacobian of a linear map is its matrix"
    assert rules["∂f/∂v = tr(∇_C f)"] == "chain rule"
