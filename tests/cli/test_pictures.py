"""Pictures in characters."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chainrule.cli.demo.pictures import SHADES, image, scatter, side_by_side

numbers = st.floats(-1e6, 1e6)


@given(arrays(float, st.tuples(st.integers(1, 6), st.just(2)), elements=numbers))
def test_every_point_is_drawn_once(points) -> None:
    marks = "ABCDEF"[: len(points)]
    drawn = "".join(line.split("|")[1] for line in scatter(points, marks)[:-2])
    assert sorted(drawn.replace(" ", "")) == list(marks)


def test_points_are_where_they_should_be() -> None:
    lines = scatter(np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 5.0], [2.0, 5.0]]), "abcd")
    assert lines[0].rstrip() == "     5 |c                      d"
    assert lines[6].rstrip() == "     0 |a                      b"
    assert lines[8].rstrip() == "        0                      2"


@given(arrays(float, 16, elements=st.floats(-10, 30)))
def test_a_brighter_pixel_is_never_drawn_lighter(pixels) -> None:
    drawn = "".join(image(pixels, 16))[::2]
    shades = [SHADES.index(mark) for mark in drawn]
    order = np.argsort(pixels, kind="stable")
    assert (np.diff(np.array(shades)[order]) >= 0).all()


def test_pictures_stand_beside_each_other() -> None:
    assert side_by_side([["a", "b"], ["c", "d"]], gap=2) == "a  c\nb  d"
