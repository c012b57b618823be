"""A framework of its own: boxed arrays that NumPy cannot see into, differentiated by complex steps."""

from __future__ import annotations

import subprocess
import sys
from inspect import signature

import numpy as np
import pytest

from chainrule.verification.frameworks import adapt, adapting
from chainrule.verification.point import bind, select


class Boxed:
    """An array that NumPy cannot use."""

    __array_ufunc__ = None

    def __init__(self, values):
        self.values = np.asarray(values)

    def __mul__(self, other):
        return Boxed(self.values * other.values)

    def sin(self):
        return Boxed(np.sin(self.values))

    def sum(self):
        return Boxed(self.values.sum())


class Key(Boxed):
    """One that holds no numbers."""


class Boxes:
    """The framework."""

    def made(self, function):
        return getattr(function, "of_boxes", False)

    def owns(self, leaf):
        return isinstance(leaf, Boxed)

    def array(self, tensor):
        return None if isinstance(tensor, Key) else tensor.values

    def tensor(self, array, like):
        return Boxed(array)

    def plain(self, function):
        return function, None

    def jacobians(self, function, at):
        h = 1e-30
        return [
            np.stack(
                [
                    self._flat(function([*at[:k], Boxed(tensor.values + 1j * h * e), *at[k + 1 :]])).imag / h
                    for e in np.eye(tensor.values.size).reshape(-1, *tensor.values.shape)
                ],
                axis=1,
            )
            for k, tensor in enumerate(at)
        ]

    def _flat(self, outputs):
        return np.concatenate([np.ravel(output.values) for output in outputs])


@pytest.fixture(autouse=True)
def boxes(monkeypatch):
    monkeypatch.setattr(adapting, "_loaded", lambda: iter([Boxes()]))


X, W = np.array([0.3, -1.2, 2.0]), np.array([1.5, 0.5, -0.7])


def loss(x, w):
    return (x * w).sin().sum()


def derivative(adapted, wrt=None):
    point, groups = select(bind(adapted.f, adapted.at), wrt)
    return point.call(adapted.gradient(groups))


def test_values_arguments_and_names_are_numpys():
    adapted = adapt(loss, None, (Boxed(X), Boxed(W)))
    assert all(type(leaf) is np.ndarray for leaf in adapted.at)
    assert adapted.f(*adapted.at) == np.sin(X * W).sum()
    assert list(signature(adapted.f).parameters) == ["x", "w"]
    assert bind(adapted.f, adapted.at).paths == ["x", "w"]


def test_the_frameworks_own_derivative():
    found = derivative(adapt(loss, None, (Boxed(X), Boxed(W))))
    np.testing.assert_allclose(found["x"], [W * np.cos(X * W)], rtol=1e-15)
    np.testing.assert_allclose(found["w"], [X * np.cos(X * W)], rtol=1e-15)


def test_only_what_is_asked_for():
    assert list(derivative(adapt(loss, None, (Boxed(X), Boxed(W))), "w")) == ["w"]


def test_arguments_by_keyword_and_in_trees():
    adapted = adapt(lambda p, n: (p["W"] * p["b"]).sin(), None, {"n": 2, "p": {"W": Boxed(X), "b": Boxed(W)}})
    found = derivative(adapted)
    assert list(found) == ["p"]
    np.testing.assert_allclose(found["p"]["W"], np.diag(W * np.cos(X * W)), rtol=1e-15)
    np.testing.assert_allclose(found["p"]["b"], np.diag(X * np.cos(X * W)), rtol=1e-15)


def test_a_derivative_that_was_given():
    given = adapt(loss, lambda x, w: (w * x.sin(), {"w": x}), (Boxed(X), Boxed(W))).grad(X, W)
    np.testing.assert_array_equal(given[0], W * np.sin(X))
    np.testing.assert_array_equal(given[1]["w"], X)
    np.testing.assert_array_equal(adapt(loss, Boxed(X), (Boxed(X), Boxed(W))).grad, X)


def test_what_holds_no_numbers_is_handed_on():
    key, seen = Key(0), []

    def f(key, x):
        seen.append(key)
        return x.sin()

    adapted = adapt(f, None, (key, Boxed(X)))
    adapted.f(*adapted.at)
    np.testing.assert_allclose(derivative(adapted)["x"], np.diag(np.cos(X)))
    assert all(one is key for one in seen)


def test_a_function_that_boxes_arrays_itself_is_found_by_what_it_returns():
    found = derivative(adapt(lambda x: (x if isinstance(x, Boxed) else Boxed(x)).sin(), None, X))
    np.testing.assert_allclose(found["x"], np.diag(np.cos(X)))


def test_a_function_is_found_by_what_it_is():
    def f(x):
        return np.sin(x)

    f.of_boxes = True
    assert adapt(f, np.cos, X).gradient is not None


def test_numpys_functions_are_left_alone():
    for f, grad in [(np.sin, None), (np.sin, np.cos), (lambda: 0, None), (3, None)]:
        adapted = adapt(f, grad, X)
        assert (adapted.f, adapted.grad, adapted.at, adapted.gradient) == (f, grad, X, None)


def test_neither_framework_is_imported(tmp_path):
    for name in ("torch", "jax"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')")
    program = "import numpy as np, chainrule as cr; assert cr.check(np.sin, np.cos, at=0.5)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)
