"""Contestants in processes of their own, so that none meets the threads and the memory of another.

While one computes, the others are stopped by the system: not even a thread that waits awake takes a core.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from .contestants import Contestant, taking_part
from .networks import CHECKED_STEPS, Training
from .sampling import collector_at_rest, sampler

WARM_UP = 0.03  # seconds


class Player:
    """A contestant's process, which runs from a question to its answer, and then stands.

    Args:
        play: what the process does: ``play(referee, *arguments)`` sends the referee a first answer, and then
            one for each question it receives.
        arguments: what it is told.

    Attributes:
        ready: the first answer.
    """

    def __init__(self, play: Callable[..., None], *arguments: Any) -> None:
        processes = get_context("spawn")
        self._connection, theirs = processes.Pipe()
        self._process = processes.Process(target=play, args=(theirs, *arguments))
        self._process.start()
        theirs.close()
        self.ready = self._answer()

    def __call__(self, question: Any = None) -> Any:
        """Ask, and wait for the answer."""
        self._tell("SIGCONT")
        self._connection.send(question)
        return self._answer()

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()

    def _answer(self) -> Any:
        try:
            answer = self._connection.recv()
        except EOFError:  # what went wrong stands on the process's standard error
            raise SystemExit(f"{self._process.name} ended") from None
        self._tell("SIGSTOP")
        return answer

    def _tell(self, name: str) -> None:
        """Send a signal, where the system has it."""
        if hasattr(signal, name) and self._process.pid:
            os.kill(self._process.pid, getattr(signal, name))


@contextmanager
def players(
    contestants: Iterable[Contestant], benchmark: str, play: Callable[..., None], *arguments: Any
) -> Iterator[dict[str, Player]]:
    """A player for each contestant that takes part, ``play(referee, contestant, *arguments)``; they end with
    the block."""
    started: dict[str, Player] = {}
    try:
        for who in taking_part(contestants, benchmark):
            started[who.name] = Player(play, who, *arguments)
        yield started
    finally:
        for player in started.values():
            player.end()


def train(referee: Connection, who: Contestant, benchmark: str, problem: Training) -> None:
    """Play a trainer of a problem: it says the loss it reaches, and then, asked, the seconds of a step."""
    trainer = who.prepare(benchmark)(problem)
    trainer.train(CHECKED_STEPS)
    referee.send(problem.loss_of(trainer.parameters()))
    sample = sampler(trainer, trainer.reset, WARM_UP)
    with collector_at_rest():
        while True:
            referee.recv()
            referee.send(sample() / trainer.steps)
