"""Wrong entries in large tensors: located, all of them, in few evaluations; modes."""

import numpy as np
import pytest

import chainrule as cr

RNG = np.random.default_rng(11)
A, B = RNG.normal(size=(50, 2)) / 7, RNG.normal(size=(40, 2)) / 7
W = RNG.normal(size=(50, 40))


def f(W):
    return np.sum(np.tanh(A.T @ W @ B) ** 2)


def gradient(W):
    h = np.tanh(A.T @ W @ B)
    return A @ (2 * h * (1 - h**2)) @ B.T


def check(errors, **options):
    given = gradient(W)
    for index, error in errors.items():
        given[index] += error
    return cr.check(f, given, at=(W,), **options)


def failed(report):
    return {row.index for row in report.rows if str(row.verdict) == "FAIL"}


@pytest.mark.parametrize("error", [1.0, -1e-4, 1e-7])
@pytest.mark.parametrize("index", [(0, 0), (49, 39), (17, 23)])
def test_one_wrong_entry_is_located_in_few_evaluations(error, index):
    report = check({index: error})
    assert failed(report) == {index}
    assert report.evaluations < 250
    assert report.tensors[0].complete


def test_wrong_entries_of_very_different_sizes_are_all_located():
    errors = {(3, 4): 10.0, (3, 5): -1e-2, (40, 0): 1e-5, (41, 0): 1e-5, (0, 39): -1e-5}
    report = check(errors)
    assert failed(report) == set(errors)
    assert str(report.rows[-1].verdict) == "PASS"
    assert report.rows[-1].entries == W.size - 5
    assert report.evaluations < 600


def test_two_errors_that_cancel_in_their_sum_are_both_located():
    errors = {(3, 4): 1e-3, (30, 4): -1e-3}
    assert failed(check(errors)) == set(errors)


def test_not_a_number_hides_no_other_error():
    report = check({(1, 1): np.nan, (5, 5): 1e-4})
    assert failed(report) == {(1, 1), (5, 5)}
    assert [told.kind for told in report.tensors[0].diagnoses] == ["not finite", "few entries"]


def test_modes():
    errors = {(3, 4): 1e-3, (30, 4): 2e-3, (7, 7): 5e-3}
    fast, auto = check(errors, mode="fast"), check(errors)
    assert len(failed(fast)) == 1
    assert not fast.tensors[0].complete
    assert fast.evaluations < auto.evaluations
    assert failed(auto) == set(errors)
    small = cr.check(lambda x: np.sum(x**3), lambda x: 3 * x**2, at=(RNG.normal(size=100),), mode="full")
    assert [row.index for row in small.rows] == [(i,) for i in range(100)]


def test_a_clean_gradient_costs_no_more_than_one_direction():
    report = check({})
    assert report
    assert report.evaluations <= 30
    assert report.detectable < 1e-9


def test_the_stated_error_is_the_smallest_that_is_seen():
    floor = check({}).detectable
    assert str(check({(8, 8): 3 * floor}).verdict) == "FAIL"


def test_entries_of_many_magnitudes_are_moved_each_by_its_own():
    x = 10.0 ** RNG.uniform(-8, 8, 200)
    given = 1 / x
    assert cr.check(lambda x: np.sum(np.log(x)), given, at=(x,))
    given[7] *= 1 + 1e-4
    assert failed(cr.check(lambda x: np.sum(np.log(x)), given, at=(x,))) == {(7,)}


def test_a_gradient_that_is_rounded_to_float32_is_judged_by_that():
    rounded = gradient(W).astype(np.float32).astype(float)
    report = cr.check(f, rounded, at=(W,))
    assert report, report
    assert str(cr.check(f, rounded * 1.001, at=(W,)).verdict) == "FAIL"


def test_a_gradient_whose_formula_loses_digits_is_no_false_alarm():
    """1 - tanh² has few digits where tanh is near 1; at points beside this one it is as far off."""
    for x in np.linspace(15, 19, 9):
        report = cr.check(np.tanh, lambda x: 1 - np.tanh(x) ** 2, at=x)
        assert str(report.verdict) != "FAIL", report


def test_a_progress_bar_where_it_is_asked_for(capsys):
    import time

    def slow(x):
        time.sleep(0.03)
        return np.sum(x**2)

    cr.check(slow, lambda x: 2 * x, at=(np.ones(3),), progress=True)
    shown = capsys.readouterr().err
    assert "checking entry" in shown
    cr.check(slow, lambda x: 2 * x, at=(np.ones(1),), progress=False)
    assert capsys.readouterr().err == ""
