"""Runs: folders that keep how a model was trained, and from which training goes on after anything."""

from __future__ import annotations

from .environment import describe_environment
from .fingerprint import array_fingerprint, file_fingerprint, generator_fingerprint
from .folder import RunFolder
from .run import Run

__all__ = [
    "Run",
    "RunFolder",
    "array_fingerprint",
    "describe_environment",
    "file_fingerprint",
    "generator_fingerprint",
]
