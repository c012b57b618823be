"""Seconds and milliseconds since 1970: against NumPy's own moments."""

from __future__ import annotations

import numpy as np
import polars
import pytest

from chainrule.data import make_column, prepare_table, read_table
from chainrule.errors import DataError

SECONDS = np.array([1_500_000_000, 1_600_000_123, 1_700_000_000])
MOMENTS = SECONDS.astype("datetime64[s]").astype("datetime64[us]")


@pytest.mark.parametrize(("format", "factor"), [("%s", 1), ("%Q", 1000)])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("on_disk", [False, True])
def test_they_are_dates_when_that_is_asked_for(tmp_path, format, factor, suffix, on_disk) -> None:
    frame = polars.DataFrame({"when": [*(SECONDS * factor).tolist(), None], "x": [1, 2, 3, 4]})
    getattr(frame, f"write_{suffix}")(tmp_path / f"t.{suffix}")
    folder = tmp_path if on_disk else None
    table = read_table(tmp_path / f"t.{suffix}", {"when": f"date:{format}"}, folder=folder)
    np.testing.assert_array_equal(table["when"], [*MOMENTS, np.datetime64("NaT")])
    assert str(table.column("when").type) == f"date:{format}"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (SECONDS, "seconds since 1970: date:%s reads them so"),
        (SECONDS * 1000, "milliseconds since 1970: date:%Q reads them so"),
        ([*SECONDS, np.nan], "seconds since 1970: date:%s reads them so"),
        (SECONDS + 0.5, ""),
        ([*SECONDS, 5], ""),
        ([*SECONDS, SECONDS[0] * 1000], ""),
    ],
)
def test_numbers_that_look_like_them_are_told(values, said) -> None:
    warnings = make_column("seen", np.array(values, float)).warnings
    assert warnings == ((f"numbers that look like {said}",) if said else ())
    assert make_column("seen", np.array(values, float), "number").warnings == ()


def test_a_column_of_numbers_becomes_dates_and_what_is_no_date_is_named() -> None:
    column = make_column("seen", SECONDS.astype(float))
    np.testing.assert_array_equal(column.to_kind("date:%s").values, MOMENTS)
    for cells in ([1.5e9, 1e300], ["1500000000", "1e300"]):
        with pytest.raises(DataError, match=r"column 'seen' holds '1.*' in data row 2"):
            make_column("seen", cells, "date:%s")


def test_a_model_remembers_them(tmp_path) -> None:
    rows = [f"{1_500_000_000 + 40_000 * k},{k % 7}" for k in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(["seen,y", *rows]))
    data = prepare_table(read_table(tmp_path / "t.csv", {"seen": "date:%s"}), "y")
    assert data.encoder.kinds["seen"] == "date:%s"
    again = data.encoder.transform(read_table(tmp_path / "t.csv", data.encoder.kinds))
    np.testing.assert_array_equal(again, data.X)
