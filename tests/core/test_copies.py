"""Functions made of others, pickled, copied, and as methods."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr


def cubes(x: Any) -> Any:
    return np.sum(x**3)


@cr.compile
def decorated(x: Any) -> Any:
    return x * 2


class Model:
    def __init__(self, weight: float) -> None:
        self.weight = weight

    @cr.compile
    def predict(self, x: Any) -> Any:
        return self.weight * x


def step(w: Any, rate: Any, x: Any) -> Any:
    return np.sum(x), w - rate


X = np.array([1.0, 2.0])
AGAIN = [lambda f: pickle.loads(pickle.dumps(f)), copy.copy, copy.deepcopy]


@pytest.mark.parametrize("again", AGAIN, ids=["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("called", [False, True])
@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (cr.compile(cubes), 9.0),
        (cr.grad(cubes), 3 * X**2),
        (cr.grad(cubes, wrt=("x",)), (3 * X**2,)),
        (cr.value_and_grad(cubes), (9.0, 3 * X**2)),
        (cr.compile(cr.grad(cubes)), 3 * X**2),
        (cr.hessian(cubes, compile="auto"), np.diag(6 * X)),
        (decorated, 2 * X),
        (Model(3.0).predict, 3 * X),
    ],
)
def test_they_stay_what_they_are(f: Any, expected: Any, called: bool, again: Callable[[Any], Any]) -> None:
    for _ in range(3 * called):
        f(X)
    found = again(f)(X)
    for one, other in zip(
        found if isinstance(found, tuple) else (found,),
        expected if isinstance(expected, tuple) else (expected,),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("again", AGAIN, ids=["pickle", "copy", "deepcopy"])
def test_products_with_jacobians_and_loops(again: Callable[[Any], Any]) -> None:
    assert float(again(cr.push(cubes))(X)(X)) == 27.0
    np.testing.assert_array_equal(again(cr.jacobian(cubes))(X).matrix(), [[3.0, 12.0]])
    loop = cr.repeat(step)
    for f in (loop, again(loop)):
        losses, w = f(np.array(1.0), np.array([0.5]), np.array([[0, 1]]), X)
        assert (losses.tolist(), float(w)) == ([3.0], 0.5)


def test_a_copy_reads_what_its_own_function_reads() -> None:
    f = cr.compile(Model(2.0).predict)
    other = copy.deepcopy(f)
    other.__wrapped__.__self__.weight = 5.0  # type: ignore[attr-defined]
    np.testing.assert_array_equal(f(X), 2 * X)


def test_a_method_follows_its_object() -> None:
    model, other = Model(2.0), Model(3.0)
    for _ in range(3):
        np.testing.assert_array_equal(model.predict(X), 2 * X)
        np.testing.assert_array_equal(other.predict(X), 3 * X)
    model.weight = 4.0
    np.testing.assert_array_equal(model.predict(X), 4 * X)
    assert Model.predict.__name__ == "predict"
