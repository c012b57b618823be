"""Letters that the user's values have: no place that goes on and no function takes one of them."""

import numpy as np
import pytest
from scipy.special import erf

import chainrule as cr
from chainrule.derivation.names import LETTERS, free_letters, name_of

from .conftest import closed

RNG = np.random.default_rng(4)


def n(*shape):
    return RNG.normal(size=shape)


def windows(x, k):
    out = [np.sum(k * x[i : i + 3]) for i in range(len(x) - 2)]
    return sum(np.tanh(value) ** 2 for value in out)


def recurrent(h, k, j):
    for _ in range(5):
        h = np.tanh(k @ h + j)
    return np.sum(h)


def squares(X, k):
    return np.sum((X @ k) ** 2)


def test_turns_of_a_loop_and_terms_of_a_sum_take_a_letter_that_is_free():
    assert closed(windows, "x", x=n(7), k=n(3))[-1] == "Σⱼ₌₁⁵ (∂windows/∂outⱼ) put[j−1:j+2](k)"
    lines = {str(step): step.remark for step in cr.derive(recurrent, "h", (n(2), n(2, 2), n(2))).steps}
    assert lines["∇_h⁽ⁱ⁾ recurrent = kᵀ (∇_z⁽ⁱ⁺¹⁾ recurrent)"].startswith("for i = 4, 3, 2, 1")
    *_, last = cr.derive(squares, "k", (n(5, 1), n(1)), level="scalar").steps
    assert str(last) == "∂squares/∂k₁ = 2 k₁ (Σⱼ₌₁⁵ Xⱼ₁²)"


def test_where_every_letter_is_taken_turns_are_written_one_by_one():
    names = [name_of(letter, True) for letter in LETTERS]
    assert free_letters(names) == ""
    assert free_letters(names[1:]) == "k"
    assert free_letters([name_of("k2", True), name_of("j", False)])[0] == "i"

    def loop(x, k, j, i, t, n, m, l, p, s, r):  # noqa: E741
        for _ in range(4):
            x = np.sin(x) * (k + j + i + t + n + m + l + p + s + r)
        return x

    assert not any(
        step.remark.startswith("for ") for step in cr.derive(loop, "x", (0.3,) + (1.0,) * 10).steps
    )


@pytest.mark.parametrize(
    ("f", "at", "word", "letter"),
    [
        (lambda sigma, x: np.sum(1 / (1 + np.exp(-(sigma @ x)))), (n(2, 3), n(3)), "sigmoid", "σ"),
        (lambda Phi, w: np.sum(Phi @ w * 0.5 * (1 + erf(Phi @ w / 2**0.5))), (n(4, 2), n(2)), "normcdf", "Φ"),
        (
            lambda Phi, w: np.sum(np.linalg.cholesky(Phi.T @ Phi + np.eye(2)) @ w),
            (n(4, 2), n(2)),
            "lower",
            "Φ",
        ),
    ],
)  # fmt: skip
def test_functions_are_words_where_a_value_has_their_letter(f, at, word, letter):
    derivation = cr.derive(f, 0, at)
    text = derivation.text()
    assert f"{word}(" in text
    assert f"{letter}(" not in text
    assert f"{word}(x) = " in derivation.notation() or f"{word}(X) is " in derivation.notation()
    assert rf"\operatorname{{{word}}}" in derivation.latex()


def test_of_two_functions_with_one_letter_the_map_of_cholesky_is_a_word():
    def f(A, x):
        L = np.linalg.cholesky(A @ A.T + np.eye(2))
        z = L @ x
        return np.sum(z * 0.5 * (1 + erf(z / np.sqrt(2))))

    text = cr.derive(f, "A", (n(2, 2), n(2))).text()
    assert "f = zᵀ Φ(z)" in text
    assert "dL = L lower(L⁻¹ dA L⁻ᵀ)" in text
    assert "lower(X) is X below its diagonal" in text


def test_only_functions_of_numbers_are_said_to_act_on_each_entry():
    said = "Functions of numbers act on each entry of an array."
    at = (np.eye(2) + 1, n(2))
    assert said not in cr.derive(lambda A, x: np.linalg.cholesky(A)[1, 1] + x @ x, "A", at).notation()
    assert said in cr.derive(lambda A, x: np.sum(np.log(A)) + x @ x, "A", at).notation()


def test_numbered_variables_of_a_loop_are_written_once_for_every_turn():
    """The slopes of the midpoint method: k₁⁽ʲ⁾ and k₂⁽ʲ⁾ in turn j."""

    def flow(x, A):
        for _ in range(5):
            k1 = A @ x
            k2 = A @ (x + k1 / 2)
            x = x + k2
        return np.sum(x**2)

    remarks = {str(step): step.remark for step in cr.derive(flow, "x", (n(2), n(2, 2))).steps}
    assert "for j = 2, 3, 4, 5" in remarks["k₂⁽ʲ⁾ = A (x⁽ʲ⁻¹⁾ + ½ k₁⁽ʲ⁾)"]
    assert "for j = 4, 3, 2, 1" in remarks["∇_k₁⁽ʲ⁺¹⁾ flow = ½ Aᵀ (∇_k₂⁽ʲ⁺¹⁾ flow)"]


def test_values_that_are_returned_together_are_called_what_the_caller_calls_them():
    """A cell that returns its unit and its state: one recursion of both."""

    def cell(h, c, x, W):
        f = 1 / (1 + np.exp(-(W @ h)))
        return np.tanh(f * c + x), f * c + x

    def J(W, x):
        h, c = x[0], x[1]
        for t in range(2, 6):
            h, c = cell(h, c, x[t], W)
        return np.sum(h * c)

    x = np.arange(12.0).reshape(6, 2) / 9
    lines = list(map(str, cr.derive(J, "W", (np.eye(2), x), level="result").steps))
    assert {"c⁽ᵏ⁾ = f⁽ᵏ⁾ ∘ c⁽ᵏ⁻¹⁾ + x[k+1]", "h⁽ᵏ⁾ = tanh(c⁽ᵏ⁾)"} <= set(lines)


def test_elements_that_are_taken_apart_have_names():
    """a, b = θ; what a decomposition gives is no array that is taken apart."""

    def J(theta, x):
        a, b = theta
        _sign, logdet = np.linalg.slogdet(np.eye(2) * a)
        return np.sum(a * np.exp(-b * x)) + logdet

    lines = list(map(str, cr.derive(J, "theta", (np.ones(2), np.ones(3)), level="result").steps))
    assert lines[:2] == ["a = θ[0]", "b = θ[1]"]
    assert not any("sign" in line for line in lines)


def test_both_parts_of_a_decomposition():
    def J(A):
        w, V = np.linalg.eigh(A)
        return np.sum(w**2) + V[0, 0] * V[1, 0]

    A = np.array([[2.0, 1.0], [1.0, 4.0]])
    derivation = cr.derive(J, "A", (A,), level="result")
    assert "eigenvectors(A)" in str(derivation)
    assert "[:2]" not in str(derivation)
    np.testing.assert_allclose(derivation.steps[-1].value, cr.grad(J)(A))


def test_a_variable_with_a_number_that_the_output_uses_in_every_turn():
    """A variance that follows its own past, GARCH: the derivative by the last of its values is one of all."""

    def J(omega, r):
        s2 = 1.0
        L = 0.0
        for t in range(5):
            L = L + np.log(s2) + r[t] ** 2 / s2
            s2 = omega + 0.2 * r[t] ** 2 + 0.5 * s2
        return L

    lines = list(map(str, cr.derive(J, "omega", (0.1, np.arange(1.0, 6)), level="result").steps))
    assert lines[-1] == "∂J/∂ω = Σₖ₌₁⁴ ∂J/∂s₂⁽ᵏ⁾"
    assert "∂J/∂s₂⁽⁴⁾ = (s₂⁽⁴⁾ − r[4]²) / s₂⁽⁴⁾²" in lines
