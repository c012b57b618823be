"""Finding the user's own line."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from ..errors import SourceLine

_PACKAGE = Path(__file__).parent.parent
_OWN = tuple(
    str(_PACKAGE / part)
    for part in (
        "graph",
        "linear_maps",
        "primitives",
        "tracing",
        "calculus",
        "execution",
        "core",
        "special.py",
    )
)
_NOT_USER = (*_OWN, str(Path(np.__file__).parent))


def user_line() -> SourceLine | None:
    """The innermost line on the call stack that is neither NumPy's nor the tracer's."""
    frame = sys._getframe(1)
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_NOT_USER):
            return SourceLine(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]
    return None
