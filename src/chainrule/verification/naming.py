"""What to call a function in a report."""

from __future__ import annotations

from inspect import unwrap
from pathlib import Path
from typing import Any


def described(function: Any) -> str:
    """The function's name, and the file and line where Python code of it starts.

    >>> described(max)
    'max'
    """
    name = getattr(function, "__qualname__", type(function).__name__).replace("<locals>.", "")
    code = getattr(unwrap(function), "__code__", None)
    return f"{name} ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else name
