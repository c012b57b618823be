"""Derivations of functions from many fields, in the form that someone who marks them expects."""

import numpy as np
import pytest

import chainrule as cr

from .test_exercises import answers, n, spd


def elo(Ra, Rb, S):
    Ea = 1 / (1 + 10 ** ((Rb - Ra) / 400))
    return (S - Ea) ** 2


def half_life(tau, c, t):
    return c * 2 ** (-t / tau) + c ** ((t + 1) / tau)


def put_option(S, K, r, q, sigma, T):
    def Phi(u):
        return 0.5 * (1 + cr.special.erf(u / np.sqrt(2)))

    sq = sigma * np.sqrt(T)
    d1 = (np.log(S / K) + (r - q + 0.5 * sigma**2) * T) / sq
    d2 = d1 - sq
    return K * np.exp(-r * T) * Phi(-d2) - S * np.exp(-q * T) * Phi(-d1)


def student_t(nu, x):
    gammaln = cr.special.gammaln
    constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)
    return np.sum(constant - (nu + 1) / 2 * np.log(1 + x**2 / nu))


def normal_density(mu, S, x):
    d = x - mu
    return np.exp(-0.5 * d @ np.linalg.inv(S) @ d) / np.sqrt((2 * np.pi) ** len(x) * np.linalg.det(S))


def divergence(S1, S2):
    return 0.5 * (np.trace(np.linalg.inv(S2) @ S1) + np.log(np.linalg.det(S2) / np.linalg.det(S1)))


def cube_root(x):
    return np.sum(x ** (1 / 3))


def stable_logistic(w, X, y):
    z = X @ w
    return np.sum(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


def procrustes(Q, A, B):
    return np.linalg.norm(A @ Q - B, "fro") ** 2 / 2


def beta_density(x, a, b):
    return (a - 1) * np.log(x) + (b - 1) * np.log(1 - x)


def skip_gram(v, u, N):
    def sigmoid(t):
        return 1 / (1 + np.exp(-t))

    return -np.log(sigmoid(u @ v)) - np.sum(np.log(sigmoid(-N @ v)))


def correlation(w, X, b):
    a = X @ w
    a = a - a.mean()
    c = b - b.mean()
    return a @ c / np.sqrt((a @ a) * (c @ c))


def coupling(s, x, t):
    x1, x2 = x[:2], x[2:]
    y2 = x2 * np.exp(s) + t
    y = np.concatenate([x1, y2])
    return 0.5 * np.sum(y**2) - np.sum(s)


def epidemic(gamma, beta, S, I, dt):  # noqa: E741
    for _ in range(2):
        S, I = S - beta * S * I * dt, I + beta * S * I * dt - gamma * I * dt  # noqa: E741
    return I


def decay(k, A0, t, obs):
    pred = A0 * np.exp(-k * t)
    return 0.5 * np.mean((pred - obs) ** 2)


def diode(Vt, V, Is, Rs, i):
    return Is * (np.exp((V - i * Rs) / Vt) - 1)


def parabola(x):
    return np.sum(np.polyval(np.array([1.0, -2.0, 3.0]), x))


OPTION = {"S": 100.0, "K": 95.0, "r": 0.03, "q": 0.01, "sigma": 0.2, "T": 0.5}

CASES = [
    (elo, "Ra", {"Ra": 1500.0, "Rb": 1400.0, "S": 1.0}, {"Ra": "−0.005·log(10) (S − Ea) Ea (1 − Ea)"}),
    (put_option, "S T", OPTION,
     {"d₁": "0", "S": "−exp(−q T) Φ(−d₁)",
      "T": "S exp(−q T) q Φ(−d₁) + ½ (K exp(−r T) φ(d₂) σ) / √T − K exp(−r T) r Φ(−d₂)"}),
    (student_t, "nu", {"nu": 4.0, "x": n(5)},
     {"ν": "½ (5 ψ(½ (ν + 1)) + ((Σᵢ (x∘² ⊘ z⁽¹⁾)ᵢ) (ν + 1)) / ν² − Σᵢ log(z⁽¹⁾)ᵢ − 5 / ν − 5 ψ(½ ν))"}),
    (normal_density, "mu S", {"mu": n(3), "S": spd(3), "x": n(3)},
     {"μ": "normal_density S⁻¹ d", "S": "½ normal_density (S⁻¹ d dᵀ S⁻¹ − S⁻¹)"}),
    (divergence, "S1", {"S1": spd(2), "S2": spd(2)}, {"S⁽¹⁾": "½ (S⁽²⁾⁻¹ − S⁽¹⁾⁻¹)"}),
    (cube_root, "x", {"x": abs(n(3))}, {"x": "⅓ x^∘(−⅔)"}),
    (stable_logistic, "w", {"w": n(2), "X": n(4, 2), "y": np.array([1.0, 0, 1, 0])}, {"w": "Xᵀ (σ(z) − y)"}),
    (beta_density, "x", {"x": 0.3, "a": 2.5, "b": 3.5}, {"x": "(a − 1) / x − (b − 1) / (1 − x)"}),
    (skip_gram, "v", {"v": n(3), "u": n(3), "N": n(4, 3)}, {"v": "(σ(z₁) − 1) u + Nᵀ (1 − σ(z⁽²⁾))"}),
    (correlation, "w", {"w": n(2), "X": n(4, 2), "b": n(4)},
     {"w": "Xᵀ (c / √(v₁) − (correlation / v₁) ‖c‖² a⁽²⁾)"}),
    (coupling, "s", {"s": n(2), "x": n(4), "t": n(2)}, {"s": "y⁽²⁾ ∘ x⁽²⁾ ∘ exp(s) − 1"}),
    (decay, "k", {"k": 0.3, "A0": 2.0, "t": abs(n(4)), "obs": n(4)}, {"k": "−¼ (pred − obs)ᵀ (t ∘ pred)"}),
    (epidemic, "gamma", {"gamma": 0.1, "beta": 0.4, "S": 0.9, "I": 0.1, "dt": 0.5},
     {"γ": "−dt (I₁ + 𝐼 (1 − dt γ + dt β S₁))"}),
    (diode, "Vt", {"Vt": 0.1, "V": 0.4, "Is": 1e-3, "Rs": 2.0, "i": 0.1}, {"Vt": "−(Is exp(z₁) z₁) / Vt"}),
    (parabola, "x", {"x": n(4)}, {"x": "2 (x − 1)"}),
    (procrustes, "Q", {"Q": n(3, 3), "A": n(4, 3), "B": n(4, 3)}, {"Q": "Aᵀ v⁽¹⁾"}),
]  # fmt: skip


@pytest.mark.parametrize(("f", "wrt", "at", "expected"), CASES, ids=[case[0].__name__ for case in CASES])
def test_result_is_as_expected(f, wrt, at, expected):
    assert answers(f, wrt, at) == expected


def test_exponents_of_several_factors_stand_in_parentheses():
    assert str(cr.derive(half_life, "c", {"tau": 2.0, "c": 1.5, "t": 0.7}).steps[0]) == (
        "half_life = c 2^(−t / τ) + c^((t + 1) / τ)"
    )
    assert str(cr.derive(lambda x: 3 ** ((x - 1) * (x + 2)), "x", {"x": 0.5}).steps[0]).endswith(
        "3^((x − 1) (x + 2))"
    )


def test_what_is_derived_by_a_value_whose_derivative_vanishes():
    """d₁ of the option's price, computed in two steps: neither ∂d₁ nor what follows from it is refused."""

    def price(S, K, sigma):
        moneyness = np.log(S / K)
        d1 = moneyness / sigma + sigma / 2
        d2 = d1 - sigma
        return 0.5 * (S * (1 + cr.special.erf(d1 / np.sqrt(2))) - K * (1 + cr.special.erf(d2 / np.sqrt(2))))

    lines = list(map(str, cr.derive(price, "S", {"S": 100.0, "K": 95.0, "sigma": 0.2}).steps))
    assert lines.index("∂price/∂d₁ = 0") < lines.index("∂price/∂moneyness = 0")
    assert lines[-1] == "∂price/∂S = Φ(d₁)"


def test_loops_that_read_one_value_a_turn():
    """Terms that are numbered by their places, in lines that hold for every turn."""

    def likelihood(omega, r):
        s2, total = 1.0, 0.0
        for t in range(5):
            total = total + np.log(s2) + r[t] / s2
            s2 = omega + 0.2 * r[t] + 0.5 * s2
        return total

    steps = cr.derive(likelihood, "omega", (0.1, np.arange(1.0, 6)), level="result").steps
    assert "s₂⁽ᵏ⁾ = ω + ⅕ r[k−1] + ½ s₂⁽ᵏ⁻¹⁾" in list(map(str, steps))


def test_powers_and_products_of_two_values_have_no_names_of_their_own():
    def decay(a, tau, t, h):
        return a * np.exp(-t / tau) / h**2 + np.log(a / h) * h**2

    lines = list(map(str, cr.derive(decay, "a", {"a": 2.0, "tau": 1.5, "t": 0.4, "h": 0.7}).steps))
    assert lines[0] == "decay = (a exp(−t / τ)) / h² + log(a / h) h²"


def test_sums_of_sizes_are_norms():
    def lasso(w, X, y, lam):
        return np.mean((X @ w - y) ** 2) / 2 + lam * np.linalg.norm(w, 1)

    derivation = cr.derive(lasso, "w", {"w": n(2), "X": n(4, 2), "y": n(4), "lam": 0.1}, level="result")
    assert str(derivation.steps[1]) == "lasso = ⅛ ‖v⁽¹⁾‖² + λ ‖w‖₁"
    assert "‖x‖₁ = Σᵢ |xᵢ|." in derivation.notation()
    assert r"\rVert_1" in derivation.latex()


def dirichlet(alpha, p):
    gammaln = cr.special.gammaln
    return gammaln(np.sum(alpha)) - np.sum(gammaln(alpha)) + np.sum((alpha - 1) * np.log(p))


def intercept(b, w, X, y):
    return np.mean((X @ w + b - y) ** 2) / 2


def elastic_net(w, X, y, alpha, rho):
    penalty = alpha * rho * np.sum(np.abs(w)) + 0.5 * alpha * (1 - rho) * np.sum(w**2)
    return np.sum((X @ w - y) ** 2) / 8 + penalty


@pytest.mark.parametrize(
    ("f", "wrt", "at", "last"),
    [
        (elastic_net, "w", {"w": n(2), "X": n(4, 2), "y": n(4), "alpha": 0.1, "rho": 0.3},
         "∂elastic_net/∂w₂ = ¼ Σₖ₌₁⁴ (w₁ Xₖ₁ + w₂ Xₖ₂ − yₖ) Xₖ₂ + α w₂ (1 − ρ) + α ρ sign(w₂)"),
        (dirichlet, "alpha", {"alpha": abs(n(3)), "p": np.array([0.2, 0.3, 0.5])},
         "∂dirichlet/∂α₃ = ψ(α₁ + α₂ + α₃) + log(p₃) − ψ(α₃)"),
        (intercept, "b", {"b": 0.3, "w": n(2), "X": n(4, 2), "y": n(4)},
         "∂intercept/∂b = b + ¼ Σₖ₌₁⁴ (w₁ Xₖ₁ + w₂ Xₖ₂ − yₖ)"),
    ],
)  # fmt: skip
def test_entries(f, wrt, at, last):
    assert str(cr.derive(f, wrt, at, level="scalar").steps[-1]) == last


def test_fractions_with_one_denominator_are_one():
    """The dispersion of a negative binomial distribution; no logarithm is put above the bar."""

    def dispersion(r, y, mu):
        p = r / (r + mu)
        return np.sum(r * np.log(p) + y * np.log(1 - p))

    found = cr.derive(
        dispersion, "r", {"r": 1.4, "y": np.array([0.0, 2, 1, 3]), "mu": abs(n(4)) + 0.5}
    ).steps[-1]
    assert str(found) == "∂dispersion/∂r = Σᵢ (log(p) + (r (1 − p) − p ∘ y) ⊘ ((r + μ) ∘ p))ᵢ"
