"""Turning plain NumPy functions into graphs."""

from .. import primitives  # registers the operations
from . import functions
from .registry import covered_functions, covers
from .trace import TraceResult, trace_function
from .tracer import NeedsValue, Trace, Traced, apply, innermost, name, unwrap

__all__ = [
    "NeedsValue",
    "Trace",
    "TraceResult",
    "Traced",
    "apply",
    "covered_functions",
    "covers",
    "functions",
    "innermost",
    "name",
    "primitives",
    "trace_function",
    "unwrap",
]
