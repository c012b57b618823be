"""Weights of rows: Σ wᵢ lᵢ / Σ wᵢ, which whole numbers write as rows repeated."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ChainruleError, DataError, ShapeError
from chainrule.nn import LOSSES, Network, objective
from chainrule.train import SGD, Adam, EarlyStopping, evaluate, fit
from chainrule.train.minibatches import shares
from chainrule.train.native import NativeRunner
from chainrule.train.runner import ReferenceRunner

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(12, 3)), RNG.normal(size=(12, 2))
W = RNG.integers(1, 4, size=12)


def targets(loss: str) -> np.ndarray:
    return Y > 0 if loss == "binary_cross_entropy" else np.argmax(Y, 1) if loss == "cross_entropy" else Y


@pytest.mark.parametrize("loss", LOSSES)
def test_a_whole_weight_is_a_row_that_often(loss: str) -> None:
    f = objective(Network([3, 4, 2], seed=1), loss)
    parameters, y = Network([3, 4, 2], seed=1).parameters, targets(loss)
    value, gradient = cr.value_and_grad(f)(parameters, X, y, W.astype(float))
    repeated, its_gradient = cr.value_and_grad(f)(
        parameters, np.repeat(X, W, axis=0), np.repeat(y, W, axis=0)
    )
    np.testing.assert_allclose(value, repeated, rtol=1e-13)
    for name in gradient:
        np.testing.assert_allclose(gradient[name], its_gradient[name], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_the_weighted_mean_of_each_rows_own(loss: str) -> None:
    y, output, w = targets(loss), RNG.normal(size=(12, 2)), RNG.uniform(size=12)
    own = [LOSSES[loss](output[[i]], y[[i]]) for i in range(12)]
    np.testing.assert_allclose(LOSSES[loss](output, y, w), np.average(own, weights=w), rtol=1e-13)


def test_the_gradient_of_a_weighted_loss_is_checked() -> None:
    assert cr.check(lambda output, w: LOSSES["huber"](output, Y, w), at=(X[:, :2], W.astype(float)))


@pytest.mark.parametrize("compile", ["native", "reference"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fitting_reaches_the_weighted_least_squares_solution(compile: str, dtype: str) -> None:
    net = Network([3, 2], dtype=dtype)
    history = fit(net, X, Y, sample_weight=W, optimizer=SGD(0.3), batch_size=12, epochs=600, compile=compile)
    root = np.sqrt(W)[:, None]
    design = np.hstack([X, np.ones((12, 1))])
    solution = np.linalg.lstsq(design * root, Y * root, rcond=None)[0]
    np.testing.assert_allclose(
        net.parameters["W1"], solution[:3].T, rtol=1e-4 if dtype == "float32" else 1e-9
    )
    squares = np.sum((design @ solution - Y) ** 2, axis=1)
    assert history.loss[-1] == pytest.approx(np.average(squares, weights=W) / 2, rel=1e-5)
    assert evaluate(net, X, Y, sample_weight=W) == pytest.approx(history.loss[-1], rel=1e-5)


def test_native_is_the_reference_with_a_last_smaller_minibatch() -> None:
    net, weight = Network([3, 5, 2], seed=1), RNG.uniform(size=12)
    arguments = (objective(net), net.parameters, (X, Y, weight), Adam(0.01), 5)
    runners = NativeRunner(*arguments), ReferenceRunner(*arguments)
    orders = np.stack([RNG.permutation(12) for _ in range(3)])
    losses = [runner.run(orders, np.full(3, 0.01)) for runner in runners]
    np.testing.assert_allclose(*losses, rtol=1e-11)
    for name in net.parameters:
        np.testing.assert_allclose(*[runner.parameters[name] for runner in runners], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("factor", [2.0**-800, 2.0**-100, 2.0**100, 2.0**1015])
@pytest.mark.parametrize("compile", ["reference", "native"])
def test_only_ratios_of_weights_matter(compile: str, factor: float, dtype: str) -> None:
    found = []
    for weight in (W, W * factor):
        net = Network([3, 4, 2], seed=1, dtype=dtype)
        history = fit(net, X, Y, sample_weight=weight, batch_size=5, epochs=2, compile=compile)
        found.append([*history.loss, *net.parameters["W1"].ravel()])
    np.testing.assert_array_equal(*found)


def test_rows_of_weight_zero_are_not_there() -> None:
    nets, weight = [Network([3, 4, 2]), Network([3, 4, 2])], np.where(np.arange(12) % 3, 2.0, 0.0)
    kept = weight > 0
    options: dict[str, Any] = {
        "batch_size": 3,
        "epochs": 5,
        "validation": 0.25,
        "early_stopping": EarlyStopping(9),
    }
    fit(nets[0], X, Y, sample_weight=weight, **options)
    fit(nets[1], X[kept], Y[kept], sample_weight=weight[kept], **options)
    for name, array in nets[0].parameters.items():
        np.testing.assert_array_equal(array, nets[1].parameters[name])


def test_an_epochs_loss_weighs_its_minibatches() -> None:
    net = Network([3, 4, 2])
    history = fit(net, X, Y, sample_weight=W, optimizer=SGD(0.0), batch_size=5, epochs=2)
    np.testing.assert_allclose(history.loss, evaluate(net, X, Y, sample_weight=W), rtol=1e-13)
    np.testing.assert_allclose(shares(np.arange(12)[None], 5, W).sum(), 1)


def test_held_out_rows_keep_their_weights_and_others_bring_theirs() -> None:
    net = Network([3, 4, 2])
    history = fit(net, X, Y, epochs=2, validation=(X, Y, W))
    assert history[-1].validation_loss == evaluate(net, X, Y, sample_weight=W)


def test_a_loss_of_ones_own_takes_the_weights_as_a_third_argument() -> None:
    def absolute(output: Any, y: Any, sample_weight: Any) -> Any:
        return np.sum(sample_weight * np.abs(output - y)[:, 0]) / np.sum(sample_weight)

    net, weights = Network([3, 1]), np.array([1.0, 5.0, 1.0])
    fit(
        net,
        np.zeros((3, 3)),
        [1, 2, 3],
        loss=absolute,
        sample_weight=weights,
        optimizer=SGD(0.01),
        epochs=400,
    )
    assert net.predict(np.zeros(3))[0] == pytest.approx(2, abs=0.02)  # the weighted median


@pytest.mark.parametrize(
    ("weight", "error", "message"),
    [
        (np.ones(5), ShapeError, r"sample_weight has shape \(5,\).*\(12,\), one for each row"),
        (np.ones((12, 1)), ShapeError, r"shape \(12, 1\)"),
        (-np.eye(12)[3], DataError, r"sample_weight\[3\] is -1"),
        (np.zeros(12), DataError, "0 in every row"),
        (np.full(12, np.nan), DataError, r"sample_weight\[0\] is nan"),
        (["a"] * 12, ChainruleError, "sample_weight"),
    ],
)
def test_weights_that_make_no_sense(weight: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"(?s){message}"):
        fit(Network([3, 2]), X, Y, sample_weight=weight)


def test_a_loss_that_takes_no_weights_is_named() -> None:
    def mean(output: Any, y: Any) -> Any:
        return np.mean((output - y) ** 2)

    with pytest.raises(ArgumentError, match=r"(?s)loss 'mean', which takes two arguments.*sample_weight\)"):
        fit(Network([3, 2]), X, Y, loss=mean, sample_weight=W)
