"""Models and histories on disk."""

from __future__ import annotations

from .atomic import atomic_write
from .folder import read_manifest
from .history import append_history, read_history
from .manifest import Manifest
from .model import load, save

__all__ = ["Manifest", "append_history", "atomic_write", "load", "read_history", "read_manifest", "save"]
