"""Training against gradient descent by hand, closed-form optima, and itself run again."""

import numpy as np
import pytest

from chainrule.errors import ArgumentError
from chainrule.nn import Network, objective
from chainrule.train import (
    SGD,
    Adam,
    ByMinibatch,
    Cosine,
    EarlyStopping,
    ReferenceRunner,
    WarmUp,
    evaluate,
    fit,
)
from chainrule.train.minibatches import draw_orders, split

XOR, XOR_Y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0.0, 1, 1, 0])
rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3))
Y = np.sin(X @ np.array([1.0, -2.0, 0.5])) + 0.1 * rng.normal(size=50)


def assert_same_parameters(first, second):
    for name, array in first.parameters.items():
        np.testing.assert_array_equal(array, second.parameters[name], err_msg=name)


def lectures_nine_scalars(p, X, y, ε):
    """One step on w₁ … w₆, b₁ … b₃, each with its own partial derivative, averaged over the examples."""
    w1, w2, w3, w4, w5, w6, b1, b2, b3 = p
    total = np.zeros(9)
    for (x1, x2), target in zip(X, y, strict=True):
        z1, z2 = w1 * x1 + w2 * x2 + b1, w3 * x1 + w4 * x2 + b2
        h1, h2 = max(z1, 0), max(z2, 0)
        d1, d2 = float(z1 > 0), float(z2 > 0)
        residual = w5 * h1 + w6 * h2 + b3 - target
        partials = [w5 * d1 * x1, w5 * d1 * x2, w6 * d2 * x1, w6 * d2 * x2, h1, h2, w5 * d1, w6 * d2, 1]
        total += residual * np.array(partials)
    return p - ε * total / len(X)


def test_gradient_descent_on_the_nine_scalars_is_that_on_the_matrices():
    net = Network([2, 2, 1], seed=4)
    p = np.concatenate([net.parameters[name].ravel() for name in ("W1", "W2", "b1", "b2")])
    for _ in range(25):
        p = lectures_nine_scalars(p, XOR, XOR_Y, 0.3)
        fit(net, XOR, XOR_Y, optimizer=SGD(0.3), batch_size=4, epochs=1)
        ours = np.concatenate([net.parameters[name].ravel() for name in ("W1", "W2", "b1", "b2")])
        np.testing.assert_allclose(ours, p, rtol=1e-12, atol=1e-14)


def test_each_minibatch_takes_one_step_along_its_own_mean_gradient():
    """A linear network has the gradient residualᵀ X / rows; seven rows make batches of three, three, one."""
    net, n, ε = Network([3, 1], seed=1), 7, 0.05
    W, b = net.parameters["W1"].copy(), net.parameters["b1"].copy()
    means = []
    for order in draw_orders(n, 3, 3, np.random.default_rng(9)):
        losses = []
        for rows in (order[:3], order[3:6], order[6:]):
            residual = X[rows] @ W.T + b - Y[rows, None]
            losses += [len(rows) / n * np.sum(residual**2) / (2 * len(rows))]
            W, b = W - ε * residual.T @ X[rows] / len(rows), b - ε * residual.mean(axis=0)
        means.append(sum(losses))
    history = fit(net, X[:n], Y[:n], optimizer=SGD(ε), batch_size=3, epochs=3, seed=9)
    np.testing.assert_allclose(net.parameters["W1"], W, rtol=1e-12)
    np.testing.assert_allclose(net.parameters["b1"], b, rtol=1e-12)
    np.testing.assert_allclose(history.loss, means, rtol=1e-13)


@pytest.mark.parametrize("optimizer", [SGD(0.1), SGD(0.05, momentum=0.9, nesterov=True), Adam(0.05)])
def test_linear_regression_reaches_the_least_squares_solution(optimizer):
    net = Network([3, 1])
    fit(net, X, Y, optimizer=optimizer, batch_size=50, epochs=1500)
    solution = np.linalg.lstsq(np.hstack([X, np.ones((50, 1))]), Y, rcond=None)[0]
    np.testing.assert_allclose(net.parameters["W1"][0], solution[:3], rtol=1e-6)
    np.testing.assert_allclose(net.parameters["b1"], solution[3:], rtol=1e-6)


def test_l2_weight_decay_reaches_the_ridge_solution():
    net, λ = Network([3, 1], bias=False), 0.3
    fit(net, X, Y, optimizer=SGD(0.1, weight_decay=λ), batch_size=50, epochs=800)
    ridge = np.linalg.solve(X.T @ X / 50 + λ * np.eye(3), X.T @ Y / 50)
    np.testing.assert_allclose(net.parameters["W1"][0], ridge, rtol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_learns_random_labels_by_heart(dtype):
    rng = np.random.default_rng(1)
    rows, labels = rng.normal(size=(30, 5)), rng.integers(0, 4, size=30)
    net = Network([5, 40, 4], output_activation="softmax", dtype=dtype)
    history = fit(net, rows, labels, loss="cross_entropy", optimizer=Adam(0.01), batch_size=10, epochs=200)
    assert (net.predict(rows).argmax(axis=1) == labels).all()
    assert history[-1].loss < 0.01 * history[0].loss
    np.testing.assert_allclose(net.predict(rows).sum(axis=1), 1, rtol=1e-5)


def test_logistic_regression_separates_with_labels_of_any_spelling():
    y = (X[:, 0] > 0).astype(int)
    nets = []
    for spelled in (y, y[:, None], y.astype(bool), y.astype(np.float32)):
        nets.append(Network([3, 1], output_activation="sigmoid"))
        fit(nets[-1], X, spelled, loss="cross_entropy", optimizer="adam", batch_size=10, epochs=20)
    for net in nets[1:]:
        assert_same_parameters(nets[0], net)


def test_same_seed_same_bits_and_another_seed_other_bits():
    runs = []
    for seed in (5, np.random.default_rng(5), 6):
        net = Network([3, 10, 1], activation="tanh", seed=2)
        history = fit(net, X, Y, optimizer=Adam(0.01), batch_size=7, epochs=20, seed=seed, validation=0.2)
        runs.append((net, history))
    assert_same_parameters(runs[0][0], runs[1][0])
    np.testing.assert_array_equal(runs[0][1].loss, runs[1][1].loss)
    np.testing.assert_array_equal(runs[0][1].validation_loss, runs[1][1].validation_loss)
    assert not np.array_equal(runs[0][1].loss, runs[2][1].loss)


def test_looking_after_every_epoch_changes_no_bit():
    nets, histories = [], []
    for callbacks in ((), [lambda record, network: None]):
        nets.append(Network([3, 10, 1], seed=2))
        histories.append(fit(nets[-1], X, Y, batch_size=7, epochs=40, callbacks=callbacks))
    assert_same_parameters(*nets)
    np.testing.assert_array_equal(histories[0].loss, histories[1].loss)


def test_a_batch_larger_than_the_data_is_the_full_batch():
    nets = [Network([3, 4, 1]), Network([3, 4, 1])]
    for net, batch_size in zip(nets, (50, 1000), strict=True):
        fit(net, X, Y, batch_size=batch_size, epochs=5)
    assert_same_parameters(*nets)


def test_schedule_scales_the_learning_rate_and_history_keeps_it():
    net, twin = Network([3, 4, 1]), Network([3, 4, 1])
    history = fit(net, X, Y, optimizer=SGD(0.2), epochs=4, batch_size=50, schedule=Cosine(4))
    np.testing.assert_allclose(history.learning_rate, 0.2 * np.cos(np.pi * np.arange(4) / 8) ** 2)
    for rate in history.learning_rate.tolist():
        fit(twin, X, Y, optimizer=SGD(rate), epochs=1, batch_size=50)
    assert_same_parameters(net, twin)


@pytest.mark.parametrize("compile", ["reference", "native"])
def test_a_schedule_by_minibatch_changes_the_rate_before_each(compile):
    rng = np.random.default_rng(0)
    x, y, epochs, batch = rng.normal(size=(13, 2)), rng.normal(size=13), 3, 5
    schedule = WarmUp(1, Cosine(2), start=0.0)
    net = Network([2, 1], seed=1)
    W, b = net.parameters["W1"][0].copy(), float(net.parameters["b1"][0])
    history = fit(
        net, x, y, optimizer=SGD(0.5), batch_size=batch, epochs=epochs, seed=7, compile=compile,
        schedule=ByMinibatch(schedule),
    )  # fmt: skip
    for epoch, order in enumerate(draw_orders(13, epochs, batch, np.random.default_rng(7))):
        for k in range(3):
            rows = order[batch * k : batch * (k + 1)]
            error = x[rows] @ W + b - y[rows]
            rate = 0.5 * schedule(epoch + k / 3)
            W, b = W - rate * error @ x[rows] / len(rows), b - rate * error.mean()
    np.testing.assert_allclose(net.parameters["W1"][0], W, rtol=1e-12)
    np.testing.assert_allclose(net.parameters["b1"], b, rtol=1e-12)
    np.testing.assert_allclose(history.learning_rate, [0.0, 0.5, 0.25])


def test_a_schedule_by_minibatch_must_give_rates():
    def falls(epoch):
        return 1.0 - 1.5 * (epoch % 1)

    with pytest.raises(ArgumentError, match=r"learning rate -0.00714.* in epoch 1"):
        fit(Network([3, 1]), X, Y, batch_size=len(X) // 6, schedule=ByMinibatch(falls), epochs=2)
    with pytest.raises(ArgumentError, match="schedule='cosine'"):
        ByMinibatch("cosine")


def test_history_counts_epochs_and_time():
    history = fit(Network([3, 4, 1]), X, Y, epochs=7)
    assert [record.epoch for record in history] == list(range(1, 8))
    assert history.stopped_by == "epochs"
    assert history.validation_loss is None
    assert (history.seconds > 0).all()


@pytest.mark.parametrize("validation", [0.2, (X[:10], Y[:10])])
def test_validation_loss_is_that_of_the_held_out_rows(validation):
    net = Network([3, 4, 1])
    seen = []
    history = fit(
        net,
        X,
        Y,
        epochs=5,
        validation=validation,
        callbacks=[lambda record, network: seen.append(record) and None],
    )
    assert seen == list(history)
    if isinstance(validation, tuple):
        assert history[-1].validation_loss == evaluate(net, *validation)


def test_held_out_rows_are_not_trained_on():
    """Held-out rows with huge targets would ruin the fit of the others; the split is the first draw."""
    _, held = split(50, 0.2, np.random.default_rng(3))
    spoilt = Y.copy()
    spoilt[held] = 1e6
    nets = [Network([3, 4, 1]), Network([3, 4, 1])]
    for net, y in zip(nets, (Y, spoilt), strict=True):
        fit(net, X, y, epochs=5, seed=3, validation=0.2)
    assert_same_parameters(*nets)


def test_early_stopping_restores_the_best_parameters():
    """Pure-noise targets: the validation loss soon rises, and patience runs out."""
    rng = np.random.default_rng(2)
    noise, validation = rng.normal(size=50), (rng.normal(size=(40, 3)), rng.normal(size=40))
    net, kept = Network([3, 30, 1], seed=1), []
    history = fit(
        net,
        X,
        noise,
        optimizer=Adam(0.02),
        batch_size=10,
        epochs=500,
        validation=validation,
        early_stopping=EarlyStopping(patience=5),
        callbacks=[lambda record, network: kept.append(network.parameters) and None],
    )
    assert history.stopped_by == "early_stopping"
    assert len(history) == history.best.epoch + 5
    assert evaluate(net, *validation) == history.best.validation_loss
    np.testing.assert_array_equal(net.parameters["W1"], kept[history.best.epoch - 1]["W1"])
    assert not np.array_equal(net.parameters["W1"], kept[-1]["W1"])


def test_early_stopping_restores_the_best_even_when_all_epochs_run():
    validation = (X[:20], -Y[:20])
    net = Network([3, 10, 1], seed=1)
    history = fit(net, X, Y, epochs=8, validation=validation, early_stopping=EarlyStopping(patience=100))
    assert history.stopped_by == "epochs"
    assert evaluate(net, *validation) == history.validation_loss.min()


def test_a_callback_stops_training_and_sees_the_network():
    losses = []

    def callback(record, network):
        losses.append(evaluate(network, X, Y))
        return record.epoch == 3

    net = Network([3, 4, 1])
    history = fit(net, X, Y, epochs=10, callbacks=[callback])
    assert (len(history), history.stopped_by) == (3, "callback")
    assert losses[-1] == evaluate(net, X, Y)


def test_ctrl_c_in_a_callback_keeps_the_epochs_so_far():
    def interrupt(record, network):
        if record.epoch == 4:
            raise KeyboardInterrupt

    net, twin = Network([3, 4, 1]), Network([3, 4, 1])
    history = fit(net, X, Y, epochs=10, callbacks=[interrupt])
    fit(twin, X, Y, epochs=4)
    assert (len(history), history.stopped_by) == (4, "interrupt")
    assert_same_parameters(net, twin)


def test_ctrl_c_inside_an_epoch_keeps_its_complete_minibatches():
    class Interrupted(ReferenceRunner):
        steps = 0

        def _step(self, rows, learning_rate):
            self.steps += 1
            if self.steps == 8:
                raise KeyboardInterrupt
            return super()._step(rows, learning_rate)

    net = Network([3, 4, 1])
    by_hand = ReferenceRunner(objective(net), net.parameters, (X, Y[:, None]), SGD(0.1), 10)
    orders = draw_orders(50, 2, 10, np.random.default_rng(0))
    by_hand.run(orders[:1], np.array([0.1]))
    by_hand.run(orders[1:, :20], np.array([0.1]))  # the eighth minibatch is the third of the second epoch
    history = fit(net, X, Y, batch_size=10, epochs=10, runner=Interrupted)
    assert history.stopped_by == "interrupt"
    assert len(history) == 1
    assert_same_parameters(net, net.with_parameters(by_hand.parameters))


def test_training_in_another_precision_leaves_the_network_in_it():
    net = Network([3, 4, 1])
    fit(net, X, Y, epochs=2, dtype=np.float32)
    assert net.dtype == np.float32
    twin = Network([3, 4, 1], dtype=np.float32)
    fit(twin, X.astype(np.float32), Y.astype(np.float32), epochs=2)
    assert_same_parameters(net, twin)


def test_a_loss_of_ones_own_is_minimised():
    def quantile(output, y, q=0.9):
        r = y - output
        return np.mean(np.maximum(q * r, (q - 1) * r))

    net = Network([1, 1])
    y = np.linspace(0, 1, 101)
    fit(net, np.zeros((101, 1)), y, loss=quantile, optimizer=SGD(0.01), batch_size=101, epochs=800)
    assert net.predict([0.0])[0] == pytest.approx(0.9, abs=0.015)


def test_several_yes_or_no_outputs():
    y = np.stack([X[:, 0] > 0, X[:, 1] > 0], axis=1)
    net = Network([3, 2], output_activation="sigmoid")
    fit(net, X, y, loss="binary_cross_entropy", optimizer=Adam(0.1), epochs=60)
    assert ((net.predict(X) > 0.5) == y).mean() > 0.95


def test_evaluate_in_pieces_is_the_mean_over_all_rows():
    rows, y = rng.normal(size=(10_000, 3)), rng.normal(size=10_000)
    net = Network([3, 4, 1])
    np.testing.assert_allclose(
        evaluate(net, rows, y), np.sum((net.predict(rows)[:, 0] - y) ** 2) / 20_000, rtol=1e-12
    )
