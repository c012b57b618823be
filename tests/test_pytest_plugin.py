"""The fixture ``check_gradient``, in test files of its users."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import numpy as np
from chainrule.verification import Verdict

x = np.array([0.3, -1.2])

def test_right(check_gradient):
    assert check_gradient(lambda x: np.sin(x).sum(), np.cos, at=x).verdict is Verdict.PASS

def test_wrong(check_gradient):
    check_gradient(lambda x: np.sin(x).sum(), np.sin, at=x)

def test_kink(check_gradient):
    check_gradient(lambda x: np.abs(x).sum(), np.sign, at=np.zeros(2))

def test_kink_accepted(check_gradient):
    report = check_gradient(lambda x: np.abs(x).sum(), np.sign, at=np.zeros(2), undecided="pass")
    assert report.verdict is Verdict.UNDECIDED

def test_wrong_is_never_accepted(check_gradient):
    check_gradient(lambda x: np.sin(x).sum(), np.sin, at=x, undecided="pass")

def test_own_gradient(check_gradient):
    check_gradient(lambda w, x: np.tanh(w @ x), at=(x, x), wrt="w")

def test_bad_option(check_gradient):
    check_gradient(np.sin, np.cos, at=0.5, undecided="ignore")
"""


def test_a_wrong_derivative_fails_its_test_and_an_unconfirmed_one_too(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    pytester.makepyfile(test_theirs=TESTS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-rA")
    result.assert_outcomes(passed=3, failed=4)
    result.stdout.fnmatch_lines(
        ["PASSED *::test_right", "PASSED *::test_kink_accepted", "PASSED *::test_own_gradient"]
    )
    result.stdout.fnmatch_lines(["FAILED *::test_wrong - Failed: FAIL*"])
    result.stdout.fnmatch_lines(["FAILED *::test_kink - Failed: UNDECIDED*"])
    result.stdout.fnmatch_lines(["FAILED *::test_bad_option - *ArgumentError: undecided='ignore'*"])


def test_a_failure_shows_the_line_of_the_test_and_not_this_software(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_theirs=TESTS)
    shown = pytester.runpytest_subprocess("-p", "no:cacheprovider", "test_theirs.py::test_kink").stdout.str()
    assert "check_gradient(lambda x: np.abs(x).sum(), np.sign, at=np.zeros(2))" in shown
    assert "pytest.fail" not in shown


def test_other_projects_pay_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import sys\n\ndef test_untouched():\n    assert 'chainrule' not in sys.modules")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
