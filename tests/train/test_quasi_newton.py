"""Steps of L-BFGS against SciPy's inverse Hessian, quadratics and the conditions of Wolfe."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LbfgsInvHessProduct, rosen, rosen_der

from chainrule.train.quasi_newton import FLATTER, SUFFICIENT, Memory, Place, lower, search_line


def rosenbrock(x):
    return Place(x, float(rosen(x)), rosen_der(x))


def descend(evaluate, start, steps, length=6):
    place, memory = evaluate(np.asarray(start, float)), Memory.empty(length, len(start))
    for _ in range(steps):
        found = lower(evaluate, place, memory)
        if found is None:
            break
        place, memory = found
    return place, memory


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 5), st.integers(0, 3))
def test_a_direction_is_that_of_scipys_inverse_hessian(seed, known, empty):
    """SciPy's begins with H = I; scaled steps s/γ give H/γ from there."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(7, 7))
    steps = rng.normal(size=(known, 7))
    changes, gradient = steps @ (root @ root.T + np.eye(7)), rng.normal(size=7)
    none = (np.zeros(7),) * empty
    memory = Memory((*none, *steps), (*none, *changes))
    scale = steps[-1] @ changes[-1] / (changes[-1] @ changes[-1])
    expected = -scale * (LbfgsInvHessProduct(steps / scale, changes) @ gradient)
    np.testing.assert_allclose(memory.direction(gradient), expected, rtol=1e-7, atol=1e-9)


def test_without_a_step_that_curves_upwards_the_direction_is_the_steepest_of_length_one():
    downhill = Memory((np.array([1.0, 0.0]),), (np.array([-2.0, 0.0]),))
    for memory in (Memory.empty(3, 2), downhill):
        np.testing.assert_allclose(memory.direction(np.array([3.0, -4.0])), [-0.6, 0.8])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.floats(-6, 6))
def test_a_line_search_ends_where_wolfe_says(seed, magnitude):
    rng = np.random.default_rng(seed)
    place = rosenbrock(rng.normal(size=4))
    direction = -place.gradient * 10.0**magnitude / np.linalg.norm(place.gradient)
    found = search_line(rosenbrock, place, direction)
    step = (found.x - place.x) @ direction / (direction @ direction)
    slope = place.gradient @ direction
    assert found.loss <= place.loss + SUFFICIENT * step * slope * (1 - 1e-9)
    assert found.gradient @ direction >= FLATTER * slope


def test_a_line_search_goes_around_values_that_are_not_finite():
    def wall(x):
        return Place(x, float(x @ x) if x[0] > -2 else np.nan, 2 * x)

    found = search_line(wall, wall(np.array([3.0])), np.array([-64.0]))
    assert abs(found.x[0]) < 2


def test_no_direction_leads_lower_from_the_lowest_place():
    at = Place(np.zeros(2), 0.0, np.array([1e-3, 0.0]))
    assert search_line(lambda x: Place(x, 1.0, at.gradient), at, -at.gradient) is None
    assert search_line(rosenbrock, rosenbrock(np.zeros(2)), np.array([-1.0, 0.0])) is None
    assert lower(lambda x: Place(x, 1.0, at.gradient), at, Memory.empty(2, 2)) is None


def test_a_loss_without_bound_is_followed_until_the_search_gives_up():
    line = lambda x: Place(x, -float(x[0]), np.array([-1.0]))  # noqa: E731
    assert search_line(line, line(np.zeros(1)), np.ones(1)).loss < -1e8


@pytest.mark.parametrize("length", [3, 20])
def test_the_valley_of_rosenbrock_is_followed_to_its_end(length):
    place, _ = descend(rosenbrock, [-1.2, 1.0, -0.5, 2.0, 1.5], steps=150, length=length)
    np.testing.assert_allclose(place.x, 1.0, atol=1e-7)


def test_a_memory_forgets_the_oldest_step():
    _, memory = descend(rosenbrock, [-1.2, 1.0], steps=9, length=4)
    assert len(memory.steps) == len(memory.changes) == 4
    assert all(s @ y > 0 for s, y in zip(memory.steps, memory.changes, strict=True))
