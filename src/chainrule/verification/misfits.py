"""What NumPy says of shapes that do not fit, said with the user's line and the arrays that stand on it."""

from __future__ import annotations

import dis
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

from ..errors import ShapeError, SourceLine
from ..lines import shapes_on, users_frame

_OF_SHAPES = re.compile(
    r"shape|broadcast|dimension|aligned|inhomogeneous|size|subscripts|equal division|for axis|of integer"
)


@contextmanager
def misfits_told() -> Iterator[None]:
    """Turn NumPy's error about shapes, in a function of the user's, into one that names the line.

    What the function itself raises stays as it is.

    Raises:
        ShapeError: shapes that do not fit each other.
    """
    try:
        yield
    except (ValueError, IndexError) as error:
        found = users_frame(error.__traceback__)
        if isinstance(error, ShapeError) or found is None or not _OF_SHAPES.search(str(error)):
            raise
        frame, place = found
        if _raises_itself(error.__traceback__, frame):
            raise
        shapes = shapes_on(frame, place)
        raise ShapeError(
            f"{shapes or 'arrays'} do not fit each other: {error}",
            instead="arguments of other shapes in `at`, or another operation",
            where=SourceLine(place.filename, place.lineno or 0),
        ) from error


def _raises_itself(trace: TracebackType | None, frame: FrameType) -> bool:
    """Whether it was a statement of this frame's that raised the error."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or trace.tb_frame is not frame:
        return False
    return dis.opname[frame.f_code.co_code[trace.tb_lasti]] in ("RAISE_VARARGS", "RERAISE")
