"""A classifier of handwritten digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.cli.demo.interrupt import uninterrupted
from chainrule.cli.screen import Screen
from chainrule.cli.training import Outcome, Plan, Settings, make_plan, train_plan
from chainrule.cli.training.report import describe_network, describe_outcome, outcome_facts
from chainrule.data import ClassScores, Preparation, Table, example_table
from chainrule.train import Adam

TARGET = "label"
#: The accuracy that the demo promises on rows held out.
PROMISED = 0.96
SETTINGS = Settings((128,), "relu", Adam(0.003, weight_decay=0.3), epochs=20, batch_size=32)


def read_digits() -> Table:
    """The table of digits that comes with this software, read with NumPy alone."""
    path = example_table("digits")
    with path.open() as file:
        names = file.readline().strip().split(",")
        values = np.loadtxt(file, delimiter=",")
    # All are asked for, those that are the same in every image too.
    return Table.from_columns(dict(zip(names, values.T, strict=True)), dict.fromkeys(names, "number"))


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """The trained classifier, and how it was trained."""

    plan: Plan
    outcome: Outcome

    @property
    def as_promised(self) -> bool:
        """Whether the accuracy on the rows held out is what the demo promises."""
        return isinstance(self.outcome.scores, ClassScores) and self.outcome.scores.accuracy >= PROMISED

    def images(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The pixels of the images that training looked at, and of those that it never did."""
        split = self.plan.split
        pixels = self.plan.table.drop(TARGET).matrix()
        return pixels[np.union1d(split.train, split.validation)], pixels[split.test]

    def facts(self) -> dict[str, Any]:
        """For machines."""
        return outcome_facts(self.plan, self.outcome)


def plan_digits() -> Plan:
    """The digits split and encoded, and a network that fits them."""
    return make_plan(read_digits(), TARGET, Preparation("classification"), SETTINGS)


def train_digits(plan: Plan) -> Digits:
    """Train as planned, with a progress bar on a terminal."""
    outcome = train_plan(plan)
    uninterrupted(outcome.history)
    return Digits(plan, outcome)


def show_plan(screen: Screen, plan: Plan) -> None:
    """What is about to be trained."""
    screen.say(f"digits    {len(plan.table):,} images of 8 × 8 pixels, from {example_table('digits').name}")
    describe_network(screen, plan)


def show_digits(screen: Screen, digits: Digits) -> None:
    """How good the classifier is."""
    describe_outcome(screen, digits.outcome)
