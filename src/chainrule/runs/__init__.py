"""Runs: folders that keep how a model was trained, and from which training goes on after anything."""

from __future__ import annotations

from .comparison import RunComparison, compare_runs
from .environment import describe_environment
from .fingerprint import array_fingerprint, file_fingerprint, generator_fingerprint
from .folder import RunFolder
from .run import Run
from .summary import RunSummary, list_runs

__all__ = [
    "Run",
    "RunComparison",
    "RunFolder",
    "RunSummary",
    "array_fingerprint",
    "compare_runs",
    "describe_environment",
    "file_fingerprint",
    "generator_fingerprint",
    "list_runs",
]
