"""Gradients wrong in the ways in which people get them wrong: FAIL, and the wrong entry is named."""

import numpy as np
import pytest

import chainrule as cr


def batch_loss(W1, b1, W2, b2, X, Y):
    """f_MSE of a 3-layer network with tanh."""
    yhat = np.tanh(X @ W1.T + b1) @ W2.T + b2
    return np.sum((yhat - Y) ** 2) / (2 * len(X))


def gradients(W1, b1, W2, b2, X, Y):
    h = np.tanh(X @ W1.T + b1)
    p = (h @ W2.T + b2 - Y) / len(X)
    q = p @ W2 * (1 - h**2)
    return {"W1": q.T @ X, "b1": q.sum(0), "W2": p.T @ h, "b2": p.sum(0)}


def network(inputs, hidden, outputs, rows, seed=0):
    rng = np.random.default_rng(seed)
    shapes = [(hidden, inputs), (hidden,), (outputs, hidden), (outputs,), (rows, inputs), (rows, outputs)]
    return dict(
        zip(["W1", "b1", "W2", "b2", "X", "Y"], [rng.normal(size=shape) for shape in shapes], strict=True)
    )


AT = network(3, 3, 3, 5)
WRT = ("W1", "b1", "W2", "b2")


def check(wrong):
    return cr.check(batch_loss, wrong, at=AT, wrt=WRT)


def changed(**functions):
    right = gradients(**AT)
    return {name: functions[name](g) if name in functions else g for name, g in right.items()}


def failed(report):
    return [row.name for row in report.rows if str(row.verdict) == "FAIL"]


def test_the_right_gradient_passes():
    assert check(gradients)


@pytest.mark.parametrize("factor", [-1.0, 2.0, 5.0, 0.2, 1 + 1e-6])
@pytest.mark.parametrize("name", WRT)
def test_a_constant_factor_is_found_in_every_entry_of_its_tensor_alone(name, factor):
    report = check(changed(**{name: lambda g: factor * g}))
    assert failed(report) == [row.name for row in report.rows if row.parameter == name]
    assert f"analytic / numeric = {factor:.6g}" in report.worst.reason


@pytest.mark.parametrize("error", [1.0, 1e-3, 1e-6, 1e-9])
def test_one_wrong_entry_is_named(error):
    def wrong(g):
        g[2, 1] += error
        return g

    report = check(changed(W1=wrong))
    assert failed(report) == ["W1[2, 1]"]
    assert report.worst.index == (2, 1)
    np.testing.assert_allclose(report.worst.difference, error, rtol=1e-3)


def test_a_transposed_gradient_fails():
    assert {row.split("[")[0] for row in failed(check(changed(W2=np.transpose)))} == {"W2"}


def test_a_permuted_gradient_fails():
    assert len(failed(check(changed(b1=lambda g: g[::-1])))) == 2


def test_a_missing_sum_over_the_batch_fails():
    def wrong(**at):
        h = np.tanh(at["X"] @ at["W1"].T + at["b1"])
        return gradients(**at) | {"b2": ((h @ at["W2"].T + at["b2"] - at["Y"]) / len(h))[0]}

    assert failed(check(wrong)) == ["b2[0]", "b2[1]", "b2[2]"]


def test_a_forgotten_derivative_of_the_activation_fails():
    def wrong(**at):
        p = (np.tanh(at["X"] @ at["W1"].T + at["b1"]) @ at["W2"].T + at["b2"] - at["Y"]) / len(at["X"])
        return gradients(**at) | {"W1": (p @ at["W2"]).T @ at["X"]}

    assert {row.split("[")[0] for row in failed(check(wrong))} == {"W1"}


def test_a_detached_parameter_fails():
    assert len(failed(check(changed(W2=np.zeros_like)))) == 9


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_derivative_that_is_not_finite_fails_where_f_is(value):
    def wrong(g):
        g[1] = value
        return g

    report = check(changed(b1=wrong))
    assert failed(report) == ["b1[1]"]
    assert str(value) in report.worst.reason


def test_a_wrong_entry_of_a_jacobian_is_named_with_its_output():
    J = AT["W1"].copy()
    J[2, 0] *= 1.001
    report = cr.check(lambda x: AT["W1"] @ x, J, at=AT["b1"])
    assert [(row.index, row.output) for row in report.rows if str(row.verdict) == "FAIL"] == [((0,), 2)]


def test_a_tiny_function_with_its_sign_flipped_fails():
    assert failed(cr.check(lambda x: 1e-7 * np.sin(x), lambda x: -1e-7 * np.cos(x), at=0.4)) == ["x"]


LARGE = network(60, 40, 3, 20, seed=3)


def test_a_large_tensor_passes_on_random_directions():
    report = cr.check(batch_loss, gradients, at=LARGE, wrt=WRT)
    assert report, report
    assert report.rows[0].name == "W1[2400 entries]"
    assert report.rows[0].index is None


@pytest.mark.parametrize("wrong", [{(7, 31)}, {(0, 0), (39, 59)}, {(3, 3), (3, 4), (20, 0)}])
@pytest.mark.parametrize("seed", range(3))
def test_wrong_entries_of_a_large_tensor_are_located(wrong, seed):
    given = gradients(**LARGE)
    for index in wrong:
        given["W1"][index] += 1e-4
    report = cr.check(batch_loss, given, at=LARGE, wrt=WRT, seed=seed)
    assert {row.index for row in report.rows if str(row.verdict) == "FAIL"} == wrong


def test_a_large_tensor_wrong_everywhere_does_not_cost_a_look_at_every_entry():
    given = gradients(**LARGE)
    given["W1"] *= 2
    report = cr.check(batch_loss, given["W1"], at=LARGE, wrt="W1")
    assert str(report.verdict) == "FAIL"
    assert report.evaluations < 1500
