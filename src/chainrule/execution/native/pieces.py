"""The steps of a call, cut into pieces between which Python looks up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

from .runtime.interrupts import LONG_WORK, is_long

AT_FIRST = 3  # times what is long by itself, that is made before Ctrl-C is heard; then as much as takes
HEARD = 0.2  # seconds


class Piece(NamedTuple):
    """So many ``steps`` with minibatches of one size, from a row and a step on."""

    size: int
    row: int
    step: int
    steps: int

    def cut(self, steps: int) -> tuple[Piece, Piece]:
        """The first so many steps, and the others."""
        rest = Piece(self.size, self.row + steps * self.size, self.step + steps, self.steps - steps)
        return self._replace(steps=steps), rest


def of_one_size(lines: int, full: int, rest: int, batch_size: int) -> Iterator[Piece]:
    """Steps of one size after the other: in each line so many full minibatches, and one of the ``rest``."""
    if not rest:
        if full and lines:
            yield Piece(batch_size, 0, 0, lines * full)
        return
    rows, minibatches = full * batch_size + rest, full + 1
    for line in range(lines):
        if full:
            yield Piece(batch_size, line * rows, line * minibatches, full)
        yield Piece(rest, line * rows + full * batch_size, line * minibatches + full, 1)


def short(pieces: Iterable[Piece], operations: float) -> Iterator[Piece]:
    """Pieces, after each of which Ctrl-C is heard; while a step runs that is long by itself, it is anyway."""
    most = math.inf if is_long(operations) else max(1.0, AT_FIRST * LONG_WORK / max(operations, 1))
    for piece in pieces:
        while piece.steps > most:
            part, piece = piece.cut(int(most))
            start = perf_counter()
            yield part
            took = perf_counter() - start
            most = most * 2 if took < HEARD / 2 else max(1.0, most / 2) if took > HEARD else most
        yield piece


def in_trials(pieces: Iterable[Piece], trials: Sequence[int]) -> Iterator[tuple[int, Piece]]:
    """Pieces and the trial that each is of, cut where one with so many steps ends; the rest is of none."""
    trial, left = 0, list(trials)
    for piece in pieces:
        while trial < len(left) and piece.steps >= left[trial]:
            part, piece = piece.cut(left[trial])
            yield trial, part
            trial += 1
        if piece.steps:
            yield trial, piece
            if trial < len(left):
                left[trial] -= piece.steps
