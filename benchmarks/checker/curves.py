"""Smooth functions of one number with their derivatives by hand, and points where both are well defined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.special as sc

Real = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Curve:
    """f, f′ and the interval that points are drawn from.

    Points are drawn evenly, or evenly over magnitudes where the interval is positive and wider than a
    factor of 1,000.
    """

    name: str
    f: Real
    df: Real
    low: float
    high: float

    def point(self, rng: np.random.Generator) -> float:
        if self.low > 0 and self.high > 1000 * self.low:
            return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))
        return float(rng.uniform(self.low, self.high))


def _sigmoid(x: float) -> float:
    return float(sc.expit(x))


def _softplus(x: float) -> float:
    return float(np.logaddexp(0.0, x))


def _gauss(x: float) -> float:
    return float(np.exp(-x * x / 2) / np.sqrt(2 * np.pi))


def _mish_slope(x: float) -> float:
    t = np.tanh(_softplus(x))
    return float(t + x * (1 - t * t) * _sigmoid(x))


def _polynomial(x: float) -> float:
    return float(np.polyval([1.0, -3.0, 2.0, 5.0, -1.0, 0.5], x))


def _polynomial_slope(x: float) -> float:
    return float(np.polyval([5.0, -12.0, 6.0, 10.0, -1.0], x))


CURVES = (
    Curve("x", lambda x: x, lambda x: 1.0, -1e3, 1e3),
    Curve("x²", lambda x: x * x, lambda x: 2 * x, -1e3, 1e3),
    Curve("x³", lambda x: x**3, lambda x: 3 * x * x, -30, 30),
    Curve("x¹⁰", lambda x: x**10, lambda x: 10 * x**9, -10, 10),
    Curve("x^1.7", lambda x: x**1.7, lambda x: 1.7 * x**0.7, 1e-6, 1e6),
    Curve("x^-2.5", lambda x: x**-2.5, lambda x: -2.5 * x**-3.5, 1e-4, 1e4),
    Curve("polynomial", _polynomial, _polynomial_slope, -4, 4),
    Curve("1/x", lambda x: 1 / x, lambda x: -1 / x**2, 1e-6, 1e6),
    Curve("sqrt", np.sqrt, lambda x: 0.5 / np.sqrt(x), 1e-8, 1e8),
    Curve("cbrt", np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2), 1e-6, 1e6),
    Curve("exp", np.exp, np.exp, -20, 20),
    Curve("exp large", np.exp, np.exp, 100, 600),
    Curve("expm1", np.expm1, np.exp, -10, 10),
    Curve("log", np.log, lambda x: 1 / x, 1e-8, 1e8),
    Curve("log1p", np.log1p, lambda x: 1 / (1 + x), -0.99, 50),
    Curve("log2", np.log2, lambda x: 1 / (x * np.log(2)), 1e-5, 1e5),
    Curve("x log x", lambda x: x * np.log(x), lambda x: np.log(x) + 1, 1e-6, 1e6),
    Curve("x^x", lambda x: x**x, lambda x: x**x * (np.log(x) + 1), 0.01, 10),
    Curve(
        "entropy",
        lambda x: -x * np.log(x) - (1 - x) * np.log1p(-x),
        lambda x: np.log1p(-x) - np.log(x),
        1e-3,
        0.999,
    ),
    Curve("logit", sc.logit, lambda x: 1 / (x * (1 - x)), 1e-3, 0.999),
    Curve("sin", np.sin, np.cos, -10, 10),
    Curve("cos", np.cos, lambda x: -np.sin(x), -10, 10),
    Curve("tan", np.tan, lambda x: 1 / np.cos(x) ** 2, -1.5, 1.5),
    Curve("sin 50x", lambda x: np.sin(50 * x), lambda x: 50 * np.cos(50 * x), -3, 3),
    Curve("sin 1000x", lambda x: np.sin(1e3 * x), lambda x: 1e3 * np.cos(1e3 * x), -1, 1),
    Curve("cos x²", lambda x: np.cos(x * x), lambda x: -2 * x * np.sin(x * x), -8, 8),
    Curve("sin 1/x", lambda x: np.sin(1 / x), lambda x: -np.cos(1 / x) / x**2, 0.01, 3),
    Curve("sinc", np.sinc, lambda x: (np.cos(np.pi * x) - np.sinc(x)) / x, 0.05, 9),
    Curve("arcsin", np.arcsin, lambda x: 1 / np.sqrt((1 - x) * (1 + x)), -0.999, 0.999),
    Curve("arccos", np.arccos, lambda x: -1 / np.sqrt((1 - x) * (1 + x)), -0.999, 0.999),
    Curve("arctan", np.arctan, lambda x: 1 / (1 + x * x), -20, 20),
    Curve("sinh", np.sinh, np.cosh, -20, 20),
    Curve("cosh", np.cosh, np.sinh, -20, 20),
    Curve("tanh", np.tanh, lambda x: 1 / np.cosh(x) ** 2, -5, 5),
    Curve("tanh, saturated", np.tanh, lambda x: 1 - np.tanh(x) ** 2, 5, 25),
    Curve("arcsinh", np.arcsinh, lambda x: 1 / np.hypot(1, x), -1e3, 1e3),
    Curve("arccosh", np.arccosh, lambda x: 1 / np.sqrt((x - 1) * (x + 1)), 1.001, 1e3),
    Curve("arctanh", np.arctanh, lambda x: 1 / ((1 - x) * (1 + x)), -0.999, 0.999),
    Curve("sigmoid", sc.expit, lambda x: sc.expit(x) * sc.expit(-x), -30, 30),
    Curve("log sigmoid", lambda x: -_softplus(-x), lambda x: sc.expit(-x), -30, 30),
    Curve("softplus", _softplus, sc.expit, -30, 30),
    Curve("softplus 50x", lambda x: _softplus(50 * x), lambda x: 50 * sc.expit(50 * x), -1, 1),
    Curve("silu", lambda x: x * _sigmoid(x), lambda x: _sigmoid(x) * (1 + x * _sigmoid(-x)), -20, 20),
    Curve("gelu", lambda x: x * sc.ndtr(x), lambda x: sc.ndtr(x) + x * _gauss(x), -6, 6),
    Curve("mish", lambda x: x * np.tanh(_softplus(x)), _mish_slope, -10, 10),
    Curve("softsign", lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2, 0.01, 30),
    Curve("log cosh", lambda x: np.logaddexp(x, -x), np.tanh, -30, 30),
    Curve("gauss", _gauss, lambda x: -x * _gauss(x), -6, 6),
    Curve("erf", sc.erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x), -3, 3),
    Curve("erfc", sc.erfc, lambda x: -2 / np.sqrt(np.pi) * np.exp(-x * x), -3, 8),
    Curve(
        "log ndtr", sc.log_ndtr, lambda x: np.exp(-x * x / 2 - sc.log_ndtr(x)) / np.sqrt(2 * np.pi), -20, 3
    ),
    Curve("gammaln", sc.gammaln, sc.digamma, 1e-3, 1e3),
    Curve("gamma", sc.gamma, lambda x: sc.gamma(x) * sc.digamma(x), 0.1, 20),
    Curve("digamma", sc.digamma, lambda x: sc.polygamma(1, x), 1e-2, 1e3),
    Curve("J0", sc.j0, lambda x: -sc.j1(x), -30, 30),
    Curve("runge", lambda x: 1 / (1 + 25 * x * x), lambda x: -50 * x / (1 + 25 * x * x) ** 2, -2, 2),
    Curve(
        "resonance", lambda x: 1e-3 / (x * x + 1e-6), lambda x: -2e-3 * x / (x * x + 1e-6) ** 2, -0.01, 0.01
    ),
    Curve("exp(-1/x²)", lambda x: np.exp(-1 / x**2), lambda x: 2 / x**3 * np.exp(-1 / x**2), 0.1, 5),
    Curve(
        "exp(sin 3x)",
        lambda x: np.exp(np.sin(3 * x)),
        lambda x: 3 * np.cos(3 * x) * np.exp(np.sin(3 * x)),
        -9,
        9,
    ),
    Curve("sin + 10⁶", lambda x: np.sin(x) + 1e6, np.cos, -3, 3),
    Curve("ripple", lambda x: x + 1e-3 * np.sin(1e3 * x), lambda x: 1 + np.cos(1e3 * x), -1, 1),
    Curve("sharp hypot", lambda x: np.hypot(x, 1e-3), lambda x: x / np.hypot(x, 1e-3), -0.02, 0.02),
    Curve("|x| off 0", np.abs, np.sign, 1e-3, 1e3),
    Curve("x|x|", lambda x: x * abs(x), lambda x: 2 * abs(x), -3, 3),
    Curve("relu²", lambda x: max(x, 0.0) ** 2, lambda x: 2 * max(x, 0.0), -1, 3),
    Curve(
        "huber",
        lambda x: x * x / 2 if abs(x) < 1 else abs(x) - 0.5,
        lambda x: float(np.clip(x, -1, 1)),
        -3,
        3,
    ),
    Curve("elu", lambda x: x if x > 0 else np.expm1(x), lambda x: 1.0 if x > 0 else np.exp(x), -3, 3),
    Curve(
        "lognormal",
        lambda x: np.exp(-(np.log(x) ** 2)) / x,
        lambda x: -np.exp(-(np.log(x) ** 2)) * (1 + 2 * np.log(x)) / x**2,
        1e-2,
        1e2,
    ),
    Curve(
        "planck",
        lambda x: x**3 / np.expm1(x),
        lambda x: x * x * (3 * np.expm1(x) - x * np.exp(x)) / np.expm1(x) ** 2,
        0.1,
        30,
    ),
    Curve("michaelis", lambda x: x / (0.3 + x), lambda x: 0.3 / (0.3 + x) ** 2, 1e-4, 1e3),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A curve, stretched, at a point: F(t) = a·f(t/b)."""

    name: str
    f: Real
    df: Real
    at: float


def cases(seed: int, count: int) -> Iterator[Case]:
    """The curves in turn, at random points, every other one stretched by 1e-8 to 1e8 each way."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        curve = CURVES[i % len(CURVES)]
        x = curve.point(rng)
        a, b = 10.0 ** rng.uniform(-8, 8, 2) if (i // len(CURVES)) % 2 else (1.0, 1.0)
        yield stretched(curve, x, float(a), float(b))


def stretched(curve: Curve, x: float, a: float, b: float) -> Case:
    """F(t) = a·f(t/b) and F′(t) = (a/b)·f′(t/b) at t = b·x."""
    name = curve.name if a == b == 1 else f"{curve.name}, {a:.1e}·f(t/{b:.1e})"
    return Case(name, lambda t: a * curve.f(t / b), lambda t: a / b * curve.df(t / b), b * x)
