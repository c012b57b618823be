"""A gradient that is given for all arguments serves where only some are checked."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr

W, X = np.array([0.4, -1.1]), np.array([1.0, 0.5])
P = {"W": np.array([[0.4, -1.1], [0.3, 0.8]]), "b": np.array([0.1, 0.2])}


def f(w, x, n):
    return n * np.tanh(w @ x)


def gradient(w, x, n):
    slope = n * (1 - np.tanh(w @ x) ** 2)
    return slope * x, slope * w


@pytest.mark.parametrize("wrt", ["w", "x", 1, ["w"], ["w", "x"], None])
def test_a_tuple_for_all(wrt):
    assert cr.check(f, gradient, at=(W, X, 3), wrt=wrt)
    assert cr.check(f, gradient(W, X, 3), at=(W, X, 3), wrt=wrt)


@pytest.mark.parametrize("wrt", ["w", "x"])
def test_a_tuple_with_none_for_what_cannot_be_differentiated(wrt):
    assert cr.check(f, lambda w, x, n: (*gradient(w, x, n), None), at=(W, X, 3), wrt=wrt)


@pytest.mark.parametrize("wrt", ["w", "x"])
def test_a_dict_for_all(wrt):
    assert cr.check(f, lambda w, x, n: dict(zip("wx", gradient(w, x, n), strict=True)), at=(W, X, 3), wrt=wrt)


@pytest.mark.parametrize("wrt", ["p/W", "p/b", "p", ["p/b", "x"]])
def test_a_part_of_an_argument(wrt):
    def loss(p, x):
        return np.tanh(p["W"] @ x + p["b"]).sum()

    def backward(p, x):
        slope = 1 - np.tanh(p["W"] @ x + p["b"]) ** 2
        return {"W": np.outer(slope, x), "b": slope}, p["W"].T @ slope

    assert cr.check(loss, backward, at=(P, X), wrt=wrt)


def test_what_is_wrong_is_found_in_the_part_alone():
    def wrong(w, x, n):
        return gradient(w, x, n)[0], 2 * gradient(w, x, n)[1]

    assert cr.check(f, wrong, at=(W, X, 3), wrt="w")
    assert str(cr.check(f, wrong, at=(W, X, 3), wrt="x").verdict) == "FAIL"


def test_a_tuple_of_numbers_is_a_gradient():
    assert cr.check(lambda x, n: n * (x**2).sum(), lambda x, n: tuple(2 * n * x), at=(X, 3))


def test_a_list_of_layers_is_a_gradient_of_a_list():
    def loss(layers, x):
        return layers[0] @ x + np.sin(layers[1]) @ x

    def backward(layers, x):
        return x, np.cos(layers[1]) * x

    assert cr.check(loss, backward, at=([W, X], X), wrt="layers")
