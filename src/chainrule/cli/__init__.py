"""The command line: one file for each command."""

from __future__ import annotations

from chainrule.cli.program import main

__all__ = ["main"]
