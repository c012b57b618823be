"""Eigenvalues, singular values and their vectors, by the names that the user's line gives them."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import NonFiniteError

A = np.array([[2.0, 1.0], [1.0, -1.0]])


def of_both(A):
    w, V = np.linalg.eigh(A)
    return np.sum(np.exp(w)) + V[0, 0]


def nuclear(A):
    _, s, _ = np.linalg.svd(A)
    return np.sum(s)


def lines(f, at, level):
    return [str(step) for step in cr.derive(f, "A", at, level=level).steps]


def test_results_of_one_call_are_called_what_the_line_calls_them():
    definitions = lines(of_both, {"A": A}, "result")[:2]
    assert definitions == ["w = eigenvalues(A)", "V = eigenvectors(A)"]
    assert "    V = " in cr.trace(of_both, A).graph.to_python()
    assert lines(nuclear, {"A": A}, "result")[0] == "s = singular values(A)"


def test_gaps_between_eigenvalues_are_written_without_the_guard_against_equal_ones():
    derivation = cr.derive(of_both, "A", {"A": A})
    line = derivation.steps[7]
    assert "(Vᵀ (∇_V of_both)) ⊘ gaps(w)" in str(line)
    assert line.rule.startswith("derivative of the eigenvalues and eigenvectors")
    assert "gaps(λ)ᵢⱼ = λⱼ − λᵢ" in derivation.notation()
    assert "10⁻¹⁶" not in derivation.text()


def test_each_entry_by_eigenvectors_divides_by_the_difference_of_eigenvalues():
    steps = cr.derive(of_both, "A", {"A": A}, level="scalar").steps
    assert str(steps[3]).endswith("= (V₁₂² / (w₁ − w₂) + exp(w₁) V₁₁) V₁₁ + exp(w₂) V₁₂²")
    (w1, w2), V = np.linalg.eigh(A)
    expected = (V[0, 1] ** 2 / (w1 - w2) + np.exp(w1) * V[0, 0]) * V[0, 0] + np.exp(w2) * V[0, 1] ** 2
    np.testing.assert_allclose(steps[3].value, expected, rtol=1e-12)


def test_the_gradient_of_the_nuclear_norm_is_the_polar_factor():
    derivation = cr.derive(nuclear, "A", {"A": A}, level="result")
    assert str(derivation.steps[-1]) == "∇_A nuclear = U of svd(A) Vᵀ of svd(A)"
    row = cr.derive(lambda A: np.linalg.svd(A)[1].sum(), "A", {"A": A}).steps[1]
    assert str(row) == "∂f/∂vec[A] = vec[U of svd(A) Vᵀ of svd(A)]ᵀ"
    assert r"\operatorname{V^\top\ of\ svd}" in derivation.latex()
    assert derivation.latex().isascii()
    assert ">Vᵀ\xa0of\xa0svd</mo>" in derivation.html()


def test_eigenvectors_that_happen_to_be_symmetric_are_not_said_to_be():
    assert not any("Vᵀ = V" in step.remark for step in cr.derive(of_both, "A", {"A": A}).steps)


def test_where_a_line_divides_by_zero_the_point_is_refused():
    def norm(x):
        return np.sqrt(np.sum(x**2))

    for level in ("steps", "scalar"):
        with pytest.raises(NonFiniteError, match="divides by 0"):
            cr.derive(norm, "x", {"x": np.zeros(2)}, level=level)


def test_entries_by_eigenvectors_are_refused_where_eigenvalues_are_equal():
    """In their space no basis is preferred, and the vectors have no derivative."""

    def turned(A):
        return np.linalg.eigh(A)[1][0] @ np.arange(2.0)

    with pytest.raises(NonFiniteError, match=r"eigenvalues\(A\)₂ − eigenvalues\(A\)₁\) is nan"):
        cr.derive(turned, "A", {"A": np.eye(2)}, level="scalar")
    apart = cr.derive(turned, "A", {"A": np.diag([1.0, 3.0])}, level="scalar")
    assert [float(step.value) for step in apart.steps[-4:]] == pytest.approx([0, 0.25, 0.25, 0])


def test_rows_that_are_picked_twice_are_one_value():
    def quadratic(W, x):
        return x @ W[[0, 2]] @ W[[0, 2]].T @ x

    at = {"W": np.arange(6.0).reshape(3, 2), "x": np.array([1.0, -2.0])}
    first, *others = map(str, cr.derive(quadratic, "W", at, level="result").steps)
    assert first.endswith("= W[[0, 2]]")
    assert not any("= W[[0, 2]]" in line for line in others)


def test_the_names_are_explained_that_the_function_gives():
    def J(params, x):
        z1 = params["layers"][0]["W"] @ x
        return np.sum(np.exp(np.tanh(z1) * x))

    at = {"params": {"layers": [{"W": np.eye(2)}]}, "x": np.ones(2)}
    assert cr.derive(J, "params", at).names() == "Names: z⁽¹⁾ is z1."
