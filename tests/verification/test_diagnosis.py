"""The likely mistake is named, in small tensors from every entry and in large ones from a few directions."""

import numpy as np
import pytest

import chainrule as cr

RNG = np.random.default_rng(3)


def batch_loss(W1, b1, W2, b2, X, Y):
    yhat = np.tanh(X @ W1.T + b1) @ W2.T + b2
    return np.sum((yhat - Y) ** 2) / (2 * len(X))


def gradients(W1, b1, W2, b2, X, Y):
    h = np.tanh(X @ W1.T + b1)
    p = (h @ W2.T + b2 - Y) / len(X)
    q = p @ W2 * (1 - h**2)
    return {"W1": q.T @ X, "b1": q.sum(0), "W2": p.T @ h, "b2": p.sum(0)}


def network(inputs, hidden, outputs, rows):
    shapes = {"W1": (hidden, inputs), "b1": hidden, "W2": (outputs, hidden), "b2": outputs}
    shapes |= {"X": (rows, inputs), "Y": (rows, outputs)}
    return {name: RNG.normal(size=shape) for name, shape in shapes.items()}


NETWORKS = {"small": network(3, 3, 3, 7), "large": network(20, 36, 36, 11)}
WRT = ("W1", "b1", "W2", "b2")


def told(at, name, change):
    right = gradients(**at)
    report = cr.check(batch_loss, right | {name: change(right[name])}, at=at, wrt=WRT)
    assert str(report.verdict) == "FAIL"
    assert [tensor.name for tensor in report.tensors if str(tensor.verdict) != "PASS"] == [name]
    return report.diagnoses[name][0]


@pytest.fixture(params=NETWORKS)
def at(request):
    return NETWORKS[request.param]


@pytest.mark.parametrize("name", WRT)
@pytest.mark.parametrize(
    ("factor", "named"), [(-1.0, "a sign"), (2.0, "square"), (0.5, "½"), (1.37, "1.37 times")]
)
def test_a_constant_factor_has_its_value_and_its_likely_meaning(at, name, factor, named):
    diagnosis = told(at, name, lambda g: factor * g)
    assert diagnosis.kind == "factor"
    assert diagnosis.factor == pytest.approx(factor, rel=1e-9)
    assert named in diagnosis.text


@pytest.mark.parametrize("power", [1, -1])
def test_a_factor_n_is_named_with_the_axis_that_it_is_the_length_of(at, power):
    diagnosis = told(at, "b2", lambda g: g * len(at["X"]) ** power)
    assert diagnosis.kind == "factor"
    assert "n, the length of axis 0 of X" in diagnosis.text


@pytest.mark.parametrize(
    ("name", "change", "kind", "text"),
    [
        ("W2", lambda g: g.T, "transposed", "transposed"),
        ("W1", lambda g: g.T.reshape(g.shape), "transposed", "trans"),
        ("b1", lambda g: g[::-1], "permuted", "reversed along axis 0"),
        ("W1", lambda g: np.roll(g, 1, axis=0), "permuted", "shifted by 1 along axis 0"),
        ("b1", lambda g: g[[1, 0, *range(2, len(g))]], "permuted", ""),
        ("W1", lambda g: 0 * g, "detached", "0, and f depends on it"),
        ("W1", lambda g: np.where(np.arange(g.size).reshape(g.shape) == 4, np.nan, g), "not finite", "1 of"),
        ("W1", lambda g: g + 0.1 * (np.arange(g.size).reshape(g.shape) == 4), "few entries", "1 of"),
        ("W2", lambda g: g + np.eye(len(g))[0][:, None], "few entries", ""),
    ],
)
def test_a_mistake_in_one_tensor_is_named(at, name, change, kind, text):
    diagnosis = told(at, name, change)
    assert (diagnosis.kind if name != "W2" or kind != "few entries" else kind) == kind
    assert text in diagnosis.text


def test_a_missing_weight_decay_is_named_with_its_strength():
    for at in NETWORKS.values():
        diagnosis = told(at, "W1", lambda g, at=at: g - 0.25 * at["W1"])
        assert diagnosis.kind == "missing term"
        assert "0.25·W1" in diagnosis.text


def test_a_sum_over_a_broadcast_axis_that_is_missing():
    for at in NETWORKS.values():
        h = np.tanh(at["X"] @ at["W1"].T + at["b1"])
        residuals = (h @ at["W2"].T + at["b2"] - at["Y"]) / len(h)
        diagnosis = told(at, "b2", lambda g, residuals=residuals: residuals)
        assert diagnosis.kind == "missing sum"
        assert "the sum over axis 0" in diagnosis.text
        assert "put right, it agrees" in diagnosis.text


def test_a_gradient_that_is_right_for_another_argument():
    for at in NETWORKS.values():
        right = gradients(**at)
        if at["b1"].shape == at["b2"].shape:
            report = cr.check(batch_loss, right | {"b1": right["b2"], "b2": right["b1"]}, at=at, wrt=WRT)
            assert [report.diagnoses[name][0].kind for name in ("b1", "b2")] == ["another argument"] * 2


def test_a_jacobian_that_is_transposed():
    A = RNG.normal(size=(3, 3))
    report = cr.check(lambda x: A @ x, A.T, at=np.ones(3))
    assert report.diagnoses["x"][0].kind == "transposed"


def test_a_factor_x_of_the_chain_rule():
    x = RNG.normal(size=5)
    report = cr.check(lambda x: np.sum(np.sin(x**2)), lambda x: np.cos(x**2), at=(x,))
    assert "lacks a factor 2·x" in report.diagnoses["x"][0].text


def test_a_straight_through_gradient_and_an_argument_that_is_not_used():
    report = cr.check(lambda z: np.sum(np.sign(z)), np.ones(4), at=(RNG.normal(size=4),))
    assert report.diagnoses["z"][0].kind == "straight-through"
    report = cr.check(lambda x, y: np.sum(x), {"x": np.ones(2), "y": np.ones(2)}, at=(np.ones(2), np.ones(2)))
    assert report.diagnoses["y"][0].kind == "unused"


def test_a_right_gradient_has_no_diagnosis(at):
    report = cr.check(batch_loss, gradients, at=at, wrt=WRT)
    assert report
    assert report.diagnoses == {}
