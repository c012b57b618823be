"""Rows that are small pictures, side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, as_count
from ..errors import ShapeError
from ..extras import import_extra
from ..latent.arguments import as_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELL = 0.55
"""Inches that a picture takes."""


def image_grid(
    rows: ArrayLike,
    *,
    shape: tuple[int, int] | None = None,
    columns: int = 10,
    title: str = "",
    ink: str = "black",
) -> Figure:
    """Every row as a picture of its numbers, dark for large ones, in a grid.

    Args:
        rows: shape (n, pixels), n ≥ 1.
        shape: of a picture, (height, width); by default a square.
        columns: pictures in a line.
        title: above them.
        ink: the colour of the title.

    Raises:
        ShapeError: a row has not as many numbers as a picture has pixels.
        DataError: there are no rows, or numbers that are not finite.
        MissingExtraError: matplotlib is not installed.

    >>> figure = image_grid(np.eye(4), columns=2)
    >>> figure.axes[0].images[0].get_array().shape  # two lines of 2 × 2 pictures, and what parts them
    (7, 7)
    """
    table = as_rows(rows, name="rows", least=1)
    height, width = _shape(table.shape[1], shape)
    across = min(as_count(columns, "columns"), len(table))
    together = tiled(table.reshape(-1, height, width), across)
    down = math.ceil(len(table) / across)
    figure: Figure = import_extra("matplotlib.figure", "plot", "a plot").Figure(
        figsize=(CELL * across, CELL * down * height / width + (0.35 if title else 0.0)),
        layout="constrained",
        facecolor="none",
    )
    ax = figure.subplots()
    ax.imshow(together, cmap="gray_r", interpolation="nearest")
    ax.set_axis_off()
    if title:
        ax.set_title(title, color=ink, fontsize=10, parse_math=False)
    return figure


def tiled(pictures: Array, across: int) -> Array:
    """Pictures, shape (n, height, width), in lines of ``across``, with NaN between and where none is."""
    n, height, width = pictures.shape
    down = math.ceil(n / across)
    together = np.full((down * (height + 1) + 1, across * (width + 1) + 1), np.nan)
    for k, picture in enumerate(pictures):
        top, left = 1 + (k // across) * (height + 1), 1 + (k % across) * (width + 1)
        together[top : top + height, left : left + width] = picture
    return together


def _shape(pixels: int, shape: tuple[int, int] | None) -> tuple[int, int]:
    height, width = (math.isqrt(pixels),) * 2 if shape is None else shape
    if height * width != pixels:
        raise ShapeError(
            f"rows of {pixels} numbers as pictures of {height} × {width}",
            expected="a number for each pixel",
            instead="shape=(height, width)",
        )
    return height, width
