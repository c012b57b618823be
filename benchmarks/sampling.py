"""Timing several calls against each other: in turns, so that what disturbs the machine disturbs them all."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Mapping
from itertools import repeat
from time import perf_counter
from types import MappingProxyType
from typing import Any

Call = Callable[[], Any]

SAMPLE_SECONDS = 0.001  # long for the clock, short beside the time that another process takes a core for
NOTHING: Mapping[str, Call] = MappingProxyType({})


def interleaved(
    calls: Mapping[str, Call], rounds: int, before: Mapping[str, Call] = NOTHING, warm_up: float = 0.0
) -> dict[str, list[float]]:
    """Seconds a call, a sample for each round; in a round every call has its turn, in shuffled order.

    A sample is the mean over as many calls as fill ``SAMPLE_SECONDS``. The garbage collector stays on,
    as it is for a user, but does not walk through what was there before.

    Args:
        calls: what is timed, by name.
        rounds: samples of each.
        before: what is done, untimed, before a call's turn.
        warm_up: seconds for which a call is repeated, untimed, at the beginning of its turn: the threads of
            the one before, which may wait awake, fall asleep, and its own spread over the cores.
    """
    loops = {name: _calls_in_a_sample(call) for name, call in calls.items()}
    samples: dict[str, list[float]] = {name: [] for name in calls}
    order, rng = list(calls), random.Random(0)
    gc.collect()
    gc.freeze()
    try:
        for _ in range(rounds):
            rng.shuffle(order)
            for name in order:
                before.get(name, _nothing)()
                _warm_up(calls[name], warm_up)
                samples[name].append(_seconds(calls[name], loops[name]) / loops[name])
    finally:
        gc.unfreeze()
    return samples


def _nothing() -> None:
    """What is done before a call of which nothing else is said."""


def _warm_up(call: Call, seconds: float) -> None:
    """Call once, which brings its code and data back into the caches, and on until the time is over."""
    end = perf_counter() + seconds
    call()
    while perf_counter() < end:
        call()


def _seconds(call: Call, loops: int) -> float:
    start = perf_counter()
    for _ in repeat(None, loops):
        call()
    return perf_counter() - start


def _calls_in_a_sample(call: Call) -> int:
    call()  # tracing and compiling are not part of it
    loops = 1
    while (seconds := _seconds(call, loops)) < SAMPLE_SECONDS / 2:
        loops *= 2
    return max(1, round(loops * SAMPLE_SECONDS / seconds))
