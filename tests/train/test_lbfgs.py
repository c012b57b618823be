"""L-BFGS against solutions in closed form and SciPy's, and beside the rest of fit."""

import numpy as np
import pytest

from chainrule.errors import ArgumentError, NonFiniteError
from chainrule.nn import Network, smoothed_cross_entropy
from chainrule.train import LBFGS, EarlyStopping, evaluate, fit

RNG = np.random.default_rng(8)
X = RNG.normal(2.0, 3.0, size=(40, 4))
Y = X @ np.array([1.0, -2.0, 0.5, 3.0]) + RNG.normal(size=40)


@pytest.mark.parametrize("compile", ["native", "reference"])
def test_a_quadratic_is_solved_to_the_last_digits(compile: str) -> None:
    net, weight = Network([4, 1]), RNG.uniform(0.5, 2, size=40)
    history = fit(net, X, Y, optimizer="lbfgs", epochs=200, l2=0.3, sample_weight=weight, compile=compile)
    centred = np.hstack([X, np.ones((40, 1))])
    hessian = (centred.T * weight) @ centred / weight.sum() + np.diag([0.3] * 4 + [0.0])
    solution = np.linalg.solve(hessian, (centred.T * weight) @ Y / weight.sum())
    np.testing.assert_allclose([*net.parameters["W1"][0], *net.parameters["b1"]], solution, rtol=1e-6)
    assert history.stopped_by == "converged"
    assert (np.diff(history.loss) <= 0).all()


def test_the_lasso_has_weights_at_zero() -> None:
    """KKT: where l1 exceeds the largest correlation, no weight is worth it."""
    net = Network([4, 1], bias=False, seed=1)
    largest = np.abs(X.T @ Y).max() / 40
    fit(net, X, Y, optimizer="lbfgs", epochs=300, l1=1.1 * largest)
    np.testing.assert_allclose(net.parameters["W1"], 0, atol=2e-2)


def test_smoothed_labels_have_their_minimum_at_the_smoothed_probabilities() -> None:
    """One constant input: the network is a distribution, and learns that of the smoothed labels."""
    labels, α = np.array([0, 0, 0, 1]), 0.2
    net = Network([1, 3], output_activation="softmax")
    fit(net, np.ones((4, 1)), labels, loss=smoothed_cross_entropy(α), optimizer="lbfgs", epochs=100)
    np.testing.assert_allclose(net.predict([1.0]), 0.8 * np.array([0.75, 0.25, 0]) + α / 3, atol=1e-5)
    single = Network([1, 1], output_activation="sigmoid")
    fit(single, np.ones((4, 1)), labels, loss=smoothed_cross_entropy(α), optimizer="lbfgs", epochs=100)
    np.testing.assert_allclose(single.predict([1.0]), 0.8 * 0.25 + 0.1, atol=1e-5)


@pytest.mark.parametrize("weight", [None, RNG.uniform(size=6)])
def test_smoothed_cross_entropy_is_that_of_smoothed_rows(weight: np.ndarray | None) -> None:
    z, labels, α = RNG.normal(size=(6, 3)), np.array([0, 2, 1, 1, 0, 2]), 0.3
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    rows = -np.sum(((1 - α) * np.eye(3)[labels] + α / 3) * log_p, axis=1)
    for y in (labels, np.eye(3)[labels]):
        smoothed = smoothed_cross_entropy(α)(z, y, weight)
        np.testing.assert_allclose(smoothed, np.average(rows, weights=weight), rtol=1e-13)
    with pytest.raises(ArgumentError, match=r"label_smoothing=1\.5"):
        smoothed_cross_entropy(1.5)


def test_a_float32_network_is_fitted_in_float64_and_stays_float32() -> None:
    net = Network([4, 6, 1], activation="tanh", dtype="float32")
    history = fit(net, X, Y, optimizer=LBFGS(memory=5), epochs=60)
    assert net.dtype == np.float32
    assert history[-1].loss < 0.2 * history[0].loss
    assert evaluate(net, X, Y) == pytest.approx(history.loss[-1], rel=1e-4)


def test_batch_normalisation_predicts_by_the_statistics_of_all_rows() -> None:
    net = Network([4, 6, 1], normalisation="batch", activation="tanh")
    history = fit(net, X, Y, optimizer="lbfgs", epochs=20)
    np.testing.assert_allclose(net.parameters["mean1"], (X @ net.parameters["W1"].T).mean(axis=0), rtol=1e-9)
    assert evaluate(net, X, Y) == pytest.approx(history.loss[-1], rel=1e-9)


def test_validation_early_stopping_and_callbacks_look_after_each_iteration() -> None:
    noise, seen = RNG.normal(size=40), []
    net = Network([4, 30, 1], seed=1)
    history = fit(
        net, X, noise, optimizer="lbfgs", epochs=200, validation=(X + 1, noise[::-1]),
        early_stopping=EarlyStopping(patience=3), callbacks=[lambda record, _: seen.append(record) and None],
    )  # fmt: skip
    assert history.stopped_by == "early_stopping"
    assert evaluate(net, X + 1, noise[::-1]) == history.validation_loss.min()
    assert [record.loss for record in seen] == history.loss.tolist()
    stopped = fit(
        Network([4, 3, 1]), X, Y, optimizer="lbfgs", callbacks=[lambda record, network: record.epoch == 2]
    )
    assert (len(stopped), stopped.stopped_by) == (2, "callback")


def test_ctrl_c_keeps_the_iterations_so_far() -> None:
    def interrupt(record, network):
        if record.epoch == 3:
            raise KeyboardInterrupt

    net = Network([4, 3, 1])
    history = fit(net, X, Y, optimizer="lbfgs", callbacks=[interrupt])
    assert (len(history), history.stopped_by) == (3, "interrupt")
    assert evaluate(net, X, Y) == pytest.approx(history.loss[-1], rel=1e-12)


def test_what_it_has_no_use_for_is_refused() -> None:
    with pytest.raises(ArgumentError, match="schedule='cosine' with L-BFGS"):
        fit(Network([4, 1]), X, Y, optimizer="lbfgs", schedule="cosine")
    with pytest.raises(ArgumentError, match=r"(?s)dropout with L-BFGS.*'adamw'"):
        fit(Network([4, 3, 1], dropout=0.1), X, Y, optimizer="lbfgs")
    with pytest.raises(ArgumentError, match="memory=0"):
        LBFGS(memory=0)
    net = Network([4, 1])
    net.parameters = {"W1": np.full((1, 4), 1e200), "b1": [0.0]}
    with pytest.raises(NonFiniteError, match="before the first step"):
        fit(net, X, Y, optimizer="lbfgs")
