"""Pictures in characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHADES = " .:-=+*#%@"
WIDTH, HEIGHT = 24, 7


def scatter(points: NDArray[Any], marks: Sequence[str]) -> list[str]:
    """Points of a plane, shape (n, 2), each drawn as its mark; marks of one place stand beside each other.

    >>> for line in scatter(np.array([[0, 0], [1, 1], [0, 0]]), ["a", "b", "c"]):
    ...     print(line.rstrip())
         1 |                       b
           |
           |
           |
           |
           |
         0 |ac
           +------------------------
            0                      1
    """
    low, high = points.min(axis=0), points.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    places = np.rint((points - low) / span * [WIDTH - 1, HEIGHT - 1]).astype(int)
    cells = [[" "] * (WIDTH + len(points)) for _ in range(HEIGHT)]  # room for all marks in one place
    for (x, y), mark in zip(places.tolist(), marks, strict=True):
        row = cells[HEIGHT - 1 - y]
        row[row.index(" ", x)] = mark
    labels = [f"{high[1]:.3g}", *[""] * (HEIGHT - 2), f"{low[1]:.3g}"]
    margin = max(6, *map(len, labels))
    drawn = [f"{label:>{margin}} |{''.join(row)}" for label, row in zip(labels, cells, strict=True)]
    left, right = f"{low[0]:.3g}", f"{high[0]:.3g}"
    indent = " " * (margin + 1)
    return [*drawn, f"{indent}+{'-' * WIDTH}", f"{indent} {left}{right:>{WIDTH - len(left)}}"]


def image(pixels: NDArray[Any], darkest: float) -> list[str]:
    """A square image, shape (pixels,), of brightness from 0 to ``darkest``, two characters a pixel.

    >>> image(np.array([0, 1, 2, 3]), darkest=3)
    ['  --', '**@@']
    """
    side = int(np.sqrt(len(pixels)))
    levels = np.clip(np.rint(pixels / darkest * (len(SHADES) - 1)), 0, len(SHADES) - 1).astype(int)
    return ["".join(SHADES[level] * 2 for level in row) for row in levels.reshape(side, side).tolist()]


def side_by_side(pictures: Sequence[Sequence[str]], gap: int = 3) -> str:
    """Pictures of equal height as one text.

    >>> print(side_by_side([["ab", "c"], ["d", "e"]], gap=1))
    ab d
    c  e
    """
    widths = [max(map(len, picture)) + gap for picture in pictures]
    lines = zip(*pictures, strict=True)
    return "\n".join(
        "".join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
