"""Training a network on a table, as the commands `train` and `demo` do it."""

from __future__ import annotations

from chainrule.cli.training.outcome import Outcome, train_plan
from chainrule.cli.training.plan import Plan, Settings, make_plan
from chainrule.data import Split

__all__ = ["Outcome", "Plan", "Settings", "Split", "make_plan", "train_plan"]
