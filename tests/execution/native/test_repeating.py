"""A repeated step: next values overwrite the last ones only when nothing needs those any more."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

Pair = tuple[Any, Any]

STEPS: dict[str, Callable[[Any, Any], Pair]] = {
    "read at other places later": lambda a, b: (a * 2, b + a[::-1]),
    "summed later": lambda a, b: (a + 1, b + np.sum(a)),
    "swapped": lambda a, b: (b, a),
    "turned": lambda a, b: (a[::-1], b * 0.5),
    "the new one used": lambda a, b: (a * 2, b + a * 2),
    "left as it is": lambda a, b: (a, b - a),
    "run together": lambda a, b: (np.cumsum(a), a * b),
}


@pytest.mark.parametrize("name", STEPS)
def test_steps_see_the_values_of_the_step_before(name: str) -> None:
    update = STEPS[name]

    def step(carry: Pair, rate: Any, x: Any) -> tuple[Any, Pair]:
        return np.sum(x), update(*carry)

    a, b = np.array([1.0, 2.0, 4.0]), np.array([0.5, -1.0, 3.0])
    orders = np.zeros((3, 1), int)
    _, after = cr.repeat(step)((a, b), np.zeros(3), orders, np.ones(1))
    expected: Pair = (a, b)
    for _ in range(3):
        expected = update(*expected)
    np.testing.assert_allclose(after[0], expected[0], rtol=1e-14)
    np.testing.assert_allclose(after[1], expected[1], rtol=1e-14)
