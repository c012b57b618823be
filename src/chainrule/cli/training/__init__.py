"""Training a network on a table, as the commands `train` and `demo` do it."""

from __future__ import annotations

from chainrule.cli.training.checking import check_gradient
from chainrule.cli.training.outcome import Outcome, train_plan
from chainrule.cli.training.plan import Plan, Settings, make_plan
from chainrule.cli.training.stopwatch import Stopwatch
from chainrule.data import Split

__all__ = ["Outcome", "Plan", "Settings", "Split", "Stopwatch", "check_gradient", "make_plan", "train_plan"]
