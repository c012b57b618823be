"""Graphs of functions: the record of a run, and where a value stops being finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr

X, W = np.array([1.0, -2.0]), np.array([[1.0, 1.0], [3.0, 0.5], [-1.0, 2.0]])


def layer(x: Any, W: Any) -> Any:
    z = cr.name(W @ x, "z")
    return {"h": cr.name(np.maximum(z, 0), "h"), "n": 3}


def test_a_record_has_every_name_and_the_output_of_the_function() -> None:
    record = cr.trace(layer, X, W).run(X, W)
    assert list(record) == ["x", "W", "z", "h"]
    assert len(record) == 4
    np.testing.assert_array_equal(record["z"], [-1.0, 2.0, -5.0])
    np.testing.assert_array_equal(record.output["h"], [0.0, 2.0, 0.0])
    assert record.output["n"] == 3
    with pytest.raises(KeyError, match="no value is named 'y'; there are x, W, z, h"):
        record["y"]
    assert [line.split()[0] for line in repr(record).splitlines() if not line.startswith(" ")] == list(record)


def test_a_record_is_a_copy() -> None:
    x = X.copy()
    record = cr.trace(layer, x, W).run(x, W)
    record["x"][:] = 9.0
    record.output["h"][:] = 9.0
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(record["h"], [0.0, 2.0, 0.0])


def test_a_graph_runs_at_other_values_and_at_other_shapes() -> None:
    graph = cr.trace(layer, X, W)
    np.testing.assert_array_equal(graph.run(2 * X, W)["z"], [-2.0, 4.0, -10.0])
    np.testing.assert_array_equal(graph.run(np.ones(1), W[:, :1])["z"], [1.0, 3.0, -1.0])


def test_a_function_without_arguments() -> None:
    assert cr.trace(lambda: 2.0).run().output == 2.0


def test_the_first_value_that_is_not_finite() -> None:
    def f(x: Any) -> Any:
        y = cr.name(x - 1.0, "y")
        return np.sum(cr.name(np.log(y), "log") * 0.0)

    found = cr.trace(f, X).first_non_finite(np.array([3.0, 1.0]))
    assert found is not None
    assert (found.name, found.op, found.expression, found.shape) == ("log", "log", "np.log(y)", (2,))
    assert found.input_ranges == {"y": (0.0, 2.0)}
    assert found.line is not None
    assert "np.log(y)" in found.line.text
    assert cr.trace(f, X).first_non_finite(np.array([3.0, 2.0])) is None


def test_an_argument_that_is_not_finite_is_the_first() -> None:
    found = cr.trace(layer, X, W).first_non_finite(np.array([np.nan, 1.0]), W)
    assert found is not None
    assert (found.name, found.op, found.input_ranges) == ("x", "input", {})


def test_vec_and_unvec_refuse_what_does_not_fit() -> None:
    for order in ("C", "F"):
        np.testing.assert_array_equal(cr.vec(W, order), W.reshape(-1, order=order))
        np.testing.assert_array_equal(cr.unvec(cr.vec(W, order), W.shape, order), W)
    with pytest.raises(cr.errors.ArgumentError, match="order='K'"):
        cr.vec(W, "K")
    with pytest.raises(cr.errors.ShapeError, match="length 4"):
        cr.unvec(np.ones(6), (2, 2))
