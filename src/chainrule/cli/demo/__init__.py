"""``chainrule demo``: the whole of it in twenty seconds."""

from __future__ import annotations

from chainrule.cli.demo.command import demo

__all__ = ["demo"]
