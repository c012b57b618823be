"""Models and histories on disk."""

from __future__ import annotations

from chainrule.io.atomic import atomic_write
from chainrule.io.folder import read_manifest
from chainrule.io.history import append_history, read_history
from chainrule.io.manifest import Manifest
from chainrule.io.model import load, save

__all__ = ["Manifest", "append_history", "atomic_write", "load", "read_history", "read_manifest", "save"]
