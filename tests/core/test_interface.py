"""The source of a function takes the function's own arguments and returns what it returns."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import tree

X, W = np.array([0.5, -1.5]), np.array([[1.0, 2.0], [-3.0, 0.5], [0.25, -1.0]])
Layer = namedtuple("Layer", ["W", "b"])


def loop(x: Any, *, times: int = 1, flag: bool = False) -> Any:
    for _ in range(times):
        x = np.tanh(x) if flag else x + 1
    return x


CALLS: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = {
    "arrays": (lambda x, W: W @ x, (X, W), {}),
    "a dict": (lambda p: p["a"]["W"] @ p["x"], ({"a": {"W": W}, "x": X},), {}),
    "a list and a tuple": (lambda p, q: p[1] @ q[0], ([X, W], (X,)), {}),
    "a named tuple": (lambda layer, x: layer.W @ x + layer.b, (Layer(W, np.ones(3)), X), {}),
    "any number": (lambda x, *rest: x + sum(rest), (X, X, 2 * X), {}),
    "keywords": (lambda x, /, y, *, z: x * y - z, (X,), {"z": X + 1, "y": 3 * X}),
    "more keywords": (lambda x, **more: x * more["y"], (X,), {"y": X}),
    "flags and integers": (loop, (X,), {"times": 2, "flag": True}),
    "defaults": (lambda x, y=2.0: x * y, (X,), {}),
    "results": (lambda x: {"a": [x, (x * 2,)], "b": OrderedDict(c=(x - 1, 0.5))}, (X,), {}),
    "nothing": (lambda: np.ones(2), (), {}),
    "names of helpers": (lambda softmax, np_, y: cr.special.softmax(softmax * np_) + y, (X, X, X), {}),
}


@pytest.mark.parametrize(("function", "args", "kwargs"), CALLS.values(), ids=CALLS.keys())
def test_arguments_and_results_are_the_functions_own(function, args, kwargs) -> None:
    graph = cr.trace(function, *args, **kwargs)
    namespace: dict[str, Any] = {}
    exec(graph.to_python(), namespace)
    printed = [value for value in namespace.values() if callable(value)][-1]
    found, found_structure = tree.flatten(printed(*args, **kwargs))
    expected, structure = tree.flatten(graph.run(*args, **kwargs).output)
    assert str(found_structure).replace("OrderedDict", "dict") == str(structure).replace(
        "collections.OrderedDict", "dict"
    )
    for got, value in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, value, 1e-15)


def test_inside_another_trace_what_it_captures_is_an_argument() -> None:
    sources = []

    def outer(x):
        sources.append(cr.trace(lambda y: x * y, X).to_python())
        return np.sum(x)

    cr.trace(outer, X)
    namespace: dict[str, Any] = {}
    exec(sources[0], namespace)
    np.testing.assert_array_equal(namespace["_lambda_"](X, np.array([2.0, 3.0])), X * [2, 3])
