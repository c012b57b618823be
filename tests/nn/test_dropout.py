"""Dropout: the law of its masks, exact scaling, and a random stream that is a function of its place."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.nn import Network, training_objective
from chainrule.nn.dropout import _scrambled, after_step, mask, new_stream
from chainrule.train import SGD, AdamW, fit
from chainrule.train.native import NativeRunner
from chainrule.train.runner import ReferenceRunner
from chainrule.train.step import Stateful

STREAM = new_stream(np.random.default_rng(3))
RNG = np.random.default_rng(6)
X, Y = RNG.normal(size=(20, 4)), RNG.normal(size=(20, 2))


def later(steps: int) -> dict[str, Any]:
    return STREAM | {"step": np.array(steps, np.int32)}


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_units_stay_as_often_as_they_should(rate: float) -> None:
    kept = np.stack([mask(later(step), 1, (64, 64), rate) for step in range(50)])
    deviation = (rate * (1 - rate) / kept.size) ** 0.5
    assert abs(kept.mean() - (1 - rate)) < 4 * deviation
    for axes in ((0, 1), (0, 2), (1, 2)):  # of each unit, each row and each step
        share = kept.mean(axis=axes)
        expected = np.sqrt(rate * (1 - rate) * len(share) / kept.size)
        assert 0.6 < share.std() / expected < 1.5


def test_masks_of_steps_layers_rows_units_and_keys_are_independent() -> None:
    signs = 2.0 * mask(later(0), 1, (256, 128), 0.5) - 1
    others = [mask(later(1), 1, (256, 128), 0.5), mask(later(0), 2, (256, 128), 0.5)]
    others += [mask(new_stream(np.random.default_rng(4)), 1, (256, 128), 0.5)]
    for other in others:
        assert abs(np.mean(signs * (2.0 * other - 1))) < 4 / np.sqrt(signs.size)
    rows, units = signs @ signs.T / 128, signs.T @ signs / 256
    for gram, n in ((rows, 128), (units, 256)):
        off = gram[np.triu_indices(len(gram), 1)]
        assert 0.9 < off.std() * np.sqrt(n) < 1.1


def test_the_hash_changes_every_bit_half_the_time() -> None:
    x = RNG.integers(-(2**31), 2**31, 4000, dtype=np.int32)
    for bit in (0, 7, 16, 30, 31):
        flipped = x ^ np.array(1 << bit, np.uint32).astype(np.int32)
        changed = (_scrambled(x) ^ _scrambled(flipped)).view(np.uint32)
        share = np.array([np.mean(changed >> np.uint32(k) & np.uint32(1)) for k in range(32)])
        assert (np.abs(share - 0.5) < 0.05).all()


def test_what_stays_is_scaled_so_that_the_mean_stays() -> None:
    """A network that adds up its units, all of them 1: what is left, over 1 - p."""
    net = Network([1, 1000, 1], "identity", initializer="constant", dropout=0.2)
    net.parameters = net.parameters | {"W1": np.ones((1000, 1)), "W2": np.full((1, 1000), 1e-3)}
    f = training_objective(net, lambda output, y: np.mean(output))
    means = [f(net.parameters, {}, later(step), np.ones((8, 1)), np.zeros((8, 1)))[0] for step in range(40)]
    assert np.mean(means) == pytest.approx(1, abs=4 * (0.25 / 320_000) ** 0.5)
    kept = mask(STREAM, 1, (8, 1000), 0.2)
    assert means[0] == pytest.approx(kept.mean() / 0.8, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_native_masks_are_those_of_numpy_bit_for_bit(dtype: str) -> None:
    """A sum of units, each 0 or a power of 2, is exact: the masks are all that can differ."""
    native = cr.compile(lambda s: np.sum(mask(s, 3, (33, 17), 0.4) * np.arange(17), axis=1, dtype=dtype))
    for step in (0, 1, 2**31 - 1):
        kept = mask(later(step), 3, (33, 17), 0.4)
        np.testing.assert_array_equal(native(later(step)), (kept * np.arange(17)).sum(axis=1))


def test_training_resumes_from_the_place_in_the_stream() -> None:
    net = Network([4, 8, 8, 2], normalisation="batch", dropout=[0.5, 0.25], seed=1)
    descent = Stateful(training_objective(net), net.untrained, STREAM)
    orders, rates = np.stack([RNG.permutation(20) for _ in range(4)]), np.full(4, 0.01)
    for make in (NativeRunner, ReferenceRunner):
        whole = make(descent, net.parameters, (X, Y), AdamW(0.01), 8)
        losses = whole.run(orders, rates)
        first = make(descent, net.parameters, (X, Y), AdamW(0.01), 8)
        first.run(orders[:1], rates[:1])
        second = make(descent, first.parameters, (X, Y), AdamW(0.01), 8, first.optimiser_state)
        np.testing.assert_array_equal(second.run(orders[1:], rates[1:]), losses[1:])
        assert int(second.optimiser_state["stream"]["step"]) == 12
        for name, value in whole.parameters.items():
            np.testing.assert_array_equal(second.parameters[name], value)


@pytest.mark.parametrize("compile", ["native", "reference"])
def test_same_seed_same_bits_and_predictions_are_deterministic(compile: str) -> None:
    nets = [Network([4, 8, 2], dropout=0.5) for _ in range(3)]
    for net, seed in zip(nets, (1, 1, 2), strict=True):
        fit(net, X, Y, epochs=3, seed=seed, batch_size=20, compile=compile)
    np.testing.assert_array_equal(nets[0].parameters["W1"], nets[1].parameters["W1"])
    assert not np.array_equal(nets[0].parameters["W1"], nets[2].parameters["W1"])
    np.testing.assert_array_equal(nets[0].predict(X), nets[0].predict(X))
    assert "dropout" not in str(cr.trace(nets[0].apply, nets[0].parameters, X))


def test_on_a_linear_unit_dropout_is_the_ridge_penalty() -> None:
    """E[(y - Σ m w h / (1-p))²] = (y - wᵀh)² + p/(1-p) Σ w² h²; Srivastava et al., section 9.1."""
    H = RNG.normal(size=(40, 3))
    y = H @ np.array([1.0, -1.0, 0.5]) + 0.1 * RNG.normal(size=40)
    net = Network([3, 3, 1], "identity", dropout=0.5, bias=False)
    net.parameters = {"W1": np.eye(3), "W2": np.zeros((1, 3))}
    f = training_objective(net)

    def of_output(trained: Any, fixed: Any, stream: Any, X: Any, y: Any) -> Any:
        return f({**fixed, **trained}, {}, stream, X, y)

    runner = ReferenceRunner(
        Stateful(
            lambda p, u, s, X, y: of_output(p, {"W1": np.eye(3)}, s, X, y),
            stream=STREAM,
        ),
        {"W2": np.zeros((1, 3))},
        (H, y[:, None]),
        SGD(0.1),
        40,
    )
    found = []
    for rate, steps in ((0.1, 200), (0.002, 4000)):
        for _ in range(steps):
            runner.run(np.arange(40)[None], np.array([rate]))
            found.append(runner.parameters["W2"][0])
    ridge = np.linalg.solve(H.T @ H + np.diag((H**2).sum(axis=0)), H.T @ y)
    np.testing.assert_allclose(np.mean(found[1000:], axis=0), ridge, atol=0.03)


def test_the_stream_moves_one_place_a_step() -> None:
    assert int(after_step(later(4))["step"]) == 5
    assert not np.array_equal(mask(later(4), 1, (9, 9), 0.5), mask(later(5), 1, (9, 9), 0.5))
