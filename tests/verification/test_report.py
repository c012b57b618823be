"""A report counts, sorts, prints and raises."""

import pytest

from chainrule.errors import ChainruleError
from chainrule.verification import GradientError, Nature, Report, Row, TensorResult, Verdict


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


def test_text_has_the_verdict_the_table_and_the_reasons():
    text = str(report(row(), row("FAIL", 2.0, index=(3,), reason="off by 1")))
    lines = text.splitlines()
    assert lines[0].startswith("FAIL: 1 of 2 derivatives confirmed by central differences, 42 evaluations")
    assert lines[1].split() == ["parameter", "analytic", "numeric", "±", "bound", "difference", "verdict"]
    assert lines[2].split() == ["W1[0,", "1]", "1", "1", "1.0e-09", "0.0e+00", "PASS"]
    assert lines[3].split() == ["W1[3]", "2", "1", "1.0e-09", "1.0e+00", "FAIL"]
    assert lines[4] == "W1[3]: off by 1"


def test_text_says_what_error_would_have_been_seen_and_what_is_flat():
    first = str(report(row(bound=1e-9), row(bound=2e-7, nature=Nature.FLAT))).splitlines()[0]
    assert "an error above 2.0e-07 would have been seen" in first
    assert "f does not change at all along 1 of them" in first


def test_text_of_a_long_report_shows_the_worst_and_counts_the_rest():
    rows = [row(index=(i,)) for i in range(100)] + [row("FAIL", 5.0, index=(100,))]
    lines = str(report(*rows)).splitlines()
    assert len(lines) < 40
    assert lines[2].startswith("W1[100]")
    assert "… and 77 more rows, none worse" in lines


def test_text_of_a_vector_valued_function_numbers_its_outputs():
    vector = Row("x", (0,), 2, 1.0, 1.0, 1e-9, Verdict.PASS)
    assert str(report(vector)).splitlines()[1].split()[:2] == ["parameter", "output"]


def test_raise_if_failed_raises_only_on_fail():
    report(row()).raise_if_failed()
    report(row("UNDECIDED")).raise_if_failed()
    with pytest.raises(GradientError, match="FAIL") as raised:
        report(row("FAIL", 2.0)).raise_if_failed()
    assert isinstance(raised.value, AssertionError)
    assert isinstance(raised.value, ChainruleError)
