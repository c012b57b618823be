"""Timing several calls against each other: in turns, so that what disturbs the machine disturbs them all."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import repeat
from time import perf_counter
from typing import Any, TypeVar

T = TypeVar("T")
Call = Callable[[], Any]
Sample = Callable[[], float]

SAMPLE_SECONDS = 0.001  # long for the clock, short beside the time that another process takes a core for


def interleaved(calls: Mapping[str, Call], rounds: int) -> dict[str, list[float]]:
    """Seconds a call, a sample for each round; in a round every call has its turn, in shuffled order."""
    samples = {name: sampler(call) for name, call in calls.items()}
    with collector_at_rest():
        return in_turns(samples, rounds)


def in_turns(samples: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """What each sample gives, one for each round; in a round every one has its turn, in shuffled order."""
    found: dict[str, list[T]] = {name: [] for name in samples}
    order, rng = list(samples), random.Random(0)
    for _ in range(rounds):
        rng.shuffle(order)
        for name in order:
            found[name].append(samples[name]())
    return found


def sampler(call: Call, before: Call | None = None, warm_up: float = 0.0) -> Sample:
    """What gives the seconds a call takes: the mean over as many calls as fill ``SAMPLE_SECONDS``.

    Args:
        call: what is timed.
        before: what is done, untimed, before each sample.
        warm_up: seconds for which the call is repeated, untimed, before each sample: its threads wake up and
            spread over the cores.
    """
    loops = _calls_in_a_sample(call)

    def sample() -> float:
        if before:
            before()
        _warm_up(call, warm_up)
        return _seconds(call, loops) / loops

    return sample


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """The garbage collector stays on, as for a user, but does not walk through what was there before."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


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
