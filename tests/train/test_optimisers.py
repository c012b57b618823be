"""Optimisers against their published recursions, written out in scalars."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ArgumentError
from chainrule.train import SGD, Adam, AdamW, Clip, RMSprop

GRADIENTS = [1.0, -0.5, 2.0, 0.25, -3.0]
numbers = st.floats(-10, 10)


def steps(optimiser, start, gradients, rate=None):
    """The parameter after each step."""
    parameters = {"w": np.array([start])}
    state, path = optimiser.init(parameters), []
    for g in gradients:
        rate_now = optimiser.learning_rate if rate is None else rate
        parameters, state = optimiser.update(parameters, {"w": np.array([g])}, state, rate_now)
        path.append(float(parameters["w"][0]))
    return path


@given(p=numbers, gradients=st.lists(numbers, min_size=1, max_size=5), rate=st.floats(0, 1))
def test_plain_sgd_subtracts_the_scaled_gradient(p, gradients, rate):
    expected = []
    for g in gradients:
        p_next = (expected[-1] if expected else p) - rate * g
        expected.append(p_next)
    assert steps(SGD(rate), p, gradients) == expected


def test_momentum_accumulates_velocity():
    p, v, expected = 1.0, 0.0, []
    for g in GRADIENTS:
        v = 0.9 * v + g
        p -= 0.1 * v
        expected.append(p)
    np.testing.assert_allclose(steps(SGD(0.1, momentum=0.9), 1.0, GRADIENTS), expected, rtol=1e-15)


def test_nesterov_is_the_gradient_at_the_point_looked_ahead_to():
    """Sutskever's form on ½ c x²: v ← μ v - ε ∇f(x + μ v), x ← x + v; ours tracks the look-ahead x + μ v."""
    c, μ, ε = 3.0, 0.8, 0.1
    x, v, ahead = 1.0, 0.0, []
    for _ in range(6):
        v = μ * v - ε * c * (x + μ * v)
        x += v
        ahead.append(x + μ * v)
    optimiser = SGD(ε, momentum=μ, nesterov=True)
    parameters = {"x": np.array([1.0])}
    state, ours = optimiser.init(parameters), []
    for _ in range(6):
        parameters, state = optimiser.update(parameters, {"x": c * parameters["x"]}, state, ε)
        ours.append(float(parameters["x"][0]))
    np.testing.assert_allclose(ours, ahead, rtol=1e-13)


def test_sgd_weight_decay_is_the_l2_penalty():
    """The gradient of ½ λ p² is λ p."""
    λ, p, expected = 0.3, 2.0, []
    for g in GRADIENTS:
        p -= 0.1 * (g + λ * p)
        expected.append(p)
    np.testing.assert_allclose(steps(SGD(0.1, weight_decay=λ), 2.0, GRADIENTS), expected, rtol=1e-15)


def adam_by_hand(p, gradients, ε=0.01, β1=0.9, β2=0.999, η=1e-8, decoupled=0.0, l2=0.0):
    """Kingma and Ba's algorithm 1, with Loshchilov and Hutter's decay."""
    m = v = 0.0
    path = []
    for t, gradient in enumerate(gradients, start=1):
        g = gradient + l2 * p
        m = β1 * m + (1 - β1) * g
        v = β2 * v + (1 - β2) * g**2
        m_hat, v_hat = m / (1 - β1**t), v / (1 - β2**t)
        p = p - ε * (m_hat / (v_hat**0.5 + η) + decoupled * p)
        path.append(p)
    return path


def test_adam_is_the_published_recursion():
    np.testing.assert_allclose(steps(Adam(0.01), 1.0, GRADIENTS), adam_by_hand(1.0, GRADIENTS), rtol=1e-14)
    other = Adam(0.3, beta1=0.5, beta2=0.6, epsilon=0.1)
    expected = adam_by_hand(-2.0, GRADIENTS, ε=0.3, β1=0.5, β2=0.6, η=0.1)
    np.testing.assert_allclose(steps(other, -2.0, GRADIENTS), expected, rtol=1e-14)


def test_adams_weight_decay_is_decoupled_unless_asked_otherwise():
    decoupled = steps(Adam(0.01, weight_decay=0.2), 5.0, GRADIENTS)
    np.testing.assert_allclose(decoupled, adam_by_hand(5.0, GRADIENTS, decoupled=0.2), rtol=1e-14)
    l2 = steps(Adam(0.01, weight_decay=0.2, decoupled=False), 5.0, GRADIENTS)
    np.testing.assert_allclose(l2, adam_by_hand(5.0, GRADIENTS, l2=0.2), rtol=1e-14)
    assert not np.allclose(decoupled, l2)


@given(g=st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3), scale=st.floats(1e-2, 1e2))
def test_adams_first_step_is_the_learning_rate_whatever_the_gradients_scale(g, scale):
    np.testing.assert_allclose(steps(Adam(0.01), 1.0, [g * scale]), [1 - 0.01 * np.sign(g)], rtol=2e-5)


@pytest.mark.parametrize(
    "optimiser", [SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.1), Adam(weight_decay=0.1)]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_update_changes_nothing_in_place_and_keeps_the_dtype(optimiser, dtype):
    parameters = {"a": np.ones((2, 3), dtype), "b": [np.zeros(2, dtype)]}
    gradients = {"a": np.full((2, 3), 2, dtype), "b": [np.ones(2, dtype)]}
    state = optimiser.init(parameters)
    first = optimiser.update(parameters, gradients, state, 0.1)
    again = optimiser.update(parameters, gradients, state, 0.1)
    assert parameters["a"][0, 0] == 1
    np.testing.assert_array_equal(first[0]["a"], again[0]["a"])
    assert first[0]["a"].dtype == first[0]["b"][0].dtype == dtype


@pytest.mark.parametrize(
    "optimiser", [SGD(0.1, momentum=0.9, weight_decay=0.01), Adam(0.1, weight_decay=0.01)]
)
def test_a_matrix_is_updated_as_its_scalars_are(optimiser):
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=(2, 3)), rng.normal(size=(4, 2, 3))
    parameters = {"W": start}
    state = optimiser.init(parameters)
    for g in gradients:
        parameters, state = optimiser.update(parameters, {"W": g}, state, 0.1)
    for index in np.ndindex(2, 3):
        alone = steps(optimiser, start[index], [g[index] for g in gradients], rate=0.1)
        np.testing.assert_allclose(parameters["W"][index], alone[-1], rtol=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(-0.1), "learning_rate=-0.1"),
        (lambda: SGD(np.nan), "learning_rate=nan"),
        (lambda: SGD(0.1, momentum=1.0), "momentum=1.0.*below 1"),
        (lambda: SGD(0.1, nesterov=True), "momentum=0.9"),
        (lambda: SGD(0.1, weight_decay=-1), "weight_decay"),
        (lambda: Adam(beta1=1), "beta1"),
        (lambda: Adam(beta2=-0.1), "beta2"),
        (lambda: Adam(epsilon=0), "epsilon"),
        (lambda: Adam(np.inf), "learning_rate=inf"),
        (lambda: Adam("0.1"), "learning_rate='0.1'"),
        (lambda: SGD(None), "learning_rate=None.*zero or more"),
        (lambda: SGD(np.array([0.1, 0.2])), "learning_rate=array"),
        (lambda: SGD(0.1, momentum=0.9j), "momentum=0.9j"),
        (lambda: Adam(epsilon="small"), "epsilon='small'"),
        (lambda: Clip(SGD(), norm="1"), "norm='1'"),
    ],
)
def test_numbers_out_of_range_are_refused(make, message):
    with pytest.raises(ArgumentError, match=f"(?s){message}"):
        make()


@pytest.mark.parametrize("momentum", [0.0, 0.7])
def test_rmsprop_divides_by_the_root_of_the_running_square(momentum):
    p, v, u, expected = 1.0, 0.0, 0.0, []
    for g in GRADIENTS:
        v = 0.8 * v + 0.2 * g * g
        u = momentum * u + g / (v**0.5 + 1e-3)
        p -= 0.1 * u
        expected.append(p)
    optimiser = RMSprop(0.1, rho=0.8, epsilon=1e-3, momentum=momentum)
    np.testing.assert_allclose(steps(optimiser, 1.0, GRADIENTS), expected, rtol=1e-14)


def test_adamw_decays_beside_the_step_and_in_proportion_to_the_rate():
    """Loshchilov and Hutter, algorithm 2, in scalars."""
    p, m, v, expected, λ, ε = 1.0, 0.0, 0.0, [], 0.01, 0.1
    for t, g in enumerate(GRADIENTS, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        p -= ε * (m / (1 - 0.9**t) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8) + λ * p)
        expected.append(p)
    np.testing.assert_allclose(steps(AdamW(ε), 1.0, GRADIENTS), expected, rtol=1e-12)
    assert steps(AdamW(ε), 1.0, GRADIENTS) == steps(Adam(ε, weight_decay=λ), 1.0, GRADIENTS)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1e-30, 0.3, 1e30])
def test_clipping_by_norm_keeps_the_direction_and_bounds_the_length(dtype, size):
    g = {"a": size * np.array([[3.0, -1.0]], dtype), "b": size * np.array([2.0], dtype)}
    moved = Clip(SGD(1.0), norm=0.5).update({name: 0 * x for name, x in g.items()}, g, {}, 1.0)[0]
    step = np.concatenate([-moved["a"].ravel(), -moved["b"]]).astype(float)
    norm = size * 14**0.5
    np.testing.assert_allclose(step, np.array([3, -1, 2]) / 14**0.5 * min(norm, 0.5), rtol=1e-6)
    assert moved["a"].dtype == dtype


def test_clipping_by_value_bounds_each_entry_before_the_norm():
    p, g = {"w": np.zeros(3)}, {"w": np.array([5.0, -0.5, -9.0])}
    np.testing.assert_array_equal(Clip(SGD(1.0), value=1.0).update(p, g, {}, 1.0)[0]["w"], [-1, 0.5, 1])
    both = Clip(SGD(1.0), norm=1.5, value=1.0).update(p, g, {}, 1.0)[0]["w"]
    np.testing.assert_allclose(both, [-1, 0.5, 1], rtol=1e-15)  # clipped by value, it is 1.5 long
    np.testing.assert_array_equal(Clip(SGD(1.0), norm=1.0).update(p, {"w": np.zeros(3)}, {}, 1.0)[0]["w"], 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Clip(SGD()), "without a bound"),
        (lambda: Clip(SGD(), norm=0), "norm=0"),
        (lambda: Clip(SGD(), value=np.nan), "value=nan"),
        (lambda: Clip(SGD, norm=1.0), "Clip of"),
        (lambda: RMSprop(rho=1.0), "rho=1.0"),
        (lambda: RMSprop(epsilon=0), "epsilon=0"),
        (lambda: AdamW(weight_decay=-1), "weight_decay=-1"),
    ],
)
def test_settings_that_make_no_sense(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
