"""What can be read off the wrong rows themselves: which they are, and what they have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .point import Tensor
from .report import Diagnosis, Row
from .verdicts import Verdict

FEW = 8
"""Wrong entries named in a sentence."""

Index = tuple[int, ...]


def few(rows: Sequence[Row], tensor: Tensor) -> Diagnosis | None:
    """A few wrong derivatives among right ones, or all those in one place of an axis."""
    failing = [row for row in rows if row.verdict is Verdict.FAIL and row.index is not None]
    right = any(row.verdict is Verdict.PASS for row in rows)
    if not failing or not right:
        return None
    outputs = 1 + max((row.output or 0) for row in rows)
    wrong = list(dict.fromkeys(((row.output or 0), *(row.index or ())) for row in failing))
    shape = (outputs, *tensor.value.shape)
    if outputs == 1:
        wrong, shape = [index[1:] for index in wrong], shape[1:]
    axes = ["output"] * (outputs > 1) + [f"axis {axis}" for axis in range(tensor.value.ndim)]
    pattern = _pattern(wrong, shape, axes)
    total = int(np.prod(shape))
    if not pattern and len(wrong) > max(FEW, total // 4):
        return None
    listed = ", ".join(f"[{', '.join(map(str, index))}]" for index in wrong[:FEW])
    more = f" and {len(wrong) - FEW} more" if len(wrong) > FEW else ""
    what = "derivatives [output, index]" if outputs > 1 else "entries"
    text = f"{len(wrong)} of {total} {what} are wrong, the others right: {pattern or listed + more}"
    indices = dict.fromkeys(row.index for row in failing if row.index is not None)
    return Diagnosis("few entries", text, entries=tuple(indices))


def not_finite(given: np.ndarray, rows: Sequence[Row]) -> list[Diagnosis]:
    """Entries given that are NaN or infinite where f has a derivative."""
    failing = [row for row in rows if row.verdict is Verdict.FAIL and not np.isfinite(row.analytic)]
    if not failing:
        return []
    broken = ~np.all(np.isfinite(given), axis=0)
    count = f"{np.count_nonzero(broken)} of {broken.size} entries given are not finite where f is smooth"
    text = f"{count}: 0·∞ or ∞ - ∞ in a branch that is not taken, or a division by zero"
    return [
        Diagnosis("not finite", text, entries=tuple(row.index for row in failing if row.index is not None))
    ]


def _pattern(wrong: Sequence[Index], shape: Index, axes: Sequence[str]) -> str:
    """What the indices of wrong entries have in common, if they are all that have it."""
    for place, (length, axis) in enumerate(zip(shape, axes, strict=True)):
        values = {index[place] for index in wrong}
        if len(values) == 1 and len(wrong) == int(np.prod(shape)) // length > 1:
            number = values.pop()
            return (
                f"all those of {axis} {number}"
                if axis == "output"
                else f"all those with index {number} on {axis}"
            )
    if len(shape) == 2 and shape[0] == shape[1] == len(wrong) > 1 and all(i == j for i, j in wrong):
        return "the diagonal"
    return ""
