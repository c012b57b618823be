"""Functions that several threads call at once."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.core import specialise

CALLS = 300


@pytest.fixture(autouse=True)
def threads_take_turns_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(work: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def test_arguments_of_other_shapes_at_once() -> None:
    f = cr.compile(lambda x: np.sum(x * x))
    xs = [np.arange(1.0, n) for n in (2, 3, 4)]
    expected = [float(np.sum(x * x)) for x in xs]
    for x in xs:
        f(x)

    def work(seed: int) -> None:
        for k in np.random.default_rng(seed).integers(3, size=CALLS):
            assert float(f(xs[k])) == expected[k]

    in_threads(work)


@pytest.mark.parametrize("make", [cr.compile, cr.grad])
def test_what_they_read_may_change_at_once(make: Callable[..., Any]) -> None:
    factor = [2.0]
    f = make(lambda x: np.sum(factor[0] * x))

    def work(seed: int) -> None:
        for k in np.random.default_rng(seed).integers(1, 5, size=CALLS // 10):
            if not seed:
                factor[0] = float(k)
            f(np.ones(k))

    in_threads(work)
    for factor[0] in (7.0, 8.0):
        np.testing.assert_array_equal(f(np.ones(3)), factor[0] * (3 if make is cr.compile else np.ones(3)))


def test_more_types_at_once_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(specialise, "CACHED_TYPES", 2)
    f = cr.grad(lambda xs: sum(x * x for x in xs))

    def work(seed: int) -> None:
        for k in np.random.default_rng(seed).integers(1, 5, size=CALLS // 5):
            assert f([3.0] * k) == [6.0] * k

    in_threads(work)
