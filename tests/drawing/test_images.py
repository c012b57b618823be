"""Rows of pixels become pictures side by side, each where it belongs."""

import numpy as np
import pytest

from chainrule.drawing.images import image_grid, tiled
from chainrule.errors import DataError, ShapeError


def test_every_picture_is_where_it_belongs():
    pictures = np.arange(5 * 2 * 3, dtype=float).reshape(5, 2, 3)
    together = tiled(pictures, across=2)
    assert together.shape == (3 * 3 + 1, 2 * 4 + 1)
    for k, picture in enumerate(pictures):
        top, left = 1 + 3 * (k // 2), 1 + 4 * (k % 2)
        assert np.array_equal(together[top : top + 2, left : left + 3], picture)
    assert np.isnan(together).sum() == together.size - pictures.size


def test_a_figure_of_them():
    figure = image_grid(np.random.default_rng(0).random((7, 12)), shape=(3, 4), columns=5, title="$5")
    (ax,) = figure.axes
    assert ax.get_title() == "$5"
    assert ax.images[0].get_array().shape == (2 * 4 + 1, 5 * 5 + 1)
    width, height = figure.get_size_inches()
    assert width > height


def test_pixels_that_make_no_picture_are_refused():
    with pytest.raises(ShapeError, match="rows of 12 numbers as pictures of 3 × 3"):
        image_grid(np.zeros((2, 12)))
    with pytest.raises(DataError, match="rows is empty"):
        image_grid(np.zeros((0, 4)))
