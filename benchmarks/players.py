"""Trainers in processes of their own, so that none meets the threads and the memory of another.

While one trains, the others are stopped by the system: not even a thread that waits awake takes a core.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

from .contestants import Contestant, taking_part
from .networks import CHECKED_STEPS, Training
from .sampling import collector_at_rest, sampler

WARM_UP = 0.03  # seconds


class Player:
    """One contestant's trainer of a problem. Its process runs from a question to its answer, and then stands.

    Attributes:
        loss: the mean loss over all rows after ``CHECKED_STEPS`` steps.
    """

    def __init__(self, who: Contestant, benchmark: str, problem: Training) -> None:
        processes = get_context("spawn")
        self._connection, theirs = processes.Pipe()
        self._process = processes.Process(target=_play, args=(theirs, who, benchmark, problem))
        self._process.start()
        theirs.close()
        self.loss = self._answer()

    def __call__(self) -> float:
        """Take a turn; gives the seconds a step took."""
        self._tell("SIGCONT")
        self._connection.send(None)
        return self._answer()

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()

    def _answer(self) -> float:
        try:
            answer: float = self._connection.recv()
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
    contestants: Iterable[Contestant], benchmark: str, problem: Training
) -> Iterator[dict[str, Player]]:
    """A player for each contestant that takes part; they end with the block."""
    started: dict[str, Player] = {}
    try:
        for who in taking_part(contestants, benchmark):
            started[who.name] = Player(who, benchmark, problem)
        yield started
    finally:
        for player in started.values():
            player.end()


def _play(referee: Connection, who: Contestant, benchmark: str, problem: Training) -> None:
    """What a player's process does: it says the loss it reaches, and then, asked, the seconds of a step."""
    trainer = who.prepare(benchmark)(problem)
    trainer.train(CHECKED_STEPS)
    referee.send(problem.loss_of(trainer.parameters()))
    sample = sampler(trainer, trainer.reset, WARM_UP)
    with collector_at_rest():
        while True:
            referee.recv()
            referee.send(sample() / trainer.steps)
