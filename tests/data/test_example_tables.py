"""The tables that come with this software."""

import numpy as np
import pytest

from chainrule.data import example_table, read_table
from chainrule.errors import ArgumentError


def test_digits():
    table = read_table(example_table("digits"))
    assert len(table) == 1797
    pixels = table.drop("label").matrix()
    assert pixels.shape == (1797, 64)
    assert (pixels == pixels.astype(int)).all()
    assert (pixels.min(), pixels.max()) == (0, 16)
    # As many of each digit as the data set's documentation counts in its test file.
    assert np.bincount(table["label"].astype(int)).tolist() == [
        178,
        182,
        177,
        183,
        181,
        182,
        181,
        179,
        174,
        180,
    ]


def test_wine():
    table = read_table(example_table("wine"))
    assert table.drop("class").matrix().shape == (178, 13)
    assert np.bincount(table["class"].astype(int)).tolist() == [0, 59, 71, 48]
    assert table["alcohol"].mean() == pytest.approx(13.0, abs=0.05)  # as its documentation rounds it


@pytest.mark.parametrize("name", ["digits", "wine"])
def test_licence_beside_the_table(name):
    notes = example_table(name).with_name(f"{name}.LICENSE.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in notes
    assert "https://doi.org/" in notes


def test_unknown_table():
    with pytest.raises(ArgumentError, match="one of 'digits', 'wine'"):
        example_table("../wine")
