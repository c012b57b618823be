"""Data frames of pandas, polars and others, and whatever streams Arrow data, as cells by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .cells import as_cells
from .extra import import_extra
from .inference import Cells
from .kinds import KindName
from .polars_words import word_cells
from .text import to_text
from .words import Words

#: What has such a method is no frame, but the method gives one.
NO_FRAMES = {"collect": "a query that has not run", "to_frame": "one column"}


def open_frame(frame: Any) -> Any:
    """A frame as narwhals shows it; a stream of Arrow data, such as PyArrow's table, as polars reads it.

    Raises:
        DataError: it is no data frame, or has two columns of one name.
        MissingExtraError: narwhals is not installed.
    """
    narwhals = import_extra("narwhals", "a data frame")
    for method, what in NO_FRAMES.items():
        kind = type(frame)  # of which no column is an attribute
        if hasattr(kind, method) and (method == "collect" or not hasattr(kind, "columns")):
            raise DataError(
                f"{kind.__name__} is {what}", expected="a data frame", instead=f"what its {method}() gives"
            )
    try:
        wrapped = _open(narwhals, frame)
        wrapped.columns  # noqa: B018 - pandas permits equal names, narwhals does not
    except narwhals.exceptions.DuplicateError as error:
        raise DataError(f"two columns have the same name: {error}", instead="rename one of them") from None
    except TypeError:
        raise DataError(
            f"{type(frame).__name__} is no data frame",
            expected="one of pandas or polars, or what streams Arrow data (PyArrow, DuckDB, …)",
            instead="Table.from_columns({'name': array, ...}) for arrays",
        ) from None
    return wrapped


def _open(narwhals: Any, frame: Any) -> Any:
    """The frame; of polars where it is of another library and has Arrow's PyCapsule interface."""
    streams = hasattr(frame, "__arrow_c_stream__")
    try:
        wrapped = narwhals.from_native(frame, eager_only=True)
        if not streams or wrapped.implementation.is_polars() or wrapped.implementation.is_pandas():
            return wrapped
    except TypeError:
        if not streams:
            raise
    polars = import_extra("polars", "a stream of Arrow data")
    try:
        return narwhals.from_arrow(frame, backend="polars")
    except polars.exceptions.SchemaError as error:
        raise DataError(
            f"the Arrow stream of a {type(frame).__name__} holds no table: {error}", expected="named columns"
        ) from None


def nested_columns(frame: Any, names: Sequence[str]) -> dict[str, str]:
    """The columns of a frame that hold no single values, and what they hold.

    Args:
        frame: as narwhals shows it.
        names: what its columns are called.
    """
    types = zip(names, frame.schema.values(), strict=True)
    return {name: f"a {type(dtype).__name__} in each row" for name, dtype in types if dtype.is_nested()}


def frame_cells(
    frame: Any,
    names: Sequence[str],
    kinds: Mapping[str, KindName],
    missing: frozenset[str] = frozenset(),
) -> dict[str, Cells]:
    """The columns of a frame as cells.

    Args:
        frame: as narwhals shows it.
        names: what its columns are called.
        kinds: what a column is to be read as, by these names, where that is known.
        missing: words that mean "no value".

    Raises:
        DataError: a column holds lists or records.
    """
    narwhals = import_extra("narwhals", "a data frame")
    found: dict[str, Cells] = {}
    if frame.implementation.is_polars():
        words = (narwhals.String, narwhals.Categorical, narwhals.Enum)
        places = [k for k, dtype in enumerate(frame.schema.values()) if dtype in words]
        found = dict(word_cells(frame.to_native()[:, places], [names[k] for k in places], kinds, missing))
    columns = zip(names, frame.iter_columns(), strict=True)
    return {
        name: found[name] if name in found else series_cells(narwhals, name, each, missing)
        for name, each in columns
    }


def series_cells(narwhals: Any, name: str, series: Any, missing: frozenset[str] = frozenset()) -> Cells:
    """A narwhals series as cells.

    Args:
        narwhals: the library.
        name: the column's name, for errors.
        series: the values.
        missing: words that mean "no value".

    Raises:
        DataError: it holds lists or records.
    """
    dtype = series.dtype
    if dtype in (narwhals.Int128, narwhals.UInt128, narwhals.Decimal):
        return _array(series.cast(narwhals.Float64))
    if dtype in (narwhals.List, narwhals.Array, narwhals.Struct):
        raise nested_values(name, f"a {dtype} in each row")
    if dtype in (narwhals.Date, narwhals.Datetime):
        return as_cells(_moments(narwhals, series))
    if dtype == narwhals.Duration:
        return _array(series.dt.total_microseconds()) / 1e6
    if dtype == narwhals.Boolean and series.is_null().any():
        return as_cells(_objects(series))
    if dtype in (narwhals.String, narwhals.Categorical, narwhals.Enum):
        words = to_text(_objects(series.cast(narwhals.String))).tolist()
        return Words.of(word if word and word not in missing else None for word in words).composed
    return as_cells(_array(series))


def nested_values(column: str, what: str) -> DataError:
    """The error that a column holds what is no single value."""
    return DataError(
        f"column {column!r} holds {what}",
        expected="numbers, truth values, dates or words",
        instead="a column for each of its entries, or a table without it",
    )


def _objects(series: Any) -> NDArray[np.object_]:
    """The values as Python has them, those that are missing as the frame's library marks them."""
    values = series.to_list()
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects


def _array(series: Any) -> NDArray[Any]:
    return np.asarray(series.to_numpy())


def _moments(narwhals: Any, series: Any) -> NDArray[Any]:
    """Moments in UTC, as datetime64; those without a zone as they stand."""
    if series.dtype == narwhals.Datetime and series.dtype.time_zone is not None:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return _array(series.cast(narwhals.Datetime("us"))).astype("datetime64[us]")
