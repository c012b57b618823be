"""Derivatives of single entries, as they are written on a blackboard."""

import numpy as np
import pytest

import chainrule as cr

RNG = np.random.default_rng(8)


def n(*shape):
    return RNG.normal(size=shape)


def neuron(w, x, b, y):
    return 0.5 * (1 / (1 + np.exp(-(w @ x + b))) - y) ** 2


def regression(w, X, y):
    p = 1 / (1 + np.exp(-(X @ w)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def normals(x, mu, s2):
    return np.sum(-0.5 * np.log(s2) - 0.5 * (x - mu) ** 2 / s2)


def student(x, mu, nu):
    return -(nu + 1) / 2 * np.sum(np.log(1 + (x - mu) ** 2 / nu))


def cauchy(x, g):
    return -np.sum(np.log(1 + (x / g) ** 2))


def bernoulli(w, x, b, y):
    p = 1 / (1 + np.exp(-(w @ x) - b))
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def odds(z):
    return np.exp(z) / (1 + np.exp(z))


def gelu(z):
    return z * 0.5 * (1 + cr.special.erf(z / np.sqrt(2)))


def layer(W, x):
    return np.sum(np.tanh(W @ x))


# σ' = σ (1 − σ), (z Φ(z))' = z φ(z) + Φ(z), and scores: Bernoulli, normal, Student's.
LINES = [
    (neuron, "b", {"w": n(2), "x": n(2), "b": 0.3, "y": 1.0},
     "(σ(w₁ x₁ + w₂ x₂ + b) − y) σ(w₁ x₁ + w₂ x₂ + b) (1 − σ(w₁ x₁ + w₂ x₂ + b))"),
    (regression, "w", {"w": n(2), "X": n(5, 2), "y": np.array([1.0, 0, 1, 1, 0])},
     "⅕ Σₖ₌₁⁵ (pₖ − yₖ) Xₖ₂"),
    (bernoulli, "w", {"w": n(2), "x": n(2), "b": 0.3, "y": 1.0}, "(σ(w₁ x₁ + w₂ x₂ + b) − y) x₂"),
    (odds, "z", {"z": 0.3}, "σ(z) (1 − σ(z))"),
    (gelu, "z", {"z": 0.3}, "z φ(z) + Φ(z)"),
    (normals, "mu", {"x": n(6), "mu": 0.1, "s2": 0.8}, "(Σₖ₌₁⁶ xₖ − 6 μ) / s₂"),
    (student, "mu", {"x": n(4), "mu": 0.2, "nu": 4.0}, "Σₖ₌₁⁴ ((xₖ − μ) (ν + 1)) / ((xₖ − μ)² + ν)"),
    (cauchy, "g", {"x": n(5), "g": 0.7}, "2 Σₖ₌₁⁵ xₖ² / (g (g² + xₖ²))"),
    (layer, "x", {"W": n(4, 2), "x": n(2)}, "Σₖ₌₁⁴ (1 − tanh(Wₖ₁ x₁ + Wₖ₂ x₂)²) Wₖ₂"),
    (layer, "W", {"W": n(1, 5), "x": n(5)}, "(1 − tanh(Σₖ₌₁⁵ W₁ₖ xₖ)²) x₅"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("f", "wrt", "at", "expected"), LINES, ids=[f"{line[0].__name__} {line[1]}" for line in LINES]
)
def test_the_last_entry(f, wrt, at, expected):
    step = cr.derive(f, wrt, at, level="scalar").steps[-1]
    assert str(step).partition(" = ")[2] == expected
    gradient = np.asarray(cr.grad(f, wrt)(**at))
    np.testing.assert_allclose(step.value, gradient.ravel()[-1], rtol=1e-9)


def test_few_long_terms_name_the_derivatives_in_them():
    """Three terms are below no Σ, and each would repeat the derivative by a pre-activation."""

    def f(x, A):
        z = A @ x
        return np.sum(z * np.sin(z) * np.exp(-(z**2)))

    step = cr.derive(f, "x", {"x": n(1), "A": n(3, 1)}, level="scalar").steps[-1]
    assert str(step) == "∂f/∂x₁ = A₁₁ (∂f/∂z₁) + A₂₁ (∂f/∂z₂) + A₃₁ (∂f/∂z₃)"


def test_progress_is_told_entry_by_entry():
    told = []
    cr.derive(layer, "W", {"W": n(2, 2), "x": n(2)}, level="scalar", progress=told.append)
    assert told == [f"entry {k} of 4" for k in (1, 2, 3, 4)]


def test_sums_whose_terms_lie_apart_count_from_the_first():
    """d/dt of Σ (t xₖ₊₁ − xₖ)³ / 3 is Σ xₖ₊₁ (t xₖ₊₁ − xₖ)²."""

    def f(t, x):
        return np.sum((t * x[1:] - x[:-1]) ** 3) / 3

    derivation = cr.derive(f, "t", {"t": 0.7, "x": n(6)}, level="scalar")
    assert str(derivation.steps[-1]) == "∂f/∂t = Σₖ₌₁⁵ (t xₖ₊₁ − xₖ)² xₖ₊₁"
    assert r"\sum_{k=1}^{5}" in derivation.latex()


def test_sums_over_rows_and_columns_are_one_below_another():
    def f(t, A):
        return np.sum(np.exp(t * A))

    step = cr.derive(f, "t", {"t": 0.7, "A": n(4, 5)}, level="scalar").steps[-1]
    assert str(step) == "∂f/∂t = Σⱼ₌₁⁴ Σₖ₌₁⁵ exp(t Aⱼₖ) Aⱼₖ"


def test_terms_that_do_not_go_on_are_written_out():
    """The pairs do not move on together."""

    def f(t, x):
        return t * (x[0] * x[1] + x[1] * x[3] + x[2] * x[3] + x[3] * x[4])

    assert "Σ" not in str(cr.derive(f, "t", {"t": 0.7, "x": n(5)}, level="scalar").steps[-1])


def test_several_terms_go_on_together():
    """∂J/∂b₁ of a batch's cross-entropy: of every row one term of the softmax and one of the target."""

    def f(b, Z, Y):
        P = cr.special.softmax(Z + b, axis=1)
        return -np.mean(np.sum(Y * np.log(P), axis=1))

    at = (np.zeros(2), np.arange(8.0).reshape(4, 2) / 5, np.eye(2)[[0, 1, 1, 0]])
    lines = [str(step) for step in cr.derive(f, "b", at, level="scalar").steps]
    assert lines[-2:] == ["∂f/∂b₂ = ¼ Σₖ₌₁⁴ ((Yₖ₁ + Yₖ₂) Pₖ₂ − Yₖ₂)", "∂f/∂b₂ = ¼ Σₖ₌₁⁴ (Pₖ₂ − Yₖ₂)"]


def test_cross_entropy_of_one_example_is_the_softmax_less_the_target():
    """In the entries of the softmax, whether it has a name or not; 1 for the sum of a one-hot target."""

    def J(z, y):
        yhat = np.exp(z) / np.sum(np.exp(z))
        return -np.sum(y * np.log(yhat))

    def of_label(W, x):
        z = W @ x
        return np.log(np.sum(np.exp(z))) - z[1]

    *_, before, last = cr.derive(J, "z", (n(3), np.eye(3)[1]), level="scalar").steps
    assert (str(before), before.rule) == ("∂J/∂z₃ = (y₁ + y₂ + y₃) ŷ₃ − y₃", "each entry by itself")
    assert (str(last), last.rule) == ("∂J/∂z₃ = ŷ₃ − y₃", "targets that sum to one")
    assert last.remark == "as y₁ + y₂ + y₃ = 1 at this point"
    assert str(cr.derive(J, "z", (n(3), abs(n(3))), level="scalar").steps[-1]) == str(before)
    lines = [str(step) for step in cr.derive(of_label, "W", (n(2, 2), n(2)), level="scalar").steps]
    assert lines[-1] == "∂of_label/∂W₂₂ = (softmax(z)₂ − 1) x₂"


def test_the_entries_of_a_softmax_sum_to_one():
    """Of the weights of a mixture: the responsibilities, less as many times the weight."""

    def J(logits, x):
        log_pi = logits - np.log(np.sum(np.exp(logits)))
        return np.sum(cr.special.logsumexp(log_pi + x, axis=1))

    lines = [str(step) for step in cr.derive(J, "logits", (n(2), n(4, 2)), level="scalar").steps]
    assert lines[-1] == "∂J/∂logits₂ = Σₖ₌₁⁴ softmax_rows(𝟏 log_piᵀ + x)ₖ₂ − 4 exp(log_pi₂)"


def network(x, y, W1, b1, W2, b2):
    z1 = W1 @ x + b1
    h1 = np.maximum(z1, 0)
    yhat = W2 @ h1 + b2
    return 0.5 * np.sum((yhat - y) ** 2)


def test_several_units_with_pieces_are_written_by_their_names():
    """In the arguments alone each entry would have as many cases as both units have together."""
    at = {"x": n(2), "y": n(1), "W1": n(2, 2), "b1": n(2), "W2": n(1, 2), "b2": n(1)}
    lines = [str(step) for step in cr.derive(network, ("W1", "b1", "W2"), at, level="scalar").steps]
    assert "∂network/∂W⁽¹⁾₂₁ = {0 where z⁽¹⁾₂ ≤ 0, else W⁽²⁾₁₂ (ŷ₁ − y₁) x₁}" in lines
    assert lines[-1] == "∂network/∂W⁽²⁾₁₂ = (ŷ₁ − y₁) h⁽¹⁾₂"


def test_a_sum_that_all_terms_have_in_common_does_not_go_on_with_them():
    """Of attention with one query; the inner sum is over all keys in each term of the outer one."""

    def f(q, K, v):
        a = cr.name(cr.special.softmax(K @ q), "a")
        return a @ v

    step = cr.derive(f, "q", {"q": n(2), "K": n(4, 2), "v": n(4)}, level="scalar").steps[-1]
    assert str(step) == "∂f/∂q₂ = Σⱼ₌₁⁴ Kⱼ₂ (vⱼ − Σₖ₌₁⁴ vₖ aₖ) aⱼ"


def test_a_sum_that_several_terms_have_as_a_factor_stands_once():
    """∂(aᵀ S⁻¹ b)/∂S₁₁ = −(S⁻ᵀ a)₁ (S⁻¹ b)₁, an outer product."""

    def f(S, a, b):
        P = np.linalg.inv(S)
        return a @ P @ b

    at = {"S": n(3, 3) + 3 * np.eye(3), "a": n(3), "b": n(3)}
    steps = {str(step).partition(" = ")[0]: str(step) for step in cr.derive(f, "S", at, level="scalar").steps}
    first, second = "(a₁ P₁₁ + a₂ P₂₁ + a₃ P₃₁)", "(b₁ P₁₁ + b₂ P₁₂ + b₃ P₁₃)"
    assert steps["∂f/∂S₁₁"] == f"∂f/∂S₁₁ = −{first} {second}"


def test_entries_of_an_inverse_are_those_of_its_transpose_and_its_multiples():
    """∂ log|det C| / ∂C = C⁻ᵀ, ∂ tr(2 C⁻¹) / ∂C = −2 (C⁻¹ C⁻¹)ᵀ: in the entries of C⁻¹ alone."""

    def f(C):
        return np.trace(np.linalg.solve(C, 2 * np.eye(3))) + np.linalg.slogdet(C)[1]

    for step in cr.derive(f, "C", {"C": n(3, 3) + 3 * np.eye(3)}, level="scalar").steps[-9:]:
        assert "(C⁻¹)" in str(step)
        assert "2 C" not in str(step)
        assert "C⁻ᵀ" not in str(step)


def test_entries_that_would_be_too_large_are_not_put_together():
    """Every layer multiplies their number; the derivatives are named instead."""

    def f(W, x):
        for _ in range(5):
            x = np.tanh(W @ x)
        return np.sum(x)

    lines = [str(step) for step in cr.derive(f, "x", {"W": n(3, 3), "x": n(3)}, level="scalar").steps]
    assert max(map(len, lines)) < 90


def test_terms_that_depend_on_one_number_have_their_cases_together():
    """∂/∂q Σ max(τ uₖ, (τ − 1) uₖ) of u = y − q: −τ above, 1 − τ below, their mean between."""

    def f(q, y):
        u = y - q
        return np.sum(np.maximum(0.75 * u, -0.25 * u))

    step = cr.derive(f, "q", {"q": 0.3, "y": n(5)}, level="scalar").steps[-1]
    assert str(step) == "∂f/∂q = Σₖ₌₁⁵ {−¾ where uₖ > 0; −¼ where uₖ = 0; else ¼}"


def test_short_rows_and_columns_are_below_two_sums():
    """The derivative by a weight of a convolution, over a picture of 3 × 3."""

    def f(K, X):
        z = sum(K[i, j] * X[i : i + 3, j : j + 3] for i in range(2) for j in range(2))
        return np.sum(np.maximum(cr.name(z, "z"), 0))

    step = cr.derive(f, "K", {"K": n(2, 2), "X": n(4, 4)}, level="scalar").steps[-1]
    assert str(step) == "∂f/∂K₂₂ = Σⱼ₌₁³ Σₖ₌₁³ {0 where zⱼₖ ≤ 0, else Xⱼ₊₁,ₖ₊₁}"


def test_the_greatest_of_a_row_is_one_of_its_entries():
    """Where two are the greatest, each has half; a case that cannot be is not written."""

    def f(x):
        return np.max(x.reshape(1, 2), axis=1) @ np.ones(1)

    apart = cr.derive(f, "x", {"x": n(2)}, level="scalar").steps[-2:]
    assert [str(step).partition(" = ")[2] for step in apart] == [
        "{0 where v⁽¹⁾₁ ≠ x₁, else 1}",
        "{0 where v⁽¹⁾₁ ≠ x₂, else 1}",
    ]
    for step in cr.derive(f, "x", {"x": np.array([2.0, 2.0])}, level="scalar").steps[-2:]:
        assert "nan" not in str(step)
        assert float(step.value) == 0.5


def test_what_is_long_in_the_arguments_is_written_in_named_values():
    def f(a, p, q):
        return np.maximum(np.sum((a - p) ** 2) - np.sum((a - q) ** 2) + 1, 0)

    step = cr.derive(f, "a", {"a": n(3), "p": n(3), "q": n(3)}, level="scalar").steps[-1]
    assert str(step) == "∂f/∂a₃ = {0 where z₁ ≤ 0, else 2 (q₃ − p₃)}"


def test_derivatives_of_special_functions_of_numbers():
    """ψ has no formula of its own: its value of a number is one symbol."""

    def f(k, x):
        return np.sum((k - 1) * np.log(x)) - len(x) * cr.special.gammaln(k)

    step = cr.derive(f, "k", {"k": 2.1, "x": abs(n(5)) + 0.1}, level="scalar").steps[-1]
    assert str(step) == "∂f/∂k = Σⱼ₌₁⁵ log(xⱼ) − 5 ψ(k)"


def pooled(X):
    return np.sum(X.reshape(2, 2, 2, 2).max(axis=(1, 3)))


def test_the_greatest_of_several_entries_has_the_derivative():
    X = np.arange(16.0).reshape(4, 4)
    steps = cr.derive(pooled, "X", {"X": X}, level="scalar").steps
    assert str(steps[1]) == "∂pooled/∂X₁₁ = {0 where X₁₁ ≠ max(X₁₁, X₁₂, X₂₁, X₂₂), else 1}"
    greatest = np.flatnonzero([float(step.value) for step in steps[1:]])
    assert X.ravel()[greatest].tolist() == [5, 7, 13, 15]
    assert steps[1].remark == "where no two entries tie"


def test_entries_that_tie_for_the_greatest_share_the_derivative():
    steps = cr.derive(lambda x: 2 * np.max(x), "x", {"x": np.array([1.0, 3.0, 3.0])}, level="scalar").steps
    assert str(steps[-1]).endswith("= {0 where x₃ ≠ max(x₁, x₂, x₃), else 2 / (Σᵢ 𝟙[x = max(x)]ᵢ)}")
    assert [float(step.value) for step in steps[1:]] == [0, 1, 1]
