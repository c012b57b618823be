"""The error-against-step plot."""

from __future__ import annotations

import sys
from dataclasses import replace

import matplotlib
import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, MissingExtraError
from chainrule.verification.reporting.plot import LABELS


def test_a_panel_for_each_curve(wrong):
    axes = wrong.plot().axes
    assert [ax.get_title(loc="left") for ax in axes] == [curve.name for curve in wrong.curves]
    assert all((ax.get_xscale(), ax.get_yscale()) == ("log", "log") for ax in axes)


def test_lines_are_the_distances_from_the_numeric_derivative(wrong):
    curve, ax = wrong.curves[0], wrong.plot().axes[0]
    lines = {line.get_label(): line for line in ax.get_lines()}
    for name in ("forward", "central"):
        errors = np.abs(np.array(getattr(curve, name)) - curve.numeric)
        np.testing.assert_array_equal(lines[LABELS[name]].get_xdata(), np.array(curve.steps)[errors > 0])
        np.testing.assert_array_equal(lines[LABELS[name]].get_ydata(), errors[errors > 0])
    gap = abs(curve.analytic - curve.numeric)
    assert set(lines[LABELS["given"]].get_ydata()) == {gap}
    assert ax.get_ylim()[0] <= curve.bound / 10


def test_the_lectures_quotient_errs_by_h_and_the_central_one_by_its_square():
    curve = cr.check(lambda x: np.exp(x).sum(), np.exp, at=np.array([0.3])).plot().axes[0]
    slopes = {
        line.get_label(): np.polyfit(np.log(line.get_xdata()[:4]), np.log(line.get_ydata()[:4]), 1)[0]
        for line in curve.get_lines()
        if line.get_label() != LABELS["given"]
    }
    assert slopes[LABELS["forward"]] == pytest.approx(1, abs=0.1)
    assert slopes[LABELS["central"]] == pytest.approx(2, abs=0.1)


def test_at_most_six_panels(wrong):
    many = replace(wrong, curves=wrong.curves * 5)
    assert len(many.plot().axes) == 6
    assert len(replace(wrong, curves=wrong.curves[:1]).plot().axes) == 1


def test_names_are_never_formulas(hostile):
    hostile.plot().savefig("/dev/null", format="svg")


def test_nothing_global_changes(wrong):
    before = dict(matplotlib.rcParams)
    wrong.to_html()
    assert dict(matplotlib.rcParams) == before


def test_a_refused_report_has_nothing_to_draw(refused):
    with pytest.raises(ArgumentError, match="no difference quotients"):
        refused.plot()


def test_without_matplotlib(wrong, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"chainrule\[plot\]"):
        wrong.plot()
