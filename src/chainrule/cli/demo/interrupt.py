"""Ctrl-C while the demo trains."""

from __future__ import annotations

from chainrule.train import History


def uninterrupted(history: History) -> History:
    """The history itself.

    Raises:
        KeyboardInterrupt: Ctrl-C ended that training; it shall end the demo, which has more to do.
    """
    if history.stopped_by == "interrupt":
        raise KeyboardInterrupt
    return history
