"""Arrays that a function takes from around it are called what its lines call them."""

import numpy as np

import chainrule as cr

from .conftest import closed

RNG = np.random.default_rng(6)
MASK = (np.arange(20).reshape(4, 5) % 3 == 0) * 1.0
WEIGHTS = np.array([0.2, 0.5, 0.3, 1.7])


def n(*shape):
    return RNG.normal(size=shape)


def lines(f, wrt, **at):
    return [str(step) for step in cr.derive(f, wrt, at, level="result").steps]


def test_a_mask_from_the_module():
    def f(W, x):
        return np.sum(np.tanh((W * MASK) @ x))

    at = {"W": n(4, 5), "x": n(5)}
    assert closed(f, "W", **at) == ["((1 − tanh(z⁽¹⁾)∘²) xᵀ) ∘ MASK"]
    assert "MASK = constant 4×5" in lines(f, "W", **at)


def test_a_mask_of_truth_values_by_its_local_name():
    def f(W, x):
        keep = cr.name(MASK > 0, "keep")
        A = np.where(keep, W, 0.0)
        return np.sum(np.tanh(A @ x))

    assert closed(f, "W", W=n(4, 5), x=n(5)) == ["((1 − tanh(z⁽¹⁾)∘²) xᵀ) ∘ keep"]


def test_weights_beside_functions_keywords_and_strings():
    def f(X, y):
        r = X.sum(axis=1) - y
        return 0.5 * np.einsum("i,i,i->", WEIGHTS, r, r)  # r weighted

    assert lines(f, "y", X=n(4, 2), y=n(4))[0] == "WEIGHTS = [0.2, 0.5, 0.3, 1.7]"


def test_two_arrays_of_one_line():
    OTHER = np.array([1.5, 0.5, 0.25, 2.0])

    def f(x):
        return np.sum(x * WEIGHTS + x**2 * OTHER)

    assert closed(f, "x", x=n(4)) == ["2 x ∘ OTHER + WEIGHTS"]


def test_an_array_that_a_function_is_given_has_its_callers_name():
    def layer(h, W, x):
        return np.exp(W * h) * x

    def f(x):
        return np.sum(
            layer(
                x,
                WEIGHTS,
                np.arange(4) > 1,
            )
        )

    assert closed(f, "x", x=n(4)) == ["[0, 0, 1, 1] ∘ exp(WEIGHTS ∘ x) ∘ WEIGHTS"]


def test_a_variable_of_several_arrays_is_the_name_of_none():
    def f(x):
        M = WEIGHTS
        first = np.sum(np.exp(x) * M)
        M = np.array([1.5, 0.5, 0.25, 2.0])
        return first + np.sum(np.exp(x) * M)

    assert "M" not in closed(f, "x", x=n(4))[0]


def test_what_has_a_sign_keeps_it():
    lower = np.tri(4)

    def f(x):
        return np.sum(np.exp(lower * x))

    assert "tril" in closed(f, "x", x=n(4, 4))[0]


def test_what_a_line_computes_has_no_variable():
    count = 4

    def f(x):
        return np.sum(x * np.arange(count) ** 2)

    def g(x):
        return np.sum(np.exp(WEIGHTS[:3] * x))

    assert closed(f, "x", x=n(4)) == ["[0, 1, 4, 9]"]
    assert "WEIGHTS" not in closed(g, "x", x=n(3))[0]


class Layer:
    def __init__(self):
        self.gain = np.array([1.5, 0.5, 0.25, 2.0])

    def __call__(self, x):
        return np.sum(np.exp(self.gain * x))


def test_an_attribute_of_an_object():
    layer = Layer()
    assert closed(lambda x: layer(x), "x", x=n(4)) == ["exp(gain ∘ x) ∘ gain"]
    assert closed(lambda x: np.sum(x * layer.gain), "x", x=n(4)) == ["gain"]


def test_attributes_of_one_name_of_two_objects_have_none():
    one, other = Layer(), Layer()
    other.gain = np.array([2.5, 0.5, 0.25, 1.0])
    assert "gain" not in closed(lambda x: one(x) * other(x), "x", x=n(4))[0]
