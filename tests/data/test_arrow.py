"""Arrow data by its PyCapsule interface alone, without PyArrow."""

from __future__ import annotations

import datetime

import numpy as np
import polars
import pytest

from chainrule.data import Table
from chainrule.errors import DataError


class Stream:
    """What has nothing but Arrow's stream, as tables of PyArrow and relations of DuckDB have among others."""

    def __init__(self, of: polars.DataFrame | polars.Series) -> None:
        self._of = of

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._of.__arrow_c_stream__(requested_schema)


def test_a_stream_is_read_as_the_frame_that_it_comes_from() -> None:
    frame = polars.DataFrame(
        {
            "size": [1.5, None, 3.0],
            "town": ["Zürich", None, "Bern"],
            "flat": [True, False, None],
            "day": [datetime.date(2024, 2, 29), None, datetime.date(2025, 1, 1)],
            "price": ["1,234.5", "2,000", None],
        },
        schema_overrides={"town": polars.Categorical},
    )
    found, expected = Table.from_frame(Stream(frame)), Table.from_frame(frame)
    assert found.kinds == expected.kinds
    assert list(found.kinds.values()) == ["number", "category", "boolean", "date", "number"]
    for name in found.names:
        np.testing.assert_array_equal(found[name], expected[name])


def test_a_stream_of_one_column_is_no_table() -> None:
    with pytest.raises(DataError, match="the Arrow stream of a Stream holds no table"):
        Table.from_frame(Stream(polars.Series("a", [1, 2])))
    with pytest.raises(DataError, match=r"(?s)int is no data frame.*one of pandas or polars"):
        Table.from_frame(3)
