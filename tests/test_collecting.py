"""Python looks for no garbage while the library makes many objects, and goes on whatever happens."""

import gc
import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest

import chainrule as cr
from chainrule.collecting import collector_at_rest


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def failing() -> None:
    with collector_at_rest():
        with collector_at_rest():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise ZeroDivisionError


def test_it_rests_within_and_goes_on_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        failing()
    assert gc.isenabled()


def test_it_stays_off_where_it_was_off() -> None:
    gc.disable()
    with collector_at_rest():
        pass
    assert not gc.isenabled()


def test_threads_that_overlap_let_it_rest_until_the_last_is_done() -> None:
    began, ended = threading.Event(), threading.Event()

    def other() -> None:
        with collector_at_rest():
            began.set()
            ended.wait(10)

    thread = threading.Thread(target=other)
    with collector_at_rest():
        thread.start()
        began.wait(10)
    assert not gc.isenabled()
    ended.set()
    thread.join()
    assert gc.isenabled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_process_that_is_forked_meanwhile_collects() -> None:
    with collector_at_rest():
        child = os.fork()
        if not child:
            os._exit(0 if gc.isenabled() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert gc.isenabled()


def test_it_rests_while_a_step_is_traced() -> None:
    seen: list[bool] = []

    def step(w, rate, x):  # type: ignore[no-untyped-def]
        seen.append(gc.isenabled())
        return np.sum((w - x) ** 2), w - rate * np.sum(w - x)

    cr.repeat(step)(np.array(0.0), np.ones(2), np.zeros((2, 1), int), np.ones(3))
    assert seen
    assert not any(seen)
    assert gc.isenabled()
