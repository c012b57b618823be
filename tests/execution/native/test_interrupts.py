"""Ctrl-C ends a long native call between two kernels, or pieces of one, and leaves nothing half done."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partialmethod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.emission import dividing
from chainrule.execution.native.emission.sharing import ABANDONED, CONTROL_BYTES, FOREVER, UNTIL
from chainrule.execution.native.machine_code import objects
from chainrule.execution.native.runtime import crowd, interrupts
from chainrule.execution.native.runtime.crowd import Crowd


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every program counts as long, and is shared among threads."""
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(interrupts, "LONG_WORK", 0)
    monkeypatch.setattr(dividing, "LEAST_WORK", 1)
    monkeypatch.setattr(dividing, "LEAST_PROGRAM", 1)
    monkeypatch.setattr(dividing, "LEAST_STEP", 1)
    monkeypatch.setattr(crowd, "threads", lambda: 2)


class Late(Exception):  # noqa: N818 - no error
    """What a program of the user's raises where a signal tells it that time is up."""


@pytest.fixture
def times() -> Iterator[None]:
    """SIGALRM tells that time is up."""

    def late(*_: Any) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("long", "times")
@pytest.mark.parametrize("to_the_process", [True, False])
@pytest.mark.parametrize(("sent", "raised"), [("SIGINT", KeyboardInterrupt), ("SIGALRM", Late)])
def test_an_interrupt_abandons_the_call_and_waits_until_it_has_ended(
    to_the_process: bool, sent: str, raised: type[BaseException]
) -> None:
    number = signal.Signals[sent]
    control = ctypes.create_string_buffer(CONTROL_BYTES)
    started, told = threading.Event(), ctypes.c_int64.from_buffer(control, ABANDONED)
    ended = []

    def program(table: Any) -> None:
        started.set()
        while not told.value:
            pass
        ended.append(table)

    def interrupt() -> None:
        started.wait()
        if to_the_process:
            os.kill(os.getpid(), number)
        else:  # the main thread, which is to hear of it, is not woken
            signal.pthread_kill(threading.get_ident(), number)

    threading.Thread(target=interrupt).start()
    with pytest.raises(raised):
        interrupts.call(program, "table", ctypes.addressof(control), 1.0)
    assert ended == ["table"]


def test_an_interrupted_process_ends() -> None:
    code = """
import ctypes, os, signal, threading
from chainrule.execution.native.runtime import interrupts
from chainrule.execution.native.emission.sharing import ABANDONED, CONTROL_BYTES
signal.signal(signal.SIGINT, signal.default_int_handler)
control = ctypes.create_string_buffer(CONTROL_BYTES)
told = ctypes.c_int64.from_buffer(control, ABANDONED)
def program(table):
    os.kill(os.getpid(), signal.SIGINT)
    while not told.value:
        pass
try:
    interrupts.call(program, None, ctypes.addressof(control), interrupts.LONG_WORK)
except KeyboardInterrupt:
    print("interrupted")
"""
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert ran.stdout == "interrupted\n"


@contextmanager
def _abandoned(self: Crowd, operations: float, alone: bool = True) -> Iterator[int]:
    memory = np.zeros(CONTROL_BYTES // 8 + 8, np.int64)
    start = -(-memory.__array_interface__["data"][0] // 64) * 64
    for place, value in ((UNTIL, FOREVER * alone), (ABANDONED, True)):
        ctypes.c_int64.from_address(start + place).value = value
    yield start


@pytest.mark.usefixtures("long")
def test_machine_code_looks_whether_it_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    def step(w, rate, x):  # type: ignore[no-untyped-def]
        loss, gradient = cr.value_and_grad(lambda w: np.mean(np.tanh(x @ w) ** 2))(w)
        return loss, w - rate * gradient

    rng = np.random.default_rng(3)
    w, x = rng.normal(size=(40, 200)), rng.normal(size=(90, 40))
    arguments = (w, np.full(3, 0.1), np.tile(np.arange(90), (3, 1)), x)
    repeated = cr.repeat(step)
    whole = repeated(*arguments)[0]
    with monkeypatch.context() as patch:
        patch.setattr(Crowd, "at_work", _abandoned)
        assert np.isnan(repeated(*arguments)[0]).all()  # not one step came to its end
    np.testing.assert_array_equal(repeated(*arguments)[0], whole)
    assert np.isfinite(whole).all()


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("alone", [True, False])
def test_the_pieces_of_one_kernel_are_left_out_too(monkeypatch: pytest.MonkeyPatch, alone: bool) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(300, 40)), rng.normal(size=(40, 300))
    multiply = cr.compile(np.matmul)
    np.testing.assert_allclose(multiply(a, b), a @ b, rtol=1e-12, atol=1e-12)
    with monkeypatch.context() as patch:
        patch.setattr(np, "empty", lambda shape, dtype: np.full(shape, 7, dtype))  # what is to be overwritten
        patch.setattr(Crowd, "at_work", partialmethod(_abandoned, alone=alone))
        assert (multiply(a, b) == 7).all()
    np.testing.assert_allclose(multiply(a, b), a @ b, rtol=1e-12, atol=1e-12)


def test_an_interrupt_ends_a_loop_of_many_short_steps() -> None:
    def step(carry, rate, x):  # type: ignore[no-untyped-def]
        done, w = carry
        return np.mean((x @ w) ** 2), (done + 1, w)

    done, w, x, steps = np.zeros(1), np.ones((4000, 16)), np.ones((8, 4000)), 100_000  # some seconds
    repeated, numbers, orders = cr.repeat(step), np.zeros(steps), np.tile(np.arange(8), (steps, 1))
    repeated((done, w), numbers[:1], orders[:1], x)
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        repeated((done, w), numbers, orders, x, overwrite=True)
    assert done[0] < steps


def test_ctrl_c_ends_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes while LLVM makes code, and is heard when LLVM returns."""

    def deep(x: Any) -> Any:
        for _ in range(12):
            x = np.tanh(np.exp(-(x[::-1] ** 2)) + np.sin(x))
        return x

    parsed = objects._parsed
    timer = threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT))

    def parsed_and_then(*arguments: Any) -> Any:
        module = parsed(*arguments)
        if timer.ident is None:  # it has not been started
            timer.start()
        return module

    monkeypatch.setattr(objects, "_parsed", parsed_and_then)
    with pytest.raises(KeyboardInterrupt):
        cr.compile(deep)(np.ones(5))
    timer.join()
