"""How each contestant trains: the same steps from the same weights, each in its own words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from ..networks import IN_PYTHON, Array, Sample, Training


class Trainer(ABC):
    """A network in training. A call trains on from where it stands, over the same minibatches each time.

    Args:
        problem: the network, its data and its minibatches.

    Attributes:
        steps: the steps of a call, as many as ``sample`` says, or the problem of a loop that is called once.
    """

    sample: ClassVar[Sample | None] = IN_PYTHON

    def __init__(self, problem: Training) -> None:
        self.problem = problem
        self.steps = problem.steps_of(self.sample or problem.one_call)
        self.prepare()
        self.reset()

    @abstractmethod
    def prepare(self) -> None:
        """What is done once: data in the library's own arrays, compiling."""

    @abstractmethod
    def reset(self) -> None:
        """Go back to the initial weights and a new optimiser."""

    @abstractmethod
    def train(self, steps: int) -> None:
        """Train that many steps, over the first minibatches of the problem's orders."""

    @abstractmethod
    def parameters(self) -> Sequence[Array]:
        """W1, b1, W2, b2 … as they are now."""

    def __call__(self) -> None:
        """Train ``steps`` steps."""
        self.train(self.steps)

    @classmethod
    def whole(cls, problem: Training, steps: int) -> Sequence[Array]:
        """The parameters after that many steps from the beginning: all that a short program does."""
        trainer = cls(problem)
        trainer.train(steps)
        return trainer.parameters()
