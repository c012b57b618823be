"""Processes that are forked while threads are busy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

IN_LLVM = """
import os, threading, time
import numpy as np, chainrule as cr
import llvmlite.binding as llvm

x = np.arange(3.0)
cr.compile(lambda x: x * 2)(x)
inside = threading.Event()

def in_llvm():
    with llvm.ffi.lib._lock:
        inside.set()
        time.sleep(0.3)

thread = threading.Thread(target=in_llvm)
thread.start()
assert inside.wait(60)
child = os.fork()
if child == 0:
    os._exit(0 if (cr.compile(lambda x: x * 3)(x) == x * 3).all() else 1)
thread.join()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert (cr.compile(lambda x: x * 4)(x) == x * 4).all()
"""


SIMPLIFYING = """
import os, threading, time
import numpy as np, chainrule as cr
from chainrule.core import specialise

x, inside = np.arange(3.0), threading.Event()
assert (cr.grad(lambda x: np.sum(x * x))(x) == 2 * x).all()
simplify = specialise.simplify

def slowly(graph):
    inside.set()
    time.sleep(0.3)
    return simplify(graph)

specialise.simplify = slowly
thread = threading.Thread(target=lambda: cr.grad(lambda x: np.sum(x * 3))(x))
thread.start()
assert inside.wait(60)
child = os.fork()
if child == 0:
    specialise.simplify = simplify
    os._exit(0 if (cr.grad(lambda x: np.sum(x * x))(x) == 2 * x).all() else 1)
thread.join()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""

PLANNING = """
import gc, os, threading, time
import numpy as np, chainrule as cr
from chainrule.execution.native.planning import GRAPH_PASSES

x, inside = np.arange(3.0), threading.Event()
legalise = GRAPH_PASSES["legalise"]

def slowly(graph):
    inside.set()
    time.sleep(0.3)
    return legalise(graph)

GRAPH_PASSES["legalise"] = slowly
thread = threading.Thread(target=lambda: cr.compile(lambda x: x * 3)(x))
thread.start()
assert inside.wait(60)
child = os.fork()
if child == 0:
    GRAPH_PASSES["legalise"] = legalise
    cr.compile(lambda x: x * 5)(x)
    os._exit(0 if gc.isenabled() else 1)
thread.join()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert gc.isenabled()
"""


@pytest.mark.parametrize("code", [IN_LLVM, SIMPLIFYING, PLANNING], ids=["in LLVM", "simplifying", "planning"])
def test_a_process_that_is_forked_while_another_thread_is_busy_can_compile(
    code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))
    if hasattr(os, "fork"):
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=120)
