"""A report for a paper: paragraphs and tables of plain LaTeX, which need no package."""

from __future__ import annotations

import re
import unicodedata

from ..report import Report
from .content import Content, Grid, content

_SPECIAL = {
    "\\": r"\textbackslash{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "±": r"$\pm$",
    "−": "$-$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "∂": r"$\partial$",
    "√": r"$\surd$",
    "…": r"\ldots{}",
    "–": "--",
    "⁻": "$^-$",
}
_POWER = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?)e([+-]\d+)")


def latex(report: Report) -> str:
    """The report as LaTeX to be put into a document."""
    told = content(report)
    parts = [
        f"\\paragraph{{{told.verdict}}} {_text(told.headline)}.",
        *[_text(finding) + "." for finding in told.findings],
        *[_table(grid) for grid in (told.tensors, told.rows) if grid],
        _remarks(told),
        "; ".join(f"{_text(name)}: {_text(value)}" for name, value in told.facts) + ".",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(grid: Grid) -> str:
    left = len(grid.header) - 1 - grid.numeric
    head = _line(grid.header)
    lines = [_line(line.cells) for line in grid.lines]
    more = [_text(grid.more)] if grid.more else []
    columns = f"{'l' * left}{'r' * grid.numeric}l"
    return "\n".join(
        [
            "{\\footnotesize\\setlength{\\tabcolsep}{3pt}",
            f"\\noindent\\begin{{tabular}}{{{columns}}}",
            "\\hline",
            head,
            "\\hline",
            *lines,
            "\\hline",
            "\\end{tabular}",
            *more,
            "\\par}",
        ]
    )


def _line(cells: tuple[str, ...]) -> str:
    return " & ".join(map(_text, cells)) + r" \\"


def _remarks(told: Content) -> str:
    if not told.remarks:
        return ""
    items = [f"\\item[{{{_text(place)}}}] {_text(remark)}." for place, remark in told.remarks]
    return "\n".join(["\\begin{description}", *items, "\\end{description}"])


def _text(text: str) -> str:
    """Text with the characters that mean something to LaTeX escaped, and numbers like 2.3e-12 as powers."""
    parts: list[str] = []
    end = 0
    for match in _POWER.finditer(text):
        mantissa, exponent = match.groups()
        parts += [_escaped(_minus(text[end : match.start()])), f"${mantissa}\\cdot10^{{{int(exponent)}}}$"]
        end = match.end()
    return "".join([*parts, _escaped(_minus(text[end:]))])


def _minus(text: str) -> str:
    """A minus sign for the hyphen before a number."""
    return re.sub(r"(?<![\w\])}])-(?=\d)", "−", text)


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(character) or _greek(character) for character in text)


def _greek(character: str) -> str:
    """A Greek letter as mathematics, anything else as it is."""
    kind, _, name = unicodedata.name(character, "").partition(" LETTER ")
    if kind not in ("GREEK SMALL", "GREEK CAPITAL") or " " in name:
        return character
    written = name.lower().replace("lamda", "lambda")
    return f"$\\{written.capitalize() if kind == 'GREEK CAPITAL' else written}$"
