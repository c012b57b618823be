"""Training in machine code makes the steps that NumPy makes."""

import tracemalloc
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.arguments import read_only
from chainrule.errors import NonFiniteError
from chainrule.execution.native.llvm_ir import Module
from chainrule.nn import Network, objective
from chainrule.train import SGD, Adam, AdamW, Clip, RMSprop, fit
from chainrule.train.native import NativeRunner
from chainrule.train.runner import ReferenceRunner
from chainrule.train.step import Stateful
from chainrule.tree import flatten

RNG = np.random.default_rng(2)
ACTIVATIONS = ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", "heaviside"]
MOMENTUM = SGD(0.05, momentum=0.9, nesterov=True, weight_decay=0.01)
OPTIMISERS = [SGD(0.05), MOMENTUM, Adam(0.01, weight_decay=0.1)]


def data(rows: int, inputs: int, outputs: int, labels: bool, dtype: Any = "float64") -> tuple[Any, ...]:
    X = RNG.normal(size=(rows, inputs)).astype(dtype)
    return X, RNG.integers(0, outputs, rows) if labels else RNG.normal(size=(rows, outputs)).astype(dtype)


def compare(
    net: Network, loss: str, rows: tuple[np.ndarray, ...], optimiser: Any, batch: int, rtol: float
) -> None:
    f = objective(net, loss)
    orders = np.stack([RNG.permutation(len(rows[0])) for _ in range(3)])
    rates = np.array([0.1, 0.05, 0.02]) / rows[0].shape[1]
    native = NativeRunner(f, net.parameters, rows, optimiser, batch)
    reference = ReferenceRunner(f, net.parameters, rows, optimiser, batch)
    np.testing.assert_allclose(native.run(orders, rates), reference.run(orders, rates), rtol=rtol)
    for a, b in zip(flatten(native.parameters)[0], flatten(reference.parameters)[0], strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation: str) -> None:
    net = Network([3, 5, 4, 2], activation=activation, seed=1)
    compare(net, "mse", data(10, 3, 2, False), Adam(0.01), 4, 1e-9)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=["sgd", "momentum", "adam"])
def test_every_loss_and_optimiser(loss: str, optimiser: Any) -> None:
    X, y = data(9, 3, 4, loss == "cross_entropy")
    y = (y > 0).astype(float) if loss == "binary_cross_entropy" else y
    compare(Network([3, 6, 4], seed=1), loss, (X, y), optimiser, 3, 1e-9)


@pytest.mark.parametrize("sizes", [[7, 33, 5], [1, 17, 1], [3, 2], [100, 513, 3], [2, 1, 1, 1]])
@pytest.mark.parametrize("batch", [1, 8, 20])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_odd_sizes_and_a_last_smaller_minibatch(sizes: list[int], batch: int, dtype: str) -> None:
    net = Network(sizes, activation="tanh", seed=0, dtype=dtype)
    rows = data(20 if batch != 8 else 19, sizes[0], sizes[-1], False, dtype)
    compare(net, "mse", rows, SGD(0.001), batch, 1e-3 if dtype == "float32" else 1e-9)


@pytest.mark.parametrize(
    "optimiser",
    [AdamW(0.01), RMSprop(0.01, momentum=0.5), Clip(SGD(0.05, momentum=0.9), norm=0.01, value=0.005)],
    ids=["adamw", "rmsprop", "clip"],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_further_optimisers(optimiser: Any, dtype: str) -> None:
    rows = data(10, 3, 2, False, dtype)
    compare(
        Network([3, 5, 2], seed=1, dtype=dtype),
        "mse",
        rows,
        optimiser,
        4,
        3e-4 if dtype == "float32" else 1e-9,
    )


def test_a_network_without_biases() -> None:
    compare(Network([3, 4, 2], bias=False, seed=1), "mse", data(8, 3, 2, False), SGD(0.05), 4, 1e-10)


def test_a_loss_that_is_not_finite_stops_before_its_update() -> None:
    rows = (np.array([1.0, 2.0, 3.0, 4.0]),)

    def f(w: Any, x: Any) -> Any:
        return np.mean(np.log(w - x))

    native, reference = (make(f, np.array(2.5), rows, SGD(), 1) for make in (NativeRunner, ReferenceRunner))
    orders, rates = np.array([[0, 1, 2, 3]]), np.array([0.0])
    losses = native.run(orders, rates)
    np.testing.assert_array_equal(np.isfinite(losses), [[True, True, False, False]])
    np.testing.assert_allclose(losses, reference.run(orders, rates))
    parameters, suspects = native.suspect
    assert float(parameters) == 2.5
    assert suspects.tolist() == [2]


@pytest.mark.parametrize("kept", [0, 2**20], ids=["written over", "copied"])
def test_arrays_that_were_asked_for_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    monkeypatch.setattr("chainrule.train.native.MOST_KEPT", kept)
    rows = data(12, 3, 2, False)
    net = Network([3, 4, 2], seed=1)
    runners = [make(objective(net, "mse"), net.parameters, rows, Adam(), 4) for make in (NativeRunner,) * 2]
    orders, rates = np.arange(12)[None], np.array([0.1])
    held = []
    for k in range(4):
        np.testing.assert_array_equal(*[runner.run(orders, rates) for runner in runners])
        if k % 2:
            held.append(list(flatten((runners[0].parameters, runners[0].optimiser_state))[0]))
            held.append([leaf.copy() for leaf in held[-1]])
    runners[0].run(orders, rates)
    for asked_for, then in zip(held[::2], held[1::2], strict=True):
        for leaf, copy in zip(asked_for, then, strict=True):
            np.testing.assert_array_equal(leaf, copy)


def test_training_takes_the_memory_of_its_state_and_no_more() -> None:
    """Parameters, velocity and two values on the way, each 8 MB, beside what was given, which it leaves."""
    given, x = np.zeros(10**6), np.ones((4, 1))
    orders = np.array([[0, 1, 2, 3]])
    tracemalloc.start()
    try:
        runner = NativeRunner(lambda w, x: np.mean((w - x) ** 2), given, (x,), SGD(momentum=0.9), 1)
        for _ in range(3):
            runner.run(orders, np.array([0.5]))
        shared = read_only(runner.parameters, given.dtype)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4.5 * given.nbytes
    assert shared is runner.parameters
    assert not given.any()


def test_suspects_where_nothing_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.train.native.MOST_KEPT", 0)
    rows = (np.array([1.0, 2.0, 2.2, 3.0, 4.0]),)

    def f(w: Any, x: Any) -> Any:
        return np.mean(np.log(w - x))

    runner = NativeRunner(f, np.array(2.5), rows, SGD(), 2)
    first = runner.run(np.array([[0, 1]]), np.array([0.0]))
    assert np.isfinite(first).all()
    runner.run(np.array([[1, 0, 2, 4, 3]]), np.array([0.0]))
    parameters, suspects = runner.suspect
    assert (float(parameters), suspects.tolist(), runner.finite) == (2.5, [2, 4], True)


def test_fit_says_where_a_value_stopped_being_finite() -> None:
    X, y = data(64, 3, 1, False)
    with pytest.raises(NonFiniteError) as caught:
        fit(Network([3, 8, 1], seed=0), X, y, optimizer=SGD(1e6), epochs=50, compile="native")
    assert caught.value.instead


def test_the_same_seed_gives_the_same_bits() -> None:
    X, y = data(100, 4, 3, True)
    nets = [Network([4, 16, 3], output_activation="softmax", seed=3) for _ in range(2)]
    for net in nets:
        fit(net, X, y, loss="cross_entropy", optimizer=Adam(), epochs=5, seed=1, compile="native")
    for a, b in zip(nets[0].parameters.values(), nets[1].parameters.values(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_data_and_starting_parameters_are_left_alone() -> None:
    X, y = data(16, 3, 1, False)
    net = Network([3, 4, 1], seed=0)
    before = {name: value.copy() for name, value in net.parameters.items()}
    copies = X.copy(), y.copy()
    started = net.parameters
    fit(net, X, y, epochs=2, compile="native")
    for name, value in started.items():
        np.testing.assert_array_equal(value, before[name])
    np.testing.assert_array_equal(X, copies[0])
    np.testing.assert_array_equal(y, copies[1])


def trained(loss: Any, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    net = Network([3, 8, 1], seed=seed)
    fit(
        net,
        rng.normal(size=(10, 3)),
        rng.normal(size=10),
        loss=loss,
        batch_size=4,
        epochs=3,
        compile="native",
    )
    return net.parameters


def test_an_equal_training_is_not_traced_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = trained("mse", seed=0)
    monkeypatch.setattr("chainrule.core.specialise.trace_function", None)
    for name, value in trained("mse", seed=0).items():
        np.testing.assert_array_equal(value, first[name])
    assert (trained("mse", seed=1)["W1"] != first["W1"]).any()


def test_a_loss_that_reads_what_has_changed_is_traced_again() -> None:
    factors = [1.0]

    def scaled(output: Any, y: Any) -> Any:
        return factors[0] * np.mean((output - y.reshape(output.shape)) ** 2)

    plain = trained(scaled, seed=0)
    factors[0] = 0.0
    start = Network([3, 8, 1], seed=0).parameters
    assert (plain["W1"] != start["W1"]).any()
    np.testing.assert_array_equal(trained(scaled, seed=0)["W1"], start["W1"])


def sorted_squares(output: Any, target: Any) -> Any:
    return np.mean(np.sort(np.ravel((output - target) ** 2)))


def test_what_has_no_machine_code_is_computed_by_numpy_within_the_loop() -> None:
    X, y = data(50, 3, 1, False)
    runs = {}
    for compile in ("native", "reference"):
        net = Network([3, 8, 1], seed=0)
        fit(net, X, y, loss=sorted_squares, epochs=4, batch_size=16, compile=compile)
        runs[compile] = net.parameters
    for name, value in runs["native"].items():
        np.testing.assert_allclose(value, runs["reference"][name], rtol=1e-12)


def test_a_step_that_cannot_be_compiled_falls_back_with_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data(400, 3, 1, False)
    monkeypatch.setattr(Module, "__str__", lambda _: "no code")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = fit(Network([3, 2049, 1], seed=0), X, y, optimizer=SGD(1e-4), epochs=30)
    assert len(list(history)) == 30
    (warning,) = caught
    assert str(warning.message).startswith(
        "training runs in NumPy: LLVM refused the code: <string>:1:1: error"
    )


@dataclass(frozen=True)
class Own:
    """An optimiser whose step becomes no loop: its state is another after the first one."""

    learning_rate: float = 0.01

    def init(self, parameters: Any) -> Any:
        return {}

    def update(self, parameters: Any, gradients: Any, state: Any, learning_rate: Any) -> Any:
        moved = {name: p - learning_rate * gradients[name] for name, p in parameters.items()}
        return moved, {"last": gradients}


def test_an_optimiser_that_becomes_no_loop_falls_back_with_one_warning() -> None:
    X, y = data(400, 3, 1, False)
    with pytest.warns(RuntimeWarning, match="training runs in NumPy: the step returned") as caught:
        history = fit(Network([3, 8, 1], seed=0), X, y, optimizer=Own(), epochs=200)
    assert len(list(history)) == 200
    assert len(caught) == 1
    short = fit(Network([3, 8, 1], seed=0), X, y, optimizer=Own(), epochs=2)
    assert [one.loss for one in short] == [one.loss for one in list(history)[:2]]


def test_a_loss_that_draws_random_numbers_falls_back_with_one_warning() -> None:
    """In machine code every step of a call would have the same ones."""
    X, y = data(400, 3, 1, False)
    rng = np.random.default_rng(0)

    def noisy(output: Any, y: Any) -> Any:
        return np.mean((output - y) ** 2) + rng.normal()

    with pytest.warns(RuntimeWarning, match="training runs in NumPy: .* other numbers each time"):
        history = fit(Network([3, 8, 1], seed=0), X, y, loss=noisy, optimizer=SGD(0.0), epochs=200)
    assert len({one.loss for one in history}) == 200


def test_unknown_compile_lists_the_known() -> None:
    X, y = data(8, 3, 1, False)
    with pytest.raises(cr.errors.ArgumentError, match="native"):
        fit(Network([3, 1]), X, y, compile="fast")


@pytest.mark.parametrize("columns", [3, 8000])
def test_the_objective_keeps_its_place_in_the_random_stream(columns: int) -> None:
    """So that another training with it begins there as well."""

    def drawn(trained: Any, untrained: Any, stream: Any, x: Any) -> Any:
        return np.mean((x @ trained["w"]) ** 2), (untrained, {"counter": stream["counter"] + 1})

    objective = Stateful(drawn, (), {"counter": np.zeros(())})
    runner = NativeRunner(objective, {"w": np.ones((40, columns))}, (np.ones((8, 40)),), SGD(), 4)
    runner.run(np.arange(8)[None], np.full(1, 1e-6))
    assert runner.optimiser_state["stream"]["counter"] == 2
    assert objective.stream["counter"] == 0
