"""What derivations say, of the lecture's networks and of the models in every textbook."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, NonFiniteError, ShapeError


def results(derivation):
    return [str(step) for step in derivation.steps if step.section == "result"]


def lines(derivation):
    return [str(step) for step in derivation.steps]


def test_three_layer_network_for_one_example(net):
    f, at = net
    found = results(cr.derive(f, ("W1", "b1", "W2", "b2"), at))
    assert found == [
        "∇_b⁽²⁾ J = ŷ − y",
        "∇_W⁽²⁾ J = (ŷ − y) h⁽¹⁾ᵀ",
        "∇_b⁽¹⁾ J = (W⁽²⁾ᵀ (ŷ − y)) ∘ 𝟙[z⁽¹⁾ > 0]",
        "∇_W⁽¹⁾ J = ((W⁽²⁾ᵀ (ŷ − y)) ∘ 𝟙[z⁽¹⁾ > 0]) xᵀ",
    ]


def test_steps_of_the_lecture(net):
    f, at = net
    found = lines(cr.derive(f, "W1", at))
    for line in (
        "z⁽¹⁾ = W⁽¹⁾ x + b⁽¹⁾",
        "J = ½ ‖ŷ − y‖²",
        "∂J/∂ŷ = (ŷ − y)ᵀ",
        "∂J/∂h⁽¹⁾ = (∂J/∂ŷ) (∂ŷ/∂h⁽¹⁾)",
        "∂ŷ/∂h⁽¹⁾ = W⁽²⁾",
        "∂h⁽¹⁾/∂z⁽¹⁾ = diag(𝟙[z⁽¹⁾ > 0])",
        "∂z⁽¹⁾/∂vec[W⁽¹⁾] = I ⊗ xᵀ",
        "∇_W⁽¹⁾ J = (∇_z⁽¹⁾ J) xᵀ",
    ):
        assert line in found
    rules = {str(step): step.rule for step in cr.derive(f, "W1", at).steps}
    assert rules["∇_W⁽¹⁾ J = (∇_z⁽¹⁾ J) xᵀ"] == "vectorise W⁽¹⁾, multiply by I ⊗ xᵀ, un-vectorise"
    assert rules["∂h⁽¹⁾/∂z⁽¹⁾ = diag(𝟙[z⁽¹⁾ > 0])"] == "Jacobian of an element-wise map is diagonal"


def test_batch(rows):
    f, at = rows
    assert results(cr.derive(f, ("W1", "b1"), at)) == [
        "∇_b⁽¹⁾ batch = ¼ (((Ŷ − Y) W⁽²⁾) ∘ 𝟙[Z⁽¹⁾ > 0])ᵀ 𝟏",
        "∇_W⁽¹⁾ batch = ¼ (((Ŷ − Y) W⁽²⁾) ∘ 𝟙[Z⁽¹⁾ > 0])ᵀ X",
    ]
    found = cr.derive(f, "b1", at).steps
    assert any(step.rule == "sum over the batch" for step in found)


def test_nine_numbers_of_xor(nine_numbers):
    f, at = nine_numbers
    found = results(cr.derive(f, ("w1", "w6", "b2", "b3"), at, level="scalar"))
    assert found == [
        "∂xor/∂w₁ = {0 where w₁ x₁ + w₂ x₂ + b₁ ≤ 0, else w₅ x₁}",
        "∂xor/∂w₆ = {0 where w₃ x₁ + w₄ x₂ + b₂ ≤ 0, else w₃ x₁ + w₄ x₂ + b₂}",
        "∂xor/∂b₂ = {0 where w₃ x₁ + w₄ x₂ + b₂ ≤ 0, else w₆}",
        "∂xor/∂b₃ = 1",
    ]


def test_softmax_cross_entropy_collapses():
    def J(z, y):
        e = np.exp(z - np.max(z))
        yhat = cr.name(e / np.sum(e), "yhat")
        return -np.sum(y * np.log(yhat))

    found = cr.derive(J, "z", {"z": np.array([1.0, -2.0, 0.5]), "y": np.array([0.0, 1.0, 0.0])})
    assert results(found) == ["∇_z J = (Σᵢ yᵢ) ŷ − y", "∇_z J = ŷ − y"]
    assert found.steps[-1].remark == "as Σᵢ yᵢ = 1 at this point"
    unequal = cr.derive(J, "z", {"z": np.array([1.0, -2.0, 0.5]), "y": np.array([0.0, 1.0, 0.5])})
    assert results(unequal) == ["∇_z J = (Σᵢ yᵢ) ŷ − y"]


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("written", ["shift first", "log-sum-exp", "exponential"])
def test_a_softmax_written_out_is_recognised(written, keep, rng):
    def J(W, X, Y):
        Z = X @ W
        row = (lambda x: x) if keep else (lambda x: x[:, None])
        m = Z.max(axis=1, keepdims=keep)
        total = np.exp(Z - row(m)).sum(axis=1, keepdims=keep)
        first = written == "shift first"
        log_p = Z - row(m) - row(np.log(total)) if first else Z - row(m + np.log(total))
        if written == "exponential":
            return np.sum(np.exp(log_p) ** 2)
        return -np.mean(np.sum(Y * log_p, axis=1))

    at = {"W": rng.normal(size=(2, 3)), "X": rng.normal(size=(4, 2)), "Y": np.eye(3)[[0, 2, 1, 1]]}
    found = cr.derive(J, "W", at)
    np.testing.assert_allclose(found.steps[-1].value, cr.grad(J, "W")(**at), rtol=1e-12)
    assert not any(re.search(r"\bmax\(", str(step)) for step in found.steps)
    if written != "exponential":
        assert re.fullmatch(r"∇_W J = ¼ Xᵀ \(exp\((log_p|v⁽¹⁾)\) − Y\)", results(found)[-1])


def test_what_is_no_softmax_is_none(rng):
    """Sums over rows, taken off columns; a greatest value that has a name of its own."""

    def across(Z):
        return np.sum((Z - np.log(np.exp(Z).sum(axis=1))) ** 3)

    def with_a_name(Z):
        m = cr.name(Z.max(axis=1, keepdims=True), "m")
        return np.sum((Z - (m + np.log(np.exp(Z - m).sum(axis=1, keepdims=True)))) ** 3)

    at = {"Z": rng.normal(size=(3, 3))}
    for f, part in ((across, "log softmax"), (with_a_name, "log Σ")):
        found = cr.derive(f, "Z", at)
        np.testing.assert_allclose(found.steps[-1].value, cr.grad(f)(**at), rtol=1e-12)
        assert not any(part in str(step) for step in found.steps)


def test_logistic_regression(rng):
    def J(w, b, X, y):
        p = cr.name(1 / (1 + np.exp(-(X @ w + b))), "p")
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    at = {"w": rng.normal(size=2), "b": 0.3, "X": rng.normal(size=(5, 2)), "y": np.array([0.0, 1, 1, 0, 1])}
    assert results(cr.derive(J, ("w", "b"), at)) == ["∂J/∂b = ⅕ Σᵢ (p − y)ᵢ", "∇_w J = ⅕ Xᵀ (p − y)"]


def test_attention(rng):
    def f(X, Wq, Wk, Wv, C):
        Q, K, V = cr.name(X @ Wq, "Q"), cr.name(X @ Wk, "K"), cr.name(X @ Wv, "V")
        A = cr.name(cr.special.softmax(Q @ K.T / np.sqrt(4), axis=-1), "A")
        return np.sum(C * (A @ V))

    at = {name: rng.normal(size=(4, 4)) for name in ("X", "Wq", "Wk", "Wv", "C")}
    assert results(cr.derive(f, ("Wq", "Wv"), at)) == [
        "∇_A f = C Vᵀ",
        "∇_Wv f = Xᵀ Aᵀ C",
        "∇_Wq f = ½ Xᵀ (A ∘ (∇_A f − (A ∘ (∇_A f)) 𝟏 𝟏ᵀ)) K",
    ]


def test_ppca_uses_that_the_covariance_is_symmetric(rng):
    def L(W, mu, s2, X):
        C = cr.name(W @ W.T + s2 * np.eye(3), "C")
        D = cr.name((X - mu).T, "D")
        S = cr.name(np.linalg.solve(C, D), "S")
        return -0.5 * len(X) * np.linalg.slogdet(C)[1] - 0.5 * np.sum(D * S)

    at = {"W": rng.normal(size=(3, 2)), "mu": rng.normal(size=3), "s2": 0.5, "X": rng.normal(size=(6, 3))}
    assert results(cr.derive(L, ("W", "mu", "s2"), at)) == [
        "∂L/∂s₂ = tr(½ S Sᵀ − 3 C⁻¹)",
        "∇_μ L = S 𝟏",
        "∇_W L = (S Sᵀ − 6 C⁻¹) W",
    ]


def test_gaussian_of_one_number():
    def L(x, mu, s2):
        return -0.5 * np.log(2 * np.pi * s2) - (x - mu) ** 2 / (2 * s2)

    found = results(cr.derive(L, ("mu", "s2"), {"x": 1.0, "mu": 0.5, "s2": 2.0}))
    assert found == ["∂L/∂s₂ = ½ ((x − μ)² / s₂² − 1 / s₂)", "∂L/∂μ = (x − μ) / s₂"]


def test_a_repeated_layer_is_derived_once(deep):
    f, at = deep
    derivation = cr.derive(f, "layers/0/0", at)
    found = {str(step): step.remark for step in derivation.steps}
    assert "for k = 7, 6, …, 1" in found["∇_z⁽ᵏ⁺¹⁾ deep = (∇_h⁽ᵏ⁺¹⁾ deep) ∘ (1 − h⁽ᵏ⁺¹⁾∘²)"]
    assert "for k = 7, 6, …, 1" in found["∇_h⁽ᵏ⁾ deep = layers[k][0]ᵀ (∇_z⁽ᵏ⁺¹⁾ deep)"]
    assert len(derivation.steps) < 30


def test_a_function_of_several_numbers_has_its_jacobian():
    def g(x, W):
        return np.tanh(W @ x)

    found = results(cr.derive(g, "W", shapes={"x": (2,), "W": (3, 2)}))
    assert found == ["∇_W J = (p ∘ (1 − g∘²)) xᵀ", "∂g/∂vec[W] = diag(1 − g∘²) (I ⊗ xᵀ)"]


def test_names_do_not_depend_on_what_is_differentiated_by(net):
    def f(x, W, b, V):
        return np.sum(V @ np.tanh(W @ x + b))

    shapes = {"x": (2,), "W": (3, 2), "b": (3,), "V": (2, 3)}
    one, other = (cr.derive(f, wrt, shapes=shapes) for wrt in ("W", "V"))
    assert [str(s) for s in one.steps[:3]] == [str(s) for s in other.steps[:3]]
    assert str(one.steps[0]) == "z⁽¹⁾ = W x + b"


def test_gradient_of_what_is_not_used_is_zero():
    found = cr.derive(lambda x, y: np.sum(y**2), "x", {"x": np.ones(2), "y": np.ones(3)})
    assert results(found) == ["∇_x f = 𝟎"]


def test_gradient_of_an_argument_by_itself():
    assert results(cr.derive(lambda x: x, "x", {"x": 2.0})) == ["∂x/∂x = 1"]


def test_greatest_of_rows_is_told_from_greatest_of_columns():
    A = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 6.0]])
    for axis, of in ((0, "columns"), (1, "rows")):
        found = cr.derive(lambda A, axis=axis: np.sum(np.max(A, axis=axis) ** 2), "A", {"A": A})
        assert lines(found)[0] == f"v⁽¹⁾ = max_{of}(A)"
        assert f"Subscript {of}: of each {of[:-1]} by itself." in found.notation()
        assert "act on each entry" not in found.notation()
    assert lines(cr.derive(lambda A: np.max(A) ** 2, "A", {"A": A}))[0] == "v₁ = max(A)"


def test_a_number_over_a_value_is_one_fraction():
    found = cr.derive(lambda x, y: -2 * np.log(x) + 3 / y, ("x", "y"), {"x": 2.0, "y": 4.0})
    assert [line.partition(" = ")[2] for line in results(found)] == ["−3 / y²", "−2 / x"]
    latex = found.latex()
    assert r"-\frac{2}{x}" in latex


def test_empty_arrays_and_float32(rng):
    assert results(cr.derive(lambda x: np.sum(x**2), "x", {"x": np.zeros(0)})) == ["∇_x f = 2 x"]
    narrow = cr.derive(lambda x: np.sum(x**2), "x", {"x": rng.normal(size=3).astype(np.float32)})
    assert narrow.steps[-1].value.dtype == np.float64


def test_a_point_on_a_kink(rng):
    derivation = cr.derive(lambda x: np.sum(np.maximum(x, 0)), "x", {"x": np.array([0.0, 1.0, -1.0])})
    assert results(derivation) == ["∇_x f = 𝟙[x > 0]"]
    np.testing.assert_array_equal(derivation.steps[-1].value, [0, 1, 0])
    assert {check.against for check in derivation.steps[-1].checks} == {"reverse mode", "differences nearby"}


def test_defaults_are_a_point():
    point = np.array([1.0, 2.0])

    def f(x=point):
        return x @ x

    assert cr.derive(f, "x").point == "the arguments' defaults"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, ArgumentError, "shapes are not known"),
        ({"at": np.ones(2)}, ArgumentError, "a dict by name"),
        ({"at": {"x": np.ones(2)}, "level": "all"}, ArgumentError, "level='all'"),
        ({"shapes": {"x": (-1,)}}, ArgumentError, "lengths of 0 or more"),
        ({"shapes": {"x": "2"}}, ArgumentError, "a tuple of lengths"),
        ({"shapes": {"x": (2,)}, "at": {"x": np.ones(2)}}, ArgumentError, "both"),
        ({"shapes": [2]}, ArgumentError, "a dict from each argument's name"),
        ({"at": {"x": np.array([-1.0])}}, NonFiniteError, "nan at this point"),
    ],
)
def test_refusals(options, error, words):
    with pytest.raises(error, match=words):
        cr.derive(lambda x: np.sum(np.log(x)), "x", **options)


def test_whole_numbers_have_no_derivative():
    with pytest.raises(ShapeError, match="real numbers"):
        cr.derive(lambda x: np.argmax(x), "x", {"x": np.ones(2)})


def test_shapes_of_functions_with_a_domain():
    found = cr.derive(lambda x: np.sum(np.log(x)), "x", shapes={"x": (3,)})
    assert found.point == "a random point (entries between 0 and 1)"
    assert results(found) == ["∇_x f = 1 ⊘ x"]
    cholesky = cr.derive(lambda A: np.sum(np.linalg.cholesky(A)), "A", shapes={"A": (3, 3)}, level="result")
    assert "positive definite" in cholesky.point


def test_a_product_of_three_matrices_summed_by_einsum(rng):
    """∂tr(ABC)/∂C = (AB)ᵀ."""
    at = {"A": rng.normal(size=(2, 3)), "B": rng.normal(size=(3, 4)), "C": rng.normal(size=(4, 2))}
    found = cr.derive(lambda A, B, C: np.einsum("ij,jk,ki->", A, B, C), ("A", "B", "C"), at)
    assert results(found)[-3:] == ["∇_C f = Bᵀ Aᵀ", "∇_B f = Aᵀ Cᵀ", "∇_A f = Cᵀ Bᵀ"]
    np.testing.assert_allclose(found.steps[-3].value, (at["A"] @ at["B"]).T)


def test_a_comparison_with_a_name_is_a_line_of_its_own() -> None:
    """The cross-entropy of a network names which class is each row's own: an array of truth values."""
    net = cr.nn.Network([3, 2], output_activation="softmax")
    f = cr.nn.objective(net, "cross_entropy")
    found = cr.derive(f, "parameters", at=(net.parameters, np.ones((4, 3)), np.array([0, 1, 0, 1])))
    assert all(step.checks for step in found.steps)
