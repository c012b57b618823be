"""What a check found, as rows and as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ChainruleError
from .verdicts import Verdict

SHOWN = 24
"""Rows in the text; the rest are counted."""


class GradientError(ChainruleError, AssertionError):
    """A derivative that was checked is wrong."""


@dataclass(frozen=True, slots=True)
class Row:
    """One derivative: what was given for it, what values of f say, and the verdict.

    Attributes:
        parameter: the argument's name or path.
        index: the entry of the parameter; None for a whole tensor probed along one random direction.
        output: the entry of f's flattened output; None where f has only one.
        analytic: the derivative as given.
        numeric: the derivative by numerical differentiation.
        bound: how far the true derivative may lie from ``numeric``: the smallest error that would show.
        entries: how many entries of the parameter the row speaks for.
        flat: whether f did not change at all, so that a zero says little.
    """

    parameter: str
    index: tuple[int, ...] | None
    output: int | None
    analytic: float
    numeric: float
    bound: float
    verdict: Verdict
    reason: str = ""
    entries: int = 1
    flat: bool = False

    @property
    def difference(self) -> float:
        """analytic - numeric."""
        return self.analytic - self.numeric

    @property
    def name(self) -> str:
        """The parameter and its entry, as one writes it: ``W1[0, 1]``."""
        if self.index is None:
            return f"{self.parameter}[{self.entries} entries]"
        return f"{self.parameter}[{', '.join(map(str, self.index))}]" if self.index else self.parameter


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of :func:`chainrule.check`; true only for PASS.

    Attributes:
        rows: one for each derivative that was checked.
        method: "central" or "forward".
        evaluations: how often f was evaluated.
        refusal: why nothing could be checked at all, where that is so.
    """

    rows: tuple[Row, ...]
    method: str
    evaluations: int
    refusal: str = ""

    @property
    def verdict(self) -> Verdict:
        """FAIL if one row fails; PASS if every row passes; else UNDECIDED."""
        verdicts = {row.verdict for row in self.rows}
        if Verdict.FAIL in verdicts:
            return Verdict.FAIL
        return Verdict.UNDECIDED if self.refusal or verdicts != {Verdict.PASS} else Verdict.PASS

    @property
    def worst(self) -> Row | None:
        """The row that most deserves a look: a FAIL before an UNDECIDED, and the largest error in bounds."""
        return self._worst_first()[0] if self.rows else None

    def __bool__(self) -> bool:
        return self.verdict is Verdict.PASS

    def raise_if_failed(self) -> None:
        """Raise :class:`GradientError` on FAIL. ``assert report`` is stricter: it refuses UNDECIDED too."""
        if self.verdict is Verdict.FAIL:
            raise GradientError(str(self))

    def __str__(self) -> str:
        shown = list(self.rows) if len(self.rows) <= SHOWN else self._worst_first()[:SHOWN]
        lines = [f"{self.verdict}: {self._summary()}"]
        lines += _table(shown) if shown else []
        if len(self.rows) > SHOWN:
            lines.append(f"… and {len(self.rows) - SHOWN} more rows, none worse")
        lines += [f"{row.name}: {row.reason}" for row in shown if row.reason]
        return "\n".join(lines)

    def _summary(self) -> str:
        if self.refusal:
            return self.refusal
        agreeing = [row for row in self.rows if row.verdict is Verdict.PASS]
        text = f"{len(agreeing)} of {len(self.rows)} derivatives confirmed by {self.method} differences"
        text += f", {self.evaluations} evaluations"
        if agreeing:
            text += f"; an error above {max(row.bound for row in agreeing):.1e} would have been seen in each"
        flat = sum(row.flat for row in agreeing)
        return f"{text}; f does not change at all along {flat} of them" if flat else text

    def _worst_first(self) -> list[Row]:
        order = [Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS]
        return sorted(self.rows, key=lambda row: (order.index(row.verdict), -_in_bounds(row)))


def _in_bounds(row: Row) -> float:
    """The difference measured in bounds; NaN counts as infinitely far."""
    if row.difference == 0:
        return 0.0
    distance = abs(row.difference) / row.bound if row.bound else math.inf
    return math.inf if math.isnan(distance) else distance


def _table(rows: Sequence[Row]) -> list[str]:
    vector = any(row.output is not None for row in rows)
    heading = [
        "parameter",
        *(["output"] if vector else []),
        "analytic",
        "numeric",
        "± bound",
        "difference",
        "verdict",
    ]
    cells = [heading] + [_cells(row, vector) for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(heading))]
    return [
        "  ".join(
            cell.ljust(width) if i in (0, len(heading) - 1) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]


def _cells(row: Row, vector: bool) -> list[str]:
    output = [] if not vector else ["" if row.output is None else str(row.output)]
    numbers = [f"{row.analytic:.10g}", f"{row.numeric:.10g}", f"{row.bound:.1e}", f"{row.difference:.1e}"]
    return [row.name, *output, *numbers, str(row.verdict)]
