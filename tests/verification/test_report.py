"""A report counts, sorts, prints and raises."""

import pytest

from chainrule.errors import ChainruleError
from chainrule.verification import GradientError, Report, Row, TensorResult, Verdict


def row(verdict="PASS", analytic=1.0, numeric=1.0, bound=1e-9, index=(0, 1), **others):
    return Row("W1", index, None, analytic, numeric, bound, Verdict[verdict], **others)


def report(*rows, **others):
    tensor = TensorResult("W1", (300, 400), "float64", tuple(rows))
    return Report((tensor,), evaluations=42, **others)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["PASS", "PASS"], "PASS"),
        (["PASS", "UNDECIDED"], "UNDECIDED"),
        (["UNDECIDED", "FAIL", "PASS"], "FAIL"),
        ([], "UNDECIDED"),
    ],
)
def test_the_verdict_is_that_of_the_worst_row(verdicts, expected):
    found = report(*map(row, verdicts))
    assert str(found.verdict) == expected
    assert bool(found) == (expected == "PASS")


def test_a_refusal_is_never_a_pass():
    assert report(row(), refusal="f draws random numbers").verdict is Verdict.UNDECIDED


def test_the_worst_row_fails_before_it_is_undecided_and_is_far_off_in_bounds():
    near, far = row("FAIL", 2.0, bound=0.5), row("FAIL", 1.1, bound=1e-6)
    assert report(row(), near, row("UNDECIDED", 100.0), far).worst is far
    assert report().worst is None


def test_a_derivative_that_is_nan_is_the_farthest_off():
    nan = row("FAIL", float("nan"))
    assert report(row("FAIL", 1e9), nan).worst is nan


def test_an_exact_agreement_is_not_far_off_however_narrow_the_bound():
    assert report(row(bound=0.0), row(analytic=1.0 + 1e-10)).worst.difference != 0


@pytest.mark.parametrize(
    ("index", "entries", "name"), [((0, 1), 1, "W1[0, 1]"), ((), 1, "W1"), (None, 98000, "W1[98000 entries]")]
)
def test_a_row_is_named_as_one_writes_it(index, entries, name):
    assert row(index=index, entries=entries).name == name


def test_raise_if_failed_raises_only_on_fail():
    report(row()).raise_if_failed()
    report(row("UNDECIDED")).raise_if_failed()
    with pytest.raises(GradientError, match="FAIL") as raised:
        report(row("FAIL", 2.0)).raise_if_failed()
    assert isinstance(raised.value, AssertionError)
    assert isinstance(raised.value, ChainruleError)
