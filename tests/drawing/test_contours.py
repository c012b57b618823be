"""Contours of a density lie where the shares that they name say."""

import numpy as np
import pytest
from scipy.stats import chi2

from chainrule.drawing.contours import SHARES, density_contours, levels
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.latent import Gaussian


@pytest.fixture
def normal():
    return Gaussian.from_parameters([1.0, -2.0], [[1.0, 0.0], [0.0, 4.0]])


def test_levels_are_those_of_a_normal():
    """Of a normal in two dimensions the share s lies where the squared distance is below χ²₂⁻¹(s)."""
    x = np.linspace(-6, 6, 601)
    density = -0.5 * (x[:, None] ** 2 + x**2)
    expected = sorted(-0.5 * chi2(2).ppf(SHARES))
    np.testing.assert_allclose(levels(density), expected, atol=0.01)


def test_the_picture_has_the_rows_and_their_range(normal):
    X = normal.sample(500, seed=0)
    ax = density_contours(normal, X, labels=("width", "height")).axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("width", "height")
    assert len(ax.collections[0].get_offsets()) == 500
    low, high = ax.get_xlim()
    assert low < X[:, 0].min() < X[:, 0].max() < high
    assert len(ax.collections[1].levels) == len(SHARES)


def test_a_single_row_can_be_shown(normal):
    assert len(density_contours(normal, [[1.0, -2.0]], points=20).axes) == 1


def test_what_cannot_be_drawn_is_refused(normal):
    X = np.zeros((3, 2))
    with pytest.raises(ArgumentError, match="a model of 1 columns"):
        density_contours(Gaussian.from_parameters([0.0], [[1.0]]), X)
    with pytest.raises(ShapeError, match="X has 3 columns"):
        density_contours(normal, np.zeros((3, 3)))
    with pytest.raises(DataError, match="X is empty"):
        density_contours(normal, X[:0])
    with pytest.raises(ArgumentError, match="points=3"):
        density_contours(normal, X, points=3)
