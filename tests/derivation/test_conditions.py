"""Truth values in derivatives by entries: joined, compared, counted, and as places of other values."""

import numpy as np
import pytest

import chainrule as cr

X = np.array([0.5, -1.0, 2.0])

FUNCTIONS = {
    "mean": lambda x: np.mean(x > 0) * np.sum(x),
    "count": lambda x: np.count_nonzero(x > 0) * np.sum(x**2),
    "equal": lambda x: np.sum(np.where((x > 0) == (x > 1), x, 2 * x)),
    "and": lambda x: np.sum(np.where((x > 0) & (x < 1), x, x**2)),
    "xor": lambda x: np.sum(np.where((x > 0) ^ (x < 1), x, x**2)),
    "not or": lambda x: np.sum(np.where(~((x > 1) | (x < 0)), x, x**2)),
    "NaN": lambda x: np.sum(np.where(np.isnan(x), 0, x**2)),
    "any": lambda x: np.where(np.any(x > 1), x[0], x[1] ** 2),
    "all": lambda x: np.where(np.all(x > 1), x[0], x[1] ** 2),
    "select": lambda x: np.sum(np.select([x < 0, x < 1], [x**2, x**3], np.sin(x))),
    "left-out NaN": lambda x: np.nansum(x**2),
    "interpolation": lambda x: np.sum(np.interp(x, [-2.0, 0.0, 1.0, 3.0], [0.0, 1.0, 4.0, 9.0])),
}


def last_lines(f, level):
    steps = cr.derive(f, "x", {"x": X}, level=level).steps
    return [step for step in steps if step.section == "result" and step.rule != "a part that keeps its name"]


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_every_level_has_the_gradient(f):
    expected = cr.grad(f)(X)
    (whole,) = last_lines(f, "result")
    np.testing.assert_allclose(whole.value, expected, rtol=1e-12)
    entries = [step.value for step in last_lines(f, "scalar")]
    np.testing.assert_allclose(np.ravel(entries), expected, rtol=1e-12)


def test_cases_that_cannot_hold_are_not_written():
    """d/dx of x where 0 < x < 1 and x² elsewhere."""
    first = str(last_lines(FUNCTIONS["and"], "scalar")[0])
    assert first in (
        "∂f/∂x₁ = {2 x₁ where x₁ ≥ 1 or x₁ ≤ 0, else 1}",
        "∂f/∂x₁ = {2 x₁ where x₁ ≤ 0 or x₁ ≥ 1, else 1}",
        "∂f/∂x₁ = {1 where x₁ > 0 and x₁ < 1, else 2 x₁}",
    )
    # (x > 0) = (x > 1) except between 0 and 1
    assert "2 where x₁ ≤ 1 and x₁ > 0, else 1" in str(last_lines(FUNCTIONS["equal"], "scalar")[0])
