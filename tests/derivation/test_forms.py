"""Closed forms as a textbook has them, of functions with values named by assignment alone."""

import numpy as np
import pytest

import chainrule as cr

from .conftest import closed

RNG = np.random.default_rng(11)


def n(*shape):
    return RNG.normal(size=shape)


def batch_norm(X, gamma, beta, T):
    mu = X.mean(axis=0)
    var = X.var(axis=0)
    Xhat = (X - mu) / np.sqrt(var + 1e-5)
    Y = gamma * Xhat + beta
    return np.sum((Y - T) ** 2) / 2


def ridge(X, y, lam):
    w = np.linalg.solve(X.T @ X + lam * np.eye(3), X.T @ y)
    return w @ w


def attention_of_a_batch(Q, K, V, T):
    S = Q @ np.swapaxes(K, -1, -2) / np.sqrt(3)
    A = cr.special.softmax(S, axis=-1)
    O = A @ V  # noqa: E741
    return np.sum((O - T) ** 2)


def pca(X, W):
    return np.linalg.norm(X - X @ W @ W.T) ** 2


def from_labels(logits, labels):
    logp = logits - cr.special.logsumexp(logits, axis=1, keepdims=True)
    return -np.mean(logp[np.arange(4), labels])


def gelu(z):
    return np.sum(0.5 * z * (1 + cr.special.erf(z / np.sqrt(2))))


def silu(z):
    return np.sum(z / (1 + np.exp(-z)))


def gaussian(x, mu, Sigma):
    d = x - mu
    return -0.5 * (np.linalg.slogdet(Sigma)[1] + d @ np.linalg.solve(Sigma, d))


def ppca(X, W, sigma2):
    C = W @ W.T + sigma2 * np.eye(4)
    S = X.T @ X / len(X)
    return -len(X) / 2 * (np.linalg.slogdet(C)[1] + np.trace(np.linalg.inv(C) @ S))


def stencil(u, f):
    lap = u[2:] + u[:-2] - 2 * u[1:-1]
    return 0.5 * np.sum((lap - f) ** 2)


def rosenbrock(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def poisson(k, lam):
    return k @ np.log(np.exp(-lam) * lam**k)


def focal(p, gamma):
    return -np.sum((1 - p) ** gamma * np.log(p))


def sparsity(rho):
    return np.sum(0.1 * np.log(0.1 / rho) + 0.9 * np.log(0.9 / (1 - rho)))


def convolution(K, I):  # noqa: E741
    z = 0.0
    for i in range(2):
        for j in range(2):
            z = z + K[i, j] * I[i : i + 2, j : j + 2]
    return np.sum(np.tanh(z) ** 3 + np.sin(z))


S3 = np.eye(3) * 2 + 0.1 * n(3, 3)
CASES = [
    (batch_norm, "beta", {"X": n(5, 3), "gamma": n(3), "beta": n(3), "T": n(5, 3)}, ["(Y − T)ᵀ 𝟏"]),
    (batch_norm, "gamma", {"X": n(5, 3), "gamma": n(3), "beta": n(3), "T": n(5, 3)}, ["((Y − T) ∘ X̂)ᵀ 𝟏"]),
    (ridge, "lam", {"X": n(6, 3), "y": n(6), "lam": 0.7}, ["−2 wᵀ v⁽¹⁾⁻¹ w"]),
    (attention_of_a_batch, "V", {"Q": n(2, 3, 3), "K": n(2, 5, 3), "V": n(2, 5, 2), "T": n(2, 3, 2)},
     ["2 Aᵀ (O − T)"]),
    (pca, "W", {"X": n(5, 4), "W": n(4, 2)}, ["−2 (v⁽¹⁾ᵀ X + Xᵀ v⁽¹⁾) W"]),
    (from_labels, "logits", {"logits": n(4, 3), "labels": np.array([0, 2, 1, 1])},
     ["¼ (exp(logp) − onehot(labels))"]),
    (silu, "z", {"z": n(3)}, ["σ(z) ∘ (1 + z ∘ (1 − σ(z)))"]),
    (lambda z: np.sum(np.log(1 + np.exp(z))), "z", {"z": n(3)}, ["σ(z)"]),
    (gelu, "z", {"z": n(3)}, ["φ(z) ∘ z + Φ(z)"]),
    (gaussian, ("mu", "Sigma"), {"x": n(3), "mu": n(3), "Sigma": S3},
     ["½ (Σ⁻ᵀ d dᵀ Σ⁻ᵀ − Σ⁻ᵀ)", "½ (Σ⁻ᵀ + Σ⁻¹) d"]),
    (ppca, ("W", "sigma2"), {"X": n(6, 4), "W": n(4, 2), "sigma2": 0.5},
     ["3 tr(C⁻¹ S C⁻¹ − C⁻¹)", "6 (C⁻¹ S C⁻¹ − C⁻¹) W"]),
    (stencil, "u", {"u": n(6), "f": n(4)}, ["put[:4](lap − f) + put[2:](lap − f) − 2 put[1:5](lap − f)"]),
    (rosenbrock, "x", {"x": n(2)}, ["[−2 (1 − x[0]) − 400 x[0] (x[1] − x[0]²), 200 (x[1] − x[0]²)]"]),
    (lambda A, B: np.trace(A @ B @ A.T), "A", {"A": n(3, 3), "B": n(3, 3)}, ["A (B + Bᵀ)"]),
    (lambda A: np.sum(np.exp(np.linalg.eigvalsh(A))), "A", {"A": np.diag([1.0, 2, 4]) + 0.2},
     ["eigenvectors(A) diag(exp(z⁽¹⁾)) eigenvectors(A)ᵀ"]),
    (poisson, "lam", {"k": np.array([0.0, 2, 1]), "lam": 1.4},
     ["exp(−λ) ((k ⊘ z⁽¹⁾)ᵀ (k ∘ λ^∘(k − 1) − λ^∘k))"]),
    (focal, "p", {"p": np.array([0.3, 0.6]), "gamma": 2.5},
     ["γ log(p) ∘ (1 − p)^∘(γ − 1) − (1 − p)^∘γ ⊘ p"]),
    (sparsity, "rho", {"rho": np.array([0.3, 0.6])}, ["(ρ − ⅒) ⊘ (ρ ∘ (1 − ρ))"]),
    (lambda x: np.sum(np.log(np.abs(x))), "x", {"x": n(3)}, ["1 ⊘ x"]),
    (lambda c, a: np.sum(a + c) + np.sum(c[::2]), "c", {"c": n(4), "a": n(3, 1)},
     ["put[::2](𝟏) + 3"]),
    (lambda x: np.sum(np.where(np.tri(2, dtype=bool), x, -1e9)), "x", {"x": n(2, 2)},
     ["[[1, 0], [1, 1]]"]),
    (lambda a, b, c: np.dot(c, np.cross(a, b)), ("a", "b", "c"), {"a": n(3), "b": n(3), "c": n(3)},
     ["a × b", "c × a", "b × c"]),
    (lambda r, F: np.sum(np.cross(2 * r, F) ** 2) / 2, "r", {"r": n(3), "F": n(3)}, ["2 F × v⁽¹⁾"]),
    (lambda w, R, G: np.sum(G * np.cross(w, R)), "R", {"w": n(3), "R": n(4, 3), "G": n(4, 3)},
     ["G × (𝟏 wᵀ)"]),
    (lambda T, x, y: np.einsum("ijk,i,j,k->", T, x, y, np.arange(4.0)), "x",
     {"T": n(2, 3, 4), "x": n(2), "y": n(3)}, ["(T [0, 1, 2, 3]) y"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("f", "wrt", "at", "expected"), CASES, ids=[f"{case[0].__name__} {case[1]}" for case in CASES]
)
def test_closed_forms(f, wrt, at, expected):
    assert closed(f, wrt, **at) == expected


def test_each_turn_of_a_loop_is_written_once():
    def rnn(xs, W, U, y):
        h = np.zeros(3)
        for x in xs:
            h = np.tanh(W @ x + U @ h)
        return np.sum((h - y) ** 2)

    found = cr.derive(rnn, "U", {"xs": n(6, 2), "W": n(3, 2), "U": n(3, 3), "y": n(3)}, level="result")
    written = {str(step): step.remark for step in found.steps}
    assert "for k = 1, 2, …, 5" in written["z⁽ᵏ⁺¹⁾ = W xs[k] + U h⁽ᵏ⁾"]
    assert "for k = 5, 4, 3, 2" in written["∇_z⁽ᵏ⁾ rnn = (Uᵀ (∇_z⁽ᵏ⁺¹⁾ rnn)) ∘ (1 − h⁽ᵏ⁾∘²)"]


def test_named_values_keep_their_own_shapes():
    """A transpose that is part of what a line assigns is not left to the line that uses it."""

    def heads(X, W):
        Q = (X @ W).reshape(4, 2, 3).transpose(1, 0, 2)
        return np.sum((Q @ np.swapaxes(Q, -1, -2)) ** 2)

    (q,) = [s for s in cr.derive(heads, "W", {"X": n(4, 6), "W": n(6, 6)}).steps if str(s).startswith("Q = ")]
    assert q.value.shape == (2, 4, 3)


def test_scalar_level_of_many_entries_and_of_decompositions():
    def f(W, x):
        return np.sum(np.tanh(W @ x))

    many = cr.derive(f, "W", {"W": n(20, 6), "x": n(6)}, level="scalar")
    lines = [step for step in many.steps if step.section == "result"]
    assert str(lines[7]).startswith("∂f/∂W₂₂ = (1 − tanh(")
    assert len(lines) == 12
    assert lines[-1].remark == "108 more entries are not written"
    whole = cr.derive(
        lambda A: np.sum(np.linalg.eigvalsh(A) ** 2), "A", {"A": np.diag([1.0, 3.0])}, level="scalar"
    )
    assert "eigenvectors(A)₂₁²" in str(whole.steps[-1])
    with pytest.raises(cr.errors.ArgumentError, match="operations on numbers"):
        cr.derive(f, "W", {"W": n(300, 400), "x": n(400)}, level="scalar")


def test_scalar_level_keeps_sums_of_fractions():
    """The derivative of Student's log-likelihood by its place: no common denominator of all terms."""

    def f(x, mu, nu):
        z = x - mu
        return -(nu + 1) / 2 * np.sum(np.log(1 + z**2 / nu))

    (line,) = [
        str(step)
        for step in cr.derive(f, "mu", {"x": n(3), "mu": 0.2, "nu": 4.0}, level="scalar").steps
        if step.section == "result"
    ]
    assert line == "∂f/∂μ = " + " + ".join(f"(z{k} (ν + 1)) / (ν a⁽¹⁾{k})" for k in "₁₂₃")


def test_source_of_the_gradient_of_several_numbers_takes_weights():
    def polar(x, p):
        return {"r": np.hypot(x[0], x[1]), "angle": p * np.arctan2(x[1], x[0])}

    at = {"x": np.array([0.3, -2.0]), "p": 2.0}
    namespace = {}
    exec(cr.derive(polar, "x", at).python(), namespace)
    weights = {"r": 0.7, "angle": -1.2}
    found = namespace["gradient_of_polar"](**at, p1=weights)
    np.testing.assert_allclose(found, cr.jacobian(polar, "x")(**at).pull(weights), rtol=1e-12)


def test_a_gradient_that_is_that_of_a_later_value_has_one_name():
    """Terms added one after the other: ∇_z⁽¹⁾, ∇_z⁽²⁾, … are ∇_z⁽⁴⁾."""
    K, I = n(2, 2), n(3, 3)  # noqa: E741
    steps = cr.derive(convolution, "K", (K, I), level="result").steps
    kept = [str(step).partition(" = ")[0] for step in steps if step.section == "result"]
    assert kept == ["∇_z⁽⁴⁾ convolution", "∇_K convolution"]


def test_names_of_the_user_are_not_those_of_identity_and_commutation():
    def f(K, I):  # noqa: E741
        return np.sum(np.tanh(I @ K.T) ** 2)

    derivation = cr.derive(f, ("K", "I"), (n(4, 3), n(2, 3)))
    lines = {str(step) for step in derivation.steps}
    assert "∂vec[z⁽¹⁾]/∂vec[K] = (𝐼 ⊗ I) Kₘₙ" in lines
    assert "∂vec[z⁽¹⁾]/∂vec[𝐼] = I ⊗ K" in lines
    assert r"\mathbf{K}_{mn}" in derivation.latex()
    assert r"\mathit{I}" in derivation.latex()


def test_masks_of_any_shape_multiply_entry_by_entry():
    """Only the square mask of a Cholesky factor's derivative has a name of its own."""
    rng = np.random.default_rng(2)
    lower = np.tril(np.ones((3, 3))) - np.eye(3) / 2
    for mask in (
        rng.integers(0, 2, (3, 4)) * 1.0,
        rng.integers(0, 2, (4, 3)) * 1.0,
        np.array([[0.5]]),
        lower,
    ):
        x = rng.normal(size=mask.shape)
        derivation = cr.derive(lambda x, mask=mask: np.sum(np.sin(x * mask)), "x", {"x": x})
        assert ("Φ" in derivation.text()) == (mask is lower)
        scope = {}
        exec(derivation.python(), scope)
        (gradient,) = [
            value for name, value in scope.items() if callable(value) and name.startswith("gradient")
        ]
        np.testing.assert_allclose(gradient(x), np.cos(x * mask) * mask, 1e-14)


def test_what_is_the_same_of_all_rows_is_taken_out_of_a_sum_over_them():
    """Ioffe and Szegedy, "Batch Normalization" (2015), §3: ∂ℓ/∂σ² = −½ Σ ∂ℓ/∂x̂ (x − μ) (σ² + ε)^(−3/2)."""
    at = {"X": n(5, 3), "gamma": n(3), "beta": n(3), "T": n(5, 3)}
    found = cr.derive(batch_norm, ("X", "gamma", "beta"), at)
    lines = list(map(str, found.steps))
    assert "∂vec[X̂]/∂vec[X] = I ⊗ diag(1 ⊘ √(var + 10⁻⁵))" in lines
    assert "∇_var batch_norm = −½ (((∇_X̂ batch_norm) ∘ X̂)ᵀ 𝟏) ⊘ (var + 10⁻⁵)" in lines
    assert "∇_γ batch_norm = ((Y − T) ∘ X̂)ᵀ 𝟏" in lines
    assert r"\left(1 \oslash \sqrt{" in found.latex()


def test_sums_with_one_factor_are_one():
    """Huber's loss by its threshold: Σ over the tail of x − δ."""

    def huber(x, delta):
        return np.sum(np.where(x < delta, 0.5 * x**2, delta * (x - 0.5 * delta)))

    assert closed(huber, "delta", x=n(5), delta=0.4) == ["𝟙[x ≥ δ]ᵀ (x − δ)"]


def test_some_terms_of_a_sum_have_a_matrix_in_common():
    """∇_w of ½ ‖X w − y‖² + ½ λ ‖w‖², and ∇_X of tr(A X B) + tr(A X C) + ½ ‖X‖²."""

    def penalised(X, y, w, lam):
        r = X @ w - y
        return 0.5 * r @ r + 0.5 * lam * w @ w

    def traces(A, X, B, C):
        return np.trace(A @ X @ B) + np.trace(A @ X @ C) + 0.5 * np.sum(X**2)

    assert closed(penalised, "w", X=n(4, 2), y=n(4), w=n(2), lam=0.3) == ["λ w + Xᵀ r"]
    assert closed(traces, "X", A=n(3, 3), X=n(3, 3), B=n(3, 3), C=n(3, 3)) == ["X + Aᵀ (Cᵀ + Bᵀ)"]


def last_of(f, wrt, at):
    return str(cr.derive(f, wrt, at, level="result").steps[-1])


def test_the_gradient_of_an_entropy_is_centred_by_its_mean():
    """∂H/∂x = −p ∘ (log p − pᵀ log p): the 1 of (p log p)' goes away, as p sums to one."""

    def entropy(x):
        p = np.exp(x) / np.sum(np.exp(x))
        return -np.sum(p * np.log(p))

    assert last_of(entropy, "x", {"x": n(4)}) == "∇_x entropy = p ∘ (pᵀ log(p) − log(p))"


def test_a_matrix_beside_its_inverse_goes_away():
    """d ‖L⁻¹ x‖² of S = L Lᵀ: Φ(Lᵀ L⁻ᵀ u uᵀ) is Φ(u uᵀ)."""

    def f(S, x):
        L = np.linalg.cholesky(S)
        u = np.linalg.solve(L, x)
        return np.sum(u**2)

    A = n(3, 3)
    assert "Lᵀ L⁻ᵀ" not in last_of(f, "S", {"S": A @ A.T + np.eye(3), "x": n(3)})


def test_numbers_put_at_places_of_a_matrix_are_that_matrix():
    def f(K, a, b):
        return K[0, 0] * np.sum(a) + K[0, 1] * np.sum(b) + K[1, 0] * np.sum(a**2)

    at = {"K": n(2, 2), "a": n(3), "b": n(3)}
    assert last_of(f, "K", at) == "∇_K f = [Σᵢ aᵢ, Σᵢ bᵢ; ‖a‖², 0]"


def test_a_long_sum_that_is_squared_has_a_name():
    def f(x):
        return np.sum((x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]) ** 2)

    assert last_of(f, "x", {"x": n(4, 4)}).count("v⁽¹⁾") == 4


def planar_flow(z, u, w, b):
    a = np.tanh(w @ z + b)
    psi = (1 - a**2) * w
    return np.log(np.abs(1 + u @ psi))


def test_the_derivative_of_tanh_is_not_factored():
    at = {"z": n(2), "u": n(2), "w": n(2), "b": 0.2}
    by_w, by_u = closed(planar_flow, ("u", "w"), **at)
    assert by_w == "((1 − a²) / s₂) (u − 2 a (uᵀ w) z)"
    assert by_u == "ψ / s₂"


def test_powers_of_matrices_are_written_as_powers():
    def power(A1, v):
        return v @ np.linalg.matrix_power(A1, 3) @ v

    derivation = cr.derive(power, "A1", {"A1": n(2, 2), "v": n(2)}, level="result")
    assert str(derivation.steps[0]) == "power = vᵀ (A⁽¹⁾)³ v"
    assert "(A⁽¹⁾ᵀ)² v vᵀ" in str(derivation.steps[-1])
    assert r"\top}\right)}^{2} \mathbf{v}" in derivation.latex()


def test_a_gradient_of_one_step_is_written_once():
    at = {"x": n(3), "Q": n(3, 3), "c": n(3)}
    steps = cr.derive(lambda x, Q, c: 0.5 * x @ Q @ x + c @ x, "x", at).steps
    assert len(steps) == len(set(map(str, steps))) == 3
    assert steps[-1].rule.startswith("gradient")
    assert steps[-1].section == "result"


FURTHER = [
    (lambda A, B: np.sum(np.einsum("ij,ij->i", A, B) ** 2) / 2, "A", {"A": n(4, 3), "B": n(4, 3)},
     ["diag(v⁽¹⁾) B"]),
    (lambda A, B: np.sum(np.einsum("ij,ij->j", A, B) ** 2) / 2, "A", {"A": n(4, 3), "B": n(4, 3)},
     ["B diag(v⁽¹⁾)"]),
    (lambda a, B, C: np.sum(np.einsum("i,ij->ij", a, B) * C), "a", {"a": n(4), "B": n(4, 3), "C": n(4, 3)},
     ["(C ∘ B) 𝟏"]),
    (lambda x, y: np.sum(y[np.argsort(x)] ** 2), "x", {"x": n(4), "y": n(4)}, ["𝟎"]),
    (lambda x, y: np.sum(x * np.sort(y)[np.argsort(x)] ** 2), "x", {"x": n(4), "y": n(4)}, ["v⁽³⁾∘²"]),
]  # fmt: skip


@pytest.mark.parametrize(("f", "wrt", "at", "expected"), FURTHER, ids=range(len(FURTHER)))
def test_further_closed_forms(f, wrt, at, expected):
    assert closed(f, wrt, **at) == expected


def quantiles(x):
    return np.median(x) + np.percentile(x, 30) * np.quantile(x, 0.8)


def many_functions(x):
    y = np.sin(x) + np.arcsin(x / 3) + np.arccosh(x + 1) + np.log2(x) + np.exp2(x) + np.deg2rad(x)
    return np.sum((y + np.log10(x) + np.rad2deg(x) + np.arctanh(x / 3) + np.tan(x / 2)) ** 2)


def resampled(x):
    return np.sum(np.interp(np.linspace(0, 5, 4), np.array([0.1, 1.0, 3.5, 4.0]), x) ** 2)


@pytest.mark.parametrize("f", [quantiles, many_functions, resampled])
def test_long_sums_and_cases_are_derived_and_written(f):
    """Each line is checked while it is derived; the source computes the gradient."""
    x = np.array([0.4, 1.3, 0.9, 1.7])
    derivation = cr.derive(f, "x", {"x": x})
    assert "\\\\ [" not in derivation.latex()
    assert "<math" in derivation._repr_html_()
    namespace = {}
    exec(derivation.python(), namespace)
    np.testing.assert_allclose(namespace[f"gradient_of_{f.__name__}"](x), cr.grad(f)(x), rtol=1e-12)
