"""A report as text and through rich."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

import chainrule as cr
from chainrule.verification import Diagnosis

from .conftest import HOSTILE, report, row


def lines(shown):
    return [line for line in str(shown).splitlines() if line]


def test_the_verdict_the_table_and_the_reasons():
    told = lines(report(row(), row("FAIL", 2.0, index=(3,), reason="off by 1")))
    assert told[0] == "FAIL: 1 of 2 derivatives wrong, in W1"
    assert told[1].split() == ["tensor", "index", "analytic", "numeric", "±", "bound", "ratio", "verdict"]
    assert told[3].split() == ["W1", "[0,", "1]", "1", "1", "±", "1.0e-09", "1", "PASS"]
    assert told[4].split() == ["W1", "[3]", "2", "1", "±", "1.0e-09", "2", "FAIL"]
    assert told[5] == "W1[3]: off by 1"


@pytest.mark.parametrize(
    ("rows", "headline"),
    [
        ([row()], "PASS: 1 derivative confirmed, of W1"),
        ([row(), row()], "PASS: 2 derivatives confirmed, of W1"),
        ([row(), row("UNDECIDED")], "UNDECIDED: 1 of 2 derivatives neither confirmed nor refuted, in W1"),
        ([row("FAIL"), row("UNDECIDED")], "FAIL: 1 of 2 derivatives wrong, in W1"),
        (
            [row(parameter=name) for name in "abcdef"],
            "PASS: 6 derivatives confirmed, of a, b, c, d, e, f",
        ),
        (
            [row(parameter=name) for name in "abcdefg"],
            "PASS: 7 derivatives confirmed, of a, b, c, d, e and 2 more",
        ),
    ],
)
def test_the_first_line_is_the_answer(rows, headline):
    assert lines(report(*rows))[0] == headline


def test_what_error_would_have_been_seen_and_how_it_was_found():
    told = str(report(row(bound=1e-9), row(bound=2e-7), seconds=0.25, seed=7))
    assert "smallest detectable error: 2.0e-07, in every entry that passed" in told
    assert "evaluations of f: 42 in 0.25 s" in told
    assert "with seed 7" in told
    assert "smallest detectable" not in str(report(row("FAIL", 2.0)))


def test_a_refusal_is_the_answer_and_is_said_once(refused):
    told = str(refused)
    assert told.startswith("UNDECIDED: f gives different values for the same arguments")
    assert told.count("gives different values") == 1


def test_a_long_report_shows_the_worst_and_counts_the_rest():
    rows = [row(index=(i,)) for i in range(100)] + [row("FAIL", 5.0, index=(100,))]
    told = lines(report(*rows))
    assert len(told) < 40
    assert told[3].split()[1] == "[100]"
    assert "… and 77 more, with no worse verdict" in told


def test_a_long_report_shows_some_of_every_tensor():
    from chainrule.verification import Report, TensorResult

    tensors = [
        TensorResult(
            name, (60,), "float64", tuple(row("FAIL", 2.0, parameter=name, index=(i,)) for i in range(60))
        )
        for name in ("W", "b")
    ]
    told = str(Report(tuple(tensors)))
    assert "W  " in told.split("ratio")[1]
    assert "b  " in told.split("ratio")[1]


def test_reasons_that_repeat_are_told_once():
    rows = [row("UNDECIDED", index=(i,), reason="too noisy") for i in range(5)]
    assert [line for line in lines(report(*rows)) if "noisy" in line] == ["W1[0] and 4 more of W1: too noisy"]


def test_outputs_are_named_by_their_index():
    told = lines(report(row(output=4), row(output=5), output_shape=(2, 3)))
    assert told[1].split()[2] == "output"
    assert "[1, 1]" in told[3]
    assert "[1, 2]" in told[4]


def test_diagnoses_come_before_the_reasons_of_rows():
    shown = report(row("FAIL", 2.0, reason="off by 1"))
    diagnosed = replace(shown.tensors[0], diagnoses=(Diagnosis("factor", "twice too large"),))
    told = str(replace(shown, tensors=(diagnosed,)))
    assert told.index("W1: twice too large") < told.index("W1[0, 1]: off by 1")


def test_names_are_never_markup(hostile):
    assert str(hostile).count(HOSTILE) >= 4


def test_no_line_ends_in_blanks(wrong):
    assert all(line == line.rstrip() for line in str(wrong).splitlines())
    assert "\x1b" not in str(wrong)


def test_rich_prints_the_same_words_in_colour(wrong):
    file = StringIO()
    Console(file=file, force_terminal=True, width=200, color_system="truecolor").print(wrong)
    assert "\x1b[1;31mFAIL" in file.getvalue()
    bare = StringIO()
    Console(file=bare, width=200, color_system=None).print(wrong)
    assert [line.split() for line in bare.getvalue().splitlines() if line.strip()] == [
        line.split() for line in lines(wrong)
    ]


def test_a_scalar_argument_has_no_index():
    assert [part for part in lines(cr.check(np.sin, np.cos, at=0.5))[3].split() if part][:2] == [
        "x",
        "0.87758256189037",
    ]


def loss(x):
    return np.abs(x).sum()


def test_what_was_checked_is_named_with_its_line():
    told = str(cr.check(loss, np.sign, at=np.ones(2)))
    assert f"f: loss (test_text.py:{loss.__code__.co_firstlineno}), a scalar" in told


def test_at_a_kink_the_nearest_smooth_point_is_told():
    shown = cr.check(loss, np.sign, at=np.array([0.0, 1.0]))
    step = shown.rows[0].kink.smooth
    assert f"f is smooth {'−' if step < 0 else '+'}{abs(step):.1e} away" in str(shown)
    assert cr.check(loss, np.sign, at=np.array([step, 1.0])).verdict.value == "PASS"


def test_outputs_of_a_scalar_are_numbered():
    assert "[1]" in lines(report(row(output=0), row(output=1)))[4]
