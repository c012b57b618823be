"""The loop with runners of other makes: what it asks of them, and that it adds nothing of its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ArgumentError
from chainrule.nn import Network, objective
from chainrule.train import SGD, Adam, ReferenceRunner, RMSprop, fit
from chainrule.train.loop import MOST_ROWS, Loop, Pace
from chainrule.train.minibatches import cut, draw_orders
from chainrule.train.native import NativeRunner
from chainrule.train.rates import Rates
from chainrule.train.watch import Watch

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(23, 3)), rng.normal(size=23)


class LinearRegressionByHand:
    """Another implementation of the protocol: W and b updated in place by their closed-form gradients."""

    def __init__(self, objective, parameters, data, optimiser, batch_size):
        self.W, self.b = parameters["W1"].copy(), parameters["b1"].copy()
        self.data, self.batch_size = data, batch_size
        self.optimiser_state = {}
        self.suspect, self.finite = (None, np.arange(0)), True

    @property
    def parameters(self):
        return {"W1": self.W.copy(), "b1": self.b.copy()}

    def run(self, orders, learning_rates):
        losses = []
        for order, ε in zip(orders, learning_rates, strict=True):
            for rows in cut(order, self.batch_size):
                x, y = (array[rows] for array in self.data)
                residual = x @ self.W.T + self.b - y
                losses.append(np.sum(residual**2) / (2 * len(rows)))
                self.W -= ε * residual.T @ x / len(rows)
                self.b -= ε * residual.sum(axis=0) / len(rows)
        return np.array(losses).reshape(len(orders), -1)


@pytest.mark.parametrize("make", [ReferenceRunner, NativeRunner])
@pytest.mark.parametrize("state", ["other sizes", "other optimiser", "none", "text"])
def test_a_state_of_another_training_is_refused(make, state):
    net, other = Network([2, 3, 1]), Network([2, 4, 1])
    data = (np.ones((6, 2)), np.ones((6, 1)))

    def state_of(network, optimiser):
        return make(objective(network), network.parameters, data, optimiser, 2).optimiser_state

    given = {"other sizes": state_of(other, Adam()), "other optimiser": state_of(net, RMSprop())}
    given |= {"none": {}, "text": "adam"}
    with pytest.raises(ArgumentError, match="the optimiser_state of a runner of the same optimiser"):
        make(objective(net), net.parameters, data, Adam(), 2, given[state])
    make(objective(net), net.parameters, data, Adam(), 2, state_of(net, Adam()))


@pytest.mark.parametrize("extras", [{}, {"validation": 0.3}, {"callbacks": [lambda record, network: None]}])
def test_another_runner_takes_the_place_of_the_reference(extras):
    nets = [Network([3, 1]), Network([3, 1])]
    histories = [
        fit(net, X, Y, batch_size=4, epochs=30, runner=runner, **extras)
        for net, runner in zip(nets, (ReferenceRunner, LinearRegressionByHand), strict=True)
    ]
    np.testing.assert_allclose(nets[1].parameters["W1"], nets[0].parameters["W1"], rtol=1e-10)
    np.testing.assert_allclose(histories[1].loss, histories[0].loss, rtol=1e-10)


class Recorder:
    """Trains nothing, and keeps what it was asked for; its losses say which minibatch they belong to."""

    parameters = {"w": np.zeros(1)}  # noqa: RUF012
    optimiser_state = {}  # noqa: RUF012
    suspect = (None, np.arange(0))
    finite = True

    def __init__(self, batch_size):
        self.batch_size, self.asked, self.count = batch_size, [], 0

    def run(self, orders, learning_rates):
        self.asked.append((orders.copy(), learning_rates))
        shape = (len(orders), len(list(cut(orders[0], self.batch_size))))
        self.count += np.prod(shape)
        return np.arange(self.count - np.prod(shape), self.count, dtype=float).reshape(shape)


def loop(runner, rows, batch_size, epochs, *, idle=True, pace=None):
    callbacks = () if idle else (lambda record, network: None,)
    watch = Watch(Network([1, 1]).with_parameters({"W1": [[0]], "b1": [0]}), None, None, callbacks)
    if not idle:
        runner.parameters = watch.network.parameters
    return Loop(
        runner,
        rows,
        batch_size,
        Rates(epochs, schedule=float),
        np.random.default_rng(5),
        watch,
        lambda *_: None,
        AssertionError,
        pace=pace or Pace(),
    )


@given(
    rows=st.integers(1, 40),
    batch_size=st.integers(1, 45),
    epochs=st.integers(1, 12),
    idle=st.booleans(),
    pace=st.integers(1, 60),
)
def test_whatever_the_pace_the_runner_sees_the_same_minibatches(rows, batch_size, epochs, idle, pace):
    runner = Recorder(batch_size)
    running = loop(runner, rows, batch_size, epochs, idle=idle, pace=Pace(minibatches=pace))
    assert running.run() == "epochs"
    seen = []
    for orders, rates in runner.asked:
        assert orders.shape[1] == rows or len(orders) == 1
        seen += [
            (rate, rows_.tolist())
            for order, rate in zip(orders, rates, strict=True)
            for rows_ in cut(order, batch_size)
        ]
    expected = draw_orders(rows, epochs, batch_size, np.random.default_rng(5))
    assert seen == [
        (float(e), piece.tolist()) for e in range(epochs) for piece in cut(expected[e], batch_size)
    ]


def test_an_epochs_loss_weighs_a_smaller_last_minibatch_less():
    running = loop(Recorder(4), 10, 4, 2)
    running.run()
    assert running.ledger.history("epochs", validated=False).loss.tolist() == pytest.approx(
        [(0 * 4 + 1 * 4 + 2 * 2) / 10, (3 * 4 + 4 * 4 + 5 * 2) / 10]
    )


def test_many_short_epochs_go_in_one_call_but_never_too_many_rows():
    runner = Recorder(4)
    loop(runner, 8, 4, 100, pace=Pace(budget=1e9, minibatches=20)).run()
    assert [len(orders) for orders, _ in runner.asked] == [10, 80, 10]
    wide = Recorder(MOST_ROWS)
    loop(wide, MOST_ROWS // 2, MOST_ROWS, 5, pace=Pace(budget=1e9, minibatches=1000)).run()
    assert [len(orders) for orders, _ in wide.asked] == [2, 2, 1]


def test_pace_aims_at_its_budget_and_starts_carefully():
    pace = Pace(budget=0.05)
    for _ in range(10):
        pace.measured(pace.minibatches, pace.minibatches * 1e-4)
    assert pace.minibatches == 500
    pace.measured(500, 5.0)
    assert pace.minibatches == 5
    pace.measured(1, 3.0)
    assert pace.minibatches == 1


def test_the_reference_runner_stops_before_the_update_of_a_loss_that_is_not_finite():
    net = Network([3, 1])
    data = np.vstack([X, np.full((1, 3), 1e200)]), np.append(Y, 0.0)[:, None]
    runner = ReferenceRunner(objective(net), net.parameters, data, SGD(0.1), 8)
    losses = runner.run(np.array([[*range(8), *range(16, 24), *range(8, 16)]]), np.array([0.1]))
    assert np.isfinite(losses[0, 0])
    assert losses[0, 1] == np.inf
    assert np.isnan(losses[0, 2])
    parameters, rows = runner.suspect
    assert rows.tolist() == list(range(16, 24))
    assert all(np.isfinite(array).all() for array in parameters.values())


def test_a_state_given_back_continues_as_if_nothing_had_happened():
    net, optimiser = Network([3, 4, 1]), SGD(0.05, momentum=0.9)
    data = X, Y[:, None]
    orders = draw_orders(23, 4, 5, np.random.default_rng(0))
    through = ReferenceRunner(objective(net), net.parameters, data, optimiser, 5)
    through.run(orders, np.full(4, 0.05))
    first = ReferenceRunner(objective(net), net.parameters, data, optimiser, 5)
    first.run(orders[:2], np.full(2, 0.05))
    second = ReferenceRunner(objective(net), first.parameters, data, optimiser, 5, first.optimiser_state)
    second.run(orders[2:], np.full(2, 0.05))
    for name, array in through.parameters.items():
        np.testing.assert_array_equal(second.parameters[name], array)
