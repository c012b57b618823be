"""Arguments get their names, are copied, selected and moved; the function's output becomes one vector."""

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DtypeError
from chainrule.verification.point import bind, flat_output, select


def two(x, W):
    return W @ x


def paths(function, at, wrt=None):
    _, groups = select(bind(function, at), wrt)
    return {item: [tensor.path for tensor in tensors] for item, tensors in groups.items()}


X, W = np.array([1.0, 2.0]), np.array([[1.0, 2.0], [3.0, 4.0]])
PARAMS = {"layer1": {"W": W, "b": X}, "layer2": {"W": W}}


def over_params(params, x):
    return params["layer1"]["W"] @ x


@pytest.mark.parametrize("at", [(X, W), {"x": X, "W": W}, {"W": W, "x": X}])
def test_arguments_are_named_and_reach_the_function(at):
    point = bind(two, at)
    assert sorted(point.paths) == ["W", "x"]
    np.testing.assert_array_equal(point.values(), W @ X)


def test_a_single_argument_needs_no_tuple():
    assert bind(np.sum, X).values() == 3.0
    assert paths(lambda x: x.sum(), X) == {"x": ["x"]}


def test_arguments_of_a_starred_parameter_are_numbered():
    assert paths(lambda *arrays: arrays[0] @ arrays[1], (W, X)) == {
        "arrays/0": ["arrays/0"],
        "arrays/1": ["arrays/1"],
    }


@pytest.mark.parametrize(
    ("wrt", "expected"),
    [
        (None, {"params": ["params/layer1/W", "params/layer1/b", "params/layer2/W"], "x": ["x"]}),
        (1, {"x": ["x"]}),
        (-1, {"x": ["x"]}),
        ("params/layer1", {"params/layer1": ["params/layer1/W", "params/layer1/b"]}),
        ("b", {"params/layer1/b": ["params/layer1/b"]}),
        (["x", "params/layer2/W"], {"x": ["x"], "params/layer2/W": ["params/layer2/W"]}),
    ],
)
def test_wrt_selects_arguments_and_parts_of_them(wrt, expected):
    assert paths(over_params, (PARAMS, X), wrt) == expected


@pytest.mark.parametrize("wrt", ["y", 2, -3, "params/layer3", "W", ("x", "nothing")])
def test_wrt_that_names_nothing_or_two_things_is_refused(wrt):
    with pytest.raises(ArgumentError, match="names no argument"):
        paths(over_params, (PARAMS, X), wrt)


def test_without_wrt_only_floating_arguments_are_checked():
    def f(x, labels, flag, title):
        return x[labels].sum() if flag else title

    assert paths(f, (X, np.array([0, 1]), True, "loss")) == {"x": ["x"]}


def test_integers_are_promoted_where_there_is_nothing_else():
    point, groups = select(bind(lambda n: n * n, 3), None)
    assert groups["n"][0].value.dtype == np.float64
    assert isinstance(point.leaves[0], np.float64)


def test_complex_numbers_cannot_be_selected():
    with pytest.raises(DtypeError, match="complex128"):
        paths(lambda z: abs(z), 1j, wrt="z")


@pytest.mark.parametrize("at", [(X,), (X, W, X), {"x": X}, {"x": X, "W": W, "b": X}, PARAMS])
def test_arguments_that_do_not_fit_the_function_are_refused(at):
    with pytest.raises(ArgumentError, match="does not fit"):
        bind(two, at)


def test_a_function_that_writes_to_its_argument_does_not_move_the_point():
    def f(x):
        x += 1
        return x.sum()

    x = np.array([1.0, 2.0])
    point = bind(f, x)
    assert [point.values().item(), point.values().item()] == [5.0, 5.0]
    np.testing.assert_array_equal(x, [1.0, 2.0])


def test_an_output_that_is_reused_by_the_function_is_copied():
    buffer = np.zeros(1)

    def f(x):
        buffer[:] = x.sum()
        return buffer

    point, groups = select(bind(f, X), None)
    before = point.values()
    line = point.line(groups["x"][0], np.array([1.0, 0.0]), 1)
    assert line(1.0) == 4.0
    assert before == 3.0


def test_a_line_moves_one_tensor_along_a_direction():
    point, groups = select(bind(two, (X, W)), "W")
    line = point.line(groups["W"][0], np.array([[0.0, 1.0], [0.0, 0.0]]), 2)
    np.testing.assert_array_equal(line(0.5), [W[0] @ X + 1.0, W[1] @ X])


def test_a_line_that_leaves_the_domain_is_nan():
    import math

    point, groups = select(bind(math.log, 1.0), None)
    (tensor,) = next(iter(groups.values()))
    line = point.line(tensor, np.array(1.0), 1)
    assert np.isnan(line(-2.0)).all()
    assert line(1.0) == math.log(2.0)


def test_a_tree_of_outputs_is_one_vector():
    np.testing.assert_array_equal(flat_output({"a": W, "b": (1, True)}), [1, 2, 3, 4, 1, 1])


@pytest.mark.parametrize("output", [None, "text", 1j, [1.0, None]])
def test_an_output_that_is_no_number_is_refused(output):
    with pytest.raises(DtypeError, match="the function returned"):
        flat_output(output)
