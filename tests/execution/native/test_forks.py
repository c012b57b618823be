"""Processes that are forked while threads are busy."""

import os
import subprocess
import sys

CODE = """
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
inside.wait()
child = os.fork()
if child == 0:
    os._exit(0 if (cr.compile(lambda x: x * 3)(x) == x * 3).all() else 1)
thread.join()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert (cr.compile(lambda x: x * 4)(x) == x * 4).all()
"""


def test_a_process_that_is_forked_while_another_thread_is_in_llvm_can_compile() -> None:
    if hasattr(os, "fork"):
        subprocess.run([sys.executable, "-W", "ignore", "-c", CODE], check=True, timeout=30)
