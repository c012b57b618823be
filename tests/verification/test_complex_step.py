"""Complex steps: closed forms to almost the last digit, and nothing at all where f is not analytic."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.verification import Verdict
from chainrule.verification.complex_step import complex_step
from chainrule.verification.point import bind, flat_output, select

OFFSET = 1e6
"""Added to f, it drowns the digits of its differences and none of its complex steps."""
ANALYTIC = {
    "sin": (np.sin, np.cos),
    "x³": (lambda x: x**3, lambda x: 3 * x * x),
    "log": (np.log, lambda x: 1 / x),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "quotient": (lambda x: np.exp(x) / (1 + x * x), lambda x: np.exp(x) * (1 - x) ** 2 / (1 + x * x) ** 2),
}
OTHERWISE = {
    "abs": np.abs,
    "built-in abs": abs,
    "conjugate": lambda x: (x * np.conj(x)) / 2,
    "method": lambda x: x.conjugate() * x,
    "real": lambda x: np.real(x) ** 2,
    "maximum": lambda x: np.maximum(x, 0.1) ** 2,
    "where": lambda x: np.where(x > 0, x, -x),
    "comparison": lambda x: x if x > 0 else -x,
    "sign": lambda x: x * np.sign(x),
    "cast": lambda x: x.astype(np.float64) ** 2,
    "float": lambda x: np.sin(float(x)),
    "asarray": lambda x: np.asarray(x) ** 2,
    "array": lambda x: np.array([x])[0] ** 2,
    "norm": lambda x: np.linalg.norm(np.stack([x, 2 * x])),
    "vdot": lambda x: np.vdot(x, x),
    "another function of complex numbers": lambda x: np.sin((1 + (x.dtype.kind == "c")) * x),
}


def derivative(f, at, direction=1.0, width=0.1):
    point, groups = select(bind(f, at), None)
    [[tensor]] = groups.values()
    return complex_step(point, flat_output(f(at)), tensor, direction * np.ones(tensor.value.shape), width)


@pytest.mark.parametrize("name", ANALYTIC)
@pytest.mark.parametrize("x", [1e-3, 0.7, 3.1])
def test_closed_forms(name, x):
    f, df = ANALYTIC[name]
    found = derivative(f, np.array(x), width=0.1 * min(x, 1.0))
    assert abs(found.value[0] - df(x)) <= found.bound[0] < 1e-10 * max(1, abs(df(x)))


@pytest.mark.parametrize("name", OTHERWISE)
def test_nothing_where_f_is_not_analytic_or_loses_sight_of_it(name):
    assert derivative(OTHERWISE[name], np.array(0.3)) is None


def test_along_a_direction_for_every_output():
    rng = np.random.default_rng(0)
    A, x = rng.normal(size=(3, 4)), rng.normal(size=4)
    found = derivative(lambda x: np.tanh(A @ x), x)
    true = (1 - np.tanh(A @ x) ** 2) * A.sum(1)
    assert np.all(np.abs(found.value - true) <= found.bound)
    assert np.all(found.bound < 1e-12)


def test_sums_entries_and_lists_of_entries_are_followed():
    found = derivative(lambda x: sum([x[0] ** 2, *(np.exp(v) for v in x[1:])]), np.array([1.0, 2.0, 3.0]))
    assert abs(found.value[0] - (2 + np.exp(2) + np.exp(3))) <= found.bound[0] < 1e-10
    found = derivative(lambda x: x[0] ** 2 + x[1:].sum() ** 2, np.array([1.0, 2.0, 3.0]))
    assert abs(found.value[0] - 22) <= found.bound[0] < 1e-10


def test_rounding_inside_f_widens_the_bound():
    """(x + 10⁹) - 10⁹ is up to 6e-8 off, and so is the place at which the derivative is taken."""
    found = derivative(lambda x: np.sin((x + 1e9) - 1e9), np.array(0.3))
    assert abs(found.value[0] - np.cos(0.3)) <= found.bound[0] < 1e-5
    assert found.bound[0] > 1e-9


def test_float32_takes_none():
    assert derivative(np.sin, np.array(0.3, np.float32)) is None


@pytest.mark.parametrize("name", ANALYTIC)
def test_the_floor_falls_where_an_offset_drowns_differences(name):
    f, df = ANALYTIC[name]
    sharp = cr.check(lambda x: f(x) + OFFSET, df, at=0.7)
    blunt = cr.check(lambda x: f(np.abs(x)) + OFFSET, df, at=0.7)
    assert [report.verdict for report in (sharp, blunt)] == [Verdict.PASS] * 2
    assert [report.rows[0].rule for report in (sharp, blunt)] == ["complex step", "central"]
    assert abs(sharp.rows[0].numeric - df(0.7)) <= sharp.detectable < blunt.detectable / 10


def test_an_error_that_differences_cannot_see_is_refuted():
    wrong = cr.check(lambda x: np.sin(x) + OFFSET, lambda x: np.cos(x) + 1e-7, at=0.7).rows[0]
    assert (wrong.verdict, wrong.rule) == (Verdict.FAIL, "complex step")


@pytest.mark.parametrize("x", [8.0, 10.0, 12.0, 15.0])
def test_a_derivative_as_good_as_the_digits_of_f_is_no_false_alarm(x):
    assert cr.check(np.tanh, lambda x: 1 - np.tanh(x) ** 2, at=x).verdict is not Verdict.FAIL


@pytest.mark.parametrize("x", np.linspace(0.5, 1.5, 11))
def test_the_noise_of_the_derivative_given_is_no_false_alarm(x):
    noisy = cr.check(lambda x: np.sin(x) + OFFSET, lambda x: np.cos(x) + 2e-8 * np.sin(1e17 * x), at=float(x))
    assert noisy.verdict is Verdict.PASS


def test_what_disagrees_with_values_of_f_is_not_believed():
    """A function that looks analytic, and has the slope of another one in the imaginary part alone."""

    def f(x):
        return np.sin(x) + OFFSET + 1e-3 * (x.dtype.kind == "c") * (x - 0.7)

    row = cr.check(f, lambda x: np.cos(x) + 1e-3, at=0.7).rows[0]
    assert (row.verdict, row.rule) == (Verdict.FAIL, "central")


def test_a_sharp_derivative_costs_nothing_more():
    kinds = []
    cr.check(lambda x: kinds.append(np.asarray(x).dtype.kind) or np.sin(x), np.cos, at=0.7)
    assert set(kinds) == {"f"}
