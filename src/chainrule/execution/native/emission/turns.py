"""Sums whose terms take turns: each addition waits for the one before, but not for those of other sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..llvm_ir import LONG, Value

Round = Callable[[Value, Sequence[Value]], list[Value]]
Step = Callable[[Value, int, Sequence[Value]], list[Value]]
Combine = Callable[[Value, Value], Value]


def summed_up(
    terms: int,
    together: int,
    turns: int,
    begin: Sequence[Value],
    step: Step,
    repeat: Callable[[int, Sequence[Value], Round], Sequence[Value]],
    combine: Combine,
) -> list[Value]:
    """Results to which so many terms each have been added, in rounds.

    Args:
        terms: of each result.
        together: the terms of a round, written one after the other.
        turns: how many sums of each result there are, which take turns.
        begin: what the first sums of all results begin with, the second ones, and so on.
        step: ``step(number, i, sums)`` adds the i-th terms of a round.
        repeat: ``repeat(rounds, sums, round)`` is a loop of ``round(number, sums)``.
        combine: two sums of a result as one.
    """
    rounds, left = divmod(terms, together)
    results = len(begin) // turns

    def several(number: Value, so_far: Sequence[Value], count: int = together) -> list[Value]:
        sums = list(so_far)
        for i in range(count):
            own = slice(i % turns * results, (i % turns + 1) * results)
            sums[own] = step(number, i, sums[own])
        return sums

    sums = several(LONG(rounds), repeat(rounds, begin, several), left)
    while len(sums) > results:
        half = len(sums) // 2
        sums = [combine(a, b) for a, b in zip(sums[:half], sums[half:], strict=True)]
    return sums
