"""The training steps of a run as a picture, for light and for dark pages.

``python -m benchmarks.plot RESULTS.json PLACE`` writes ``PLACE-light.svg`` and ``PLACE-dark.svg``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .contestants import CONTESTANTS, OURS
from .measurement import Measurement, quantity

LOOKS = {  # colours that colour-blind readers tell apart, and a shape each
    "NumPy by hand": ("#56b4e9", "v"),
    "JAX jit": ("#e69f00", "o"),
    "JAX scan": ("#d55e00", "s"),
    "PyTorch eager": ("#cc79a7", "D"),
    "torch.compile": ("#9a7fd1", "^"),
    "scikit-learn": ("#009e73", "x"),
}
ROW = 0.31  # inches


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a page: its own, of text, of lines, and of every other row."""

    page: str
    text: str
    line: str
    stripe: str


THEMES = {
    "light": Theme("#ffffff", "#1f2328", "#8c959f", "#f3f5f7"),
    "dark": Theme("#0d1117", "#e6edf3", "#6e7681", "#161b22"),
}


def draw(measurements: Sequence[Measurement], theme: Theme) -> Figure:
    """A row for each network, a mark for each contestant: how many times Chainrule's time a step takes it."""
    medians = {(m.case, m.contestant): m.centre for m in measurements}
    cases = list(dict.fromkeys(m.case for m in measurements))
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(8.6, 1.25 + ROW * len(cases)), facecolor=theme.page, layout="constrained")
        axes = figure.add_subplot()
        for row in range(0, len(cases), 2):
            axes.axhspan(row - 0.5, row + 0.5, color=theme.stripe, linewidth=0)
        axes.axvline(1, color=theme.text, linewidth=1.5)
        for name in [who.name for who in CONTESTANTS if who.name in LOOKS]:
            _marks(axes, name, [medians.get((c, name), float("nan")) / medians[c, OURS] for c in cases])
        _frame(axes, [f"{case} · {quantity(medians[case, OURS], 'seconds')}" for case in cases], theme)
        figure.legend(
            loc="outside upper center",
            ncols=len(LOOKS),
            frameon=False,
            labelcolor=theme.text,
            handletextpad=0.2,
        )
    return figure


def _marks(axes: Axes, name: str, times: Sequence[float]) -> None:
    colour, shape = LOOKS[name]
    axes.plot(
        times, range(len(times)), shape, color=colour, label=name, fillstyle="none", markeredgewidth=1.6
    )


def _frame(axes: Axes, labels: Sequence[str], theme: Theme) -> None:
    axes.set_facecolor(theme.page)
    axes.set_xscale("log")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(lambda times, _: f"{times:g}×")
    axes.set_xlabel(f"time of a training step ÷ {OURS}'s", color=theme.text)
    axes.tick_params(colors=theme.text, which="both", left=False)
    axes.grid(axis="x", color=theme.line, linewidth=0.5, alpha=0.5)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(theme.line)


def main(results: str, place: str) -> None:
    """Draw a kept run, if it has training steps."""
    run: Mapping[str, Any] = json.loads(Path(results).read_text(encoding="utf-8"))
    found = run["benchmarks"].get("training")
    if not found:
        return
    measurements = [Measurement(**measurement) for measurement in found["measurements"]]
    with mpl.rc_context({"svg.hashsalt": "chainrule", "svg.fonttype": "none"}):  # the same run, the same file
        for name, theme in THEMES.items():
            draw(measurements, theme).savefig(f"{place}-{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
