"""Exercises as a lecturer sets them, against the line that the textbook has."""

import numpy as np
import pytest

import chainrule as cr

RNG = np.random.default_rng(5)


def n(*shape):
    return RNG.normal(size=shape)


def spd(k):
    A = n(k, k)
    return A @ A.T / k + np.eye(k)


def answers(f, wrt, at):
    """The result of each derivation, the last where facts of the point shorten it, by what it is of."""
    wrt = tuple(wrt.split())
    derivation = cr.derive(f, wrt, at, level="result")
    lines = [step for step in derivation.steps if step.section == "result"]
    wanted = dict(zip(wrt, cr.grad(f, wrt)(**at), strict=True))
    found = {}
    for step in lines:
        left, _, right = str(step).partition(" = ")
        found[left.removesuffix(" " + f.__name__).removeprefix("∇_").replace(f"∂{f.__name__}/∂", "")] = right
        for label, gradient in wanted.items():
            if step.left.data.label.endswith(f"d{label}") or step.left.data.label.endswith(f" {label}"):
                np.testing.assert_allclose(step.value, gradient, rtol=1e-9, atol=1e-12)
    namespace = {}
    exec(derivation.python(), namespace)
    for ours, gradient in zip(namespace[f"gradient_of_{f.__name__}"](**at), wanted.values(), strict=True):
        np.testing.assert_allclose(ours, gradient, rtol=1e-12, atol=1e-13)
    return found


def kl(mu0, S0, mu1, S1):
    """Of N(μ₀, S₀) from N(μ₁, S₁)."""
    d = mu1 - mu0
    P = np.linalg.inv(S1)
    logdets = np.linalg.slogdet(S1)[1] - np.linalg.slogdet(S0)[1]
    return 0.5 * (np.trace(P @ S0) + d @ P @ d - len(d) + logdets)


def wishart(X, V, nu):
    """Up to its constant."""
    dets = (nu - 3 - 1) / 2 * np.linalg.slogdet(X)[1] - nu / 2 * np.linalg.slogdet(V)[1]
    return dets - 0.5 * np.trace(np.linalg.solve(V, X))


def mahalanobis(x, mu, S):
    d = x - mu
    return np.sqrt(d @ np.linalg.solve(S, d))


def by_cholesky(x, mu, L):
    L = np.tril(L)
    z = np.linalg.solve(L, x - mu)
    return -np.sum(np.log(np.diag(L))) - 0.5 * z @ z


def mixture(x, logits, mu):
    logpi = logits - cr.special.logsumexp(logits)
    lp = logpi - 0.5 * (x[:, None] - mu) ** 2
    return np.sum(cr.special.logsumexp(lp, axis=1))


def gate(h, c, U, t):
    z = 1 / (1 + np.exp(-(U @ h)))
    out = (1 - z) * h + z * c
    return 0.5 * np.sum((out - t) ** 2)


def tempered(z, T, y):
    e = np.exp((z - np.max(z)) / T)
    p = e / np.sum(e)
    return -np.sum(y * np.log(p))


def attention(Q, K, V, T):
    S = Q @ K.T / 2
    S = np.where(np.tri(3, dtype=bool), S, -np.inf)
    S = S - np.max(S, axis=1, keepdims=True)
    E = np.exp(S)
    A = E / np.sum(E, axis=1, keepdims=True)
    O = A @ V  # noqa: E741
    return 0.5 * np.sum((O - T) ** 2)


def batch_norm(X, gamma, T):
    mu = X.mean(axis=0)
    var = X.var(axis=0)
    Xhat = (X - mu) / np.sqrt(var + 1e-5)
    return np.sum((gamma * Xhat - T) ** 2) / 2


def pooled(H, m, w):
    h = np.sum(m[:, None] * H, axis=0) / np.sum(m)
    return w @ h


def bilinear_batch(X, W, T):
    return 0.5 * np.sum((np.einsum("bi,oij,bj->bo", X, W, X) - T) ** 2)


def newton(a):
    x = 1.0
    for _ in range(3):
        x = 0.5 * (x + a / x)
    return x


EXERCISES = [
    (kl, "mu0 S0 mu1 S1", {"mu0": n(3), "S0": spd(3), "mu1": n(3), "S1": spd(3)},
     {"μ⁽⁰⁾": "−P d", "μ⁽¹⁾": "P d", "S⁽⁰⁾": "½ (P − S⁽⁰⁾⁻¹)", "S⁽¹⁾": "½ (P − P (d dᵀ + S⁽⁰⁾) P)"}),
    (wishart, "X V", {"X": spd(3), "V": spd(3), "nu": 6.0},
     {"X": "½ ((ν − 4) X⁻¹ − V⁻¹)", "V": "½ (V⁻¹ X V⁻¹ − ν V⁻¹)"}),
    (mahalanobis, "x S", {"x": n(3), "mu": n(3), "S": spd(3)},
     {"x": "v⁽¹⁾ / mahalanobis", "S": "−(1 / (2 mahalanobis)) v⁽¹⁾ v⁽¹⁾ᵀ"}),
    (by_cholesky, "mu L", {"x": n(3), "mu": n(3), "L": np.tril(n(3, 3)) + 3 * np.eye(3)},
     {"μ": "L⁽¹⁾⁻ᵀ z", "L": "tril(L⁽¹⁾⁻ᵀ z zᵀ − diag(1 ⊘ diag(L⁽¹⁾)))"}),
    (mixture, "logits mu", {"x": n(6), "logits": n(2), "mu": n(2)},
     {"logits": "softmax_rows(lp)ᵀ 𝟏 − 6 exp(logpi)",
      "μ": "((x 𝟏ᵀ − 𝟏 μᵀ) ∘ softmax_rows(lp))ᵀ 𝟏"}),
    (gate, "U", {"h": n(3), "c": n(3), "U": n(3, 3), "t": n(3)},
     {"U": "((out − t) ∘ (c − h) ∘ z ∘ (1 − z)) hᵀ"}),
    (tempered, "z", {"z": n(4), "T": 2.0, "y": np.array([0.0, 1.0, 0.0, 0.0])}, {"z": "(p − y) / T"}),
    (attention, "V", {"Q": n(3, 2), "K": n(3, 2), "V": n(3, 2), "T": n(3, 2)}, {"V": "Aᵀ (O − T)"}),
    (batch_norm, "X", {"X": n(5, 3), "gamma": n(3), "T": n(5, 3)}, {}),
    (pooled, "H w", {"H": n(4, 2), "m": np.array([1.0, 1.0, 0.0, 1.0]), "w": n(2)},
     {"H": "(1 / (Σᵢ mᵢ)) m wᵀ", "w": "h"}),
    (bilinear_batch, "W", {"X": n(4, 2), "W": n(3, 2, 2), "T": n(4, 3)},
     {"W": "(Σ_b v⁽¹⁾_bo X_bi X_bj)_oij"}),
    (newton, "a", {"a": 2.0},
     {"a": "1 / (2 x₂) + ¼ (1 − a / x₂²) / x₁ + ⅛ (1 − a / x₂²) (1 − a / x₁²)"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("f", "wrt", "at", "textbook"), EXERCISES, ids=[case[0].__name__ for case in EXERCISES]
)
def test_the_line_of_the_textbook(f, wrt, at, textbook):
    found = answers(f, wrt, at)
    assert {of: found[of] for of in textbook} == textbook


def lines(f, wrt, at, level="steps"):
    return {str(step): step for step in cr.derive(f, wrt, at, level=level).steps}


def test_definitions_stand_as_their_author_wrote_them():
    at = {"h": n(3), "c": n(3), "U": n(3, 3), "t": n(3)}
    assert "out = (1 − z) ∘ h + z ∘ c" in lines(gate, "U", at)


def test_the_mean_of_what_is_centred_moves_no_variance():
    """Ioffe and Szegedy (2015): the term of ∂ℓ/∂μ by the variance is −2/m Σ (x − μ) = 0."""
    found = lines(batch_norm, "X", {"X": n(5, 3), "gamma": n(3), "T": n(5, 3)})
    assert found["∂var/∂μ = 𝟎"].rule == "the Jacobian vanishes: all terms cancel, or are 0"
    assert "∇_μ batch_norm = −((∇_X̂ batch_norm)ᵀ 𝟏) ⊘ √(var + 10⁻⁵)" in found


def test_a_bias_before_batch_normalisation_has_no_gradient():
    def f(X, b, T):
        Z = X + b
        mu = Z.mean(axis=0)
        return np.sum(((Z - mu) / np.sqrt(Z.var(axis=0) + 1e-5) - T) ** 2)

    derivation = cr.derive(f, "b", {"X": n(5, 3), "b": n(3), "T": n(5, 3)})
    np.testing.assert_allclose(derivation.steps[-1].value, 0, atol=1e-12)


def test_a_loop_that_assigns_twice_is_a_recursion():
    """Power iteration: xₖ = A xₖ₋₁ / ‖A xₖ₋₁‖; the derivatives by the norms between cancel."""

    def rayleigh(A, x):
        for _ in range(5):
            x = A @ x
            x = x / np.linalg.norm(x)
        return x @ A @ x

    found = lines(rayleigh, "x", {"A": spd(3), "x": n(3)})
    assert "for k = 1, 2, 3, 4" in found["x⁽ᵏ⁾ = v⁽ᵏ⁾ / ‖v⁽ᵏ⁾‖"].remark
    assert "for k = 1, 2, 3, 4" in found["v⁽ᵏ⁺¹⁾ = A x⁽ᵏ⁾"].remark
    assert "for k = 4, 3, 2, 1" in found["∇_x⁽ᵏ⁾ rayleigh = Aᵀ (∇_v⁽ᵏ⁺¹⁾ rayleigh)"].remark


def test_cases_within_cases_are_one_list():
    """Huber's loss about 0, with its middle piece last."""

    def huber(x):
        return np.sum(np.where(x > 1, x - 0.5, np.where(x < -1, -x - 0.5, x**2 / 2)))

    def one(x):
        return np.where(x > 1, x - 0.5, np.where(x < -1, -x - 0.5, x**2 / 2))

    found = lines(huber, "x", {"x": np.array([-2.0, 0.3, 1.7])}, "result")
    assert "huber = Σᵢ {x − ½ where x > 1; −½ − x where x < −1; else ½ x∘²}ᵢ" in found
    assert "∂one/∂x = {−1 where x < −1; x where x ≤ 1; else 1}" in lines(one, "x", {"x": 0.3}, "scalar")
    latex = cr.derive(huber, "x", {"x": np.array([-2.0, 0.3, 1.7])}, level="result").latex()
    assert latex.count(r"\begin{cases}") == 1


def test_functions_of_truth_values_are_computed_in_full():
    """NumPy takes exp of truth values in half precision, which a derivation does not."""

    def f(x):
        return np.sum(np.exp(x > 0) * x)

    (last,) = [
        step for step in cr.derive(f, "x", {"x": np.array([-1.0, 2.0])}).steps if step.section == "result"
    ]
    np.testing.assert_allclose(last.value, [1, np.e], rtol=1e-12)


def test_masks_of_infinities_and_triangles_have_their_names():
    at = {"Q": n(3, 2), "K": n(3, 2), "V": n(3, 2), "T": n(3, 2)}
    found = lines(attention, "Q", at)
    assert "A = softmax_rows({S⁽¹⁾ where i ≥ j, else −∞})" in found
    assert "∇_S⁽¹⁾ attention = A ∘ (∇_A attention − (A ∘ (∇_A attention)) 𝟏 𝟏ᵀ)" in found
    assert r"i \ge j" in cr.derive(attention, "Q", at).latex()


def test_terms_of_every_turn_stand_below_one_sum():
    """Backpropagation through time: ∇_W J = Σₖ (∇_zₖ J) xₖᵀ."""

    def rnn(xs, W, U, y):
        h = np.zeros(3)
        for x in xs:
            h = np.tanh(W @ x + U @ h)
        return 0.5 * np.sum((h - y) ** 2)

    at = {"xs": n(5, 2), "W": n(3, 2), "U": n(3, 3), "y": n(3)}
    found = lines(rnn, ("W", "U"), at)
    assert "∇_W rnn = Σₖ₌₁⁵ (∇_z⁽ᵏ⁾ rnn) xs[k−1]ᵀ" in found
    assert "∇_U rnn = Σₖ₌₁⁴ (∇_z⁽ᵏ⁺¹⁾ rnn) h⁽ᵏ⁾ᵀ" in found
    assert "∂rnn/∂vec[W] = Σₖ₌₁⁵ (∂rnn/∂z⁽ᵏ⁾) (∂z⁽ᵏ⁾/∂vec[W])" in found
    assert found["∂z⁽ᵏ⁾/∂vec[W] = I ⊗ xs[k−1]ᵀ"].remark.startswith("for k = 1, 2, …, 5")
    assert r"\sum_{k=1}^{5}" in cr.derive(rnn, "W", at).latex()
