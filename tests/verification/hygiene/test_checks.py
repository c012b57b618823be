"""A check names bad manners before it blames a gradient."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from chainrule.verification import Verdict

X = np.array([0.5, 1.0, 2.0])


def test_a_right_gradient_of_a_random_function_is_not_blamed():
    rng = np.random.default_rng(0)
    report = cr.check(lambda x: np.sin(x).sum() + rng.normal(), np.cos, at=X)
    assert report.verdict is Verdict.UNDECIDED
    assert "draws random numbers from `rng`" in report.refusal
    assert report.rows == ()


def test_nor_one_of_a_function_that_changes_during_the_check():
    calls = [0]

    def f(x):
        calls[0] += 1
        return np.sin(x).sum() * (1 if calls[0] < 10 else 2)

    report = cr.check(f, np.cos, at=X)
    assert report.verdict is Verdict.UNDECIDED
    assert "gives different values for the same arguments" in report.refusal


def test_a_wrong_gradient_is_still_found_where_the_function_writes_to_its_argument():
    def f(x):
        x *= 2
        return np.sin(x).sum()

    right, wrong = (cr.check(f, lambda x, c=c: c * np.cos(2 * x), at=X) for c in (2, 2.001))
    assert (right.verdict, wrong.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert [finding.kind for finding in right.findings] == ["mutation"]
    assert "x *= 2" in right.findings[0].text


def test_a_float32_inside_widens_the_bounds_and_is_named():
    def f(x):
        return np.sin(x.astype(np.float32)).astype(np.float64).sum()

    report = cr.check(f, np.cos, at=X)
    assert report.verdict is not Verdict.FAIL
    assert [finding.kind for finding in report.findings] == ["low precision"]
    assert cr.check(f, lambda x: np.cos(x) * 1.1, at=X).verdict is Verdict.FAIL


def test_nothing_passes_at_a_point_that_is_not_finite():
    report = cr.check(lambda x: (1 / x).sum(), lambda x: -1 / x**2, at=np.array([np.inf, 1.0]))
    assert report.verdict is Verdict.UNDECIDED
    assert "x has 1 of 2 entries that are not finite" in str(report).splitlines()[0]


def test_arguments_without_numbers_are_a_refusal():
    for at in (np.array([True, False]), np.array(["a"]), ()):
        report = cr.check(lambda *x: 1.0, lambda *x: None, at=at)
        assert report.verdict is Verdict.UNDECIDED
        assert "no argument holds numbers" in report.refusal


def test_no_outputs_are_no_pass():
    report = cr.check(lambda x: x[:0], lambda x: np.zeros((0, 3)), at=X)
    assert report.verdict is Verdict.UNDECIDED
    assert "f has no outputs" in str(report)
