"""A report as LaTeX: what is special is escaped, and every table is whole."""

from __future__ import annotations

import re

import pytest

from chainrule.verification.reporting.latex import _text

from .conftest import report, row


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a_b & 50% #1 {x} $y$", r"a\_b \& 50\% \#1 \{x\} \$y\$"),
        ("\\input{~^", r"\textbackslash{}input\{\textasciitilde{}\textasciicircum{}"),
        ("2 ± 1.0e-09", r"2 $\pm$ $1.0\cdot10^{-9}$"),
        ("-1.5e+10", r"$-1.5\cdot10^{10}$"),
        ("-0.5", "$-$0.5"),
        ("W1e5 and x-1", "W1e5 and x-1"),
        ("σ λ Δ Γ ω", r"$\sigma$ $\lambda$ $\Delta$ $\Gamma$ $\omega$"),
        ("f(x) − 1 …", r"f(x) $-$ 1 \ldots{}"),
        ("a < b | c", "a $<$ b $|$ c"),
    ],
)
def test_text(text, written):
    assert _text(text) == written


def without_escapes(latex):
    return re.sub(r"\\[\\&%$#_{}]", "", latex)


def test_braces_and_environments_close(hostile, wrong, refused):
    for shown in (hostile, wrong, refused):
        bare = without_escapes(shown.to_latex())
        assert bare.count("{") == bare.count("}")
        assert bare.count("$") % 2 == 0
        assert re.findall(r"\\begin{(\w+)}", bare) == re.findall(r"\\end{(\w+)}", bare)


def test_every_line_of_a_table_has_its_cells():
    latex = report(row(), row("FAIL", 2.0, reason="off")).to_latex()
    assert {line.count(" & ") for line in latex.splitlines() if line.endswith(r"\\")} == {5}
    assert r"\begin{tabular}{llrrrl}" in latex
    assert r"\paragraph{FAIL} 1 of 2 derivatives wrong, in W1." in latex
    assert r"\item[{W1[0, 1]}] off." in latex
