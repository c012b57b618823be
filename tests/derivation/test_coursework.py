"""Derivations of functions from many fields, in the form that someone who marks them expects."""

import numpy as np
import pytest

import chainrule as cr

from .test_exercises import answers, n


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


OPTION = {"S": 100.0, "K": 95.0, "r": 0.03, "q": 0.01, "sigma": 0.2, "T": 0.5}

CASES = [
    (elo, "Ra", {"Ra": 1500.0, "Rb": 1400.0, "S": 1.0}, {"Ra": "−0.005·log(10) (S − Ea) Ea (1 − Ea)"}),
    (put_option, "S T", OPTION,
     {"d₁": "0", "S": "−Φ(−d₁) exp(z₃)",
      "T": "½ (φ(d₂) K exp(z₂) σ) / √T + S exp(z₃) q Φ(−d₁) − K exp(z₂) r Φ(−d₂)"}),
    (student_t, "nu", {"nu": 4.0, "x": n(5)},
     {"ν": "½ (5 ψ(½ (ν + 1)) + ((Σᵢ (x∘² ⊘ z⁽¹⁾)ᵢ) (ν + 1)) / ν² − Σᵢ log(z⁽¹⁾)ᵢ − 5 / ν − 5 ψ(½ ν))"}),
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


def test_what_follows_from_terms_that_cancel_stands_after_them():
    lines = list(map(str, cr.derive(put_option, "S", OPTION).steps))
    assert "∂put_option/∂z₁ = 0" in lines
    assert lines.index("∂put_option/∂d₁ = 0") < lines.index("∂put_option/∂z₁ = 0")
