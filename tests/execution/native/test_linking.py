"""Libraries of machine code come and go in one process."""

import ctypes
import gc
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.execution.native.llvm_ir import LONG, POINTER, Module, function
from chainrule.execution.native.machine_code import linking
from chainrule.execution.native.machine_code.linking import Library, link
from chainrule.execution.native.machine_code.objects import object_code
from chainrule.execution.native.target import host

STATUS = Path("/proc/self/statm")


def storing(number: int) -> bytes:
    """Machine code that stores a number."""
    module = Module(host().triple)
    with function(module, "run", [POINTER]) as (build, (place,)):
        build.store(LONG(number), place)
        build.give()
    return object_code(str(module), host())


def stored_by(library: Library) -> int:
    place = ctypes.c_int64()
    library.functions["run"](ctypes.addressof(place))
    return place.value


def test_libraries_outlive_the_others_of_their_linker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "MOST_LINKED", 2)
    linking._linker.cache_clear()
    libraries = {number: link([storing(number)], ["run"]) for number in range(9)}
    for number in (3, 0, 8, 5):
        del libraries[number]
        gc.collect()
        assert {number: stored_by(library) for number, library in libraries.items()} == {
            number: number for number in libraries
        }
    linking._linker.cache_clear()  # what is linked later has names that are no longer in use


PROGRAM = """
from tests.execution.native.test_linking import STATUS, link, storing

def kilobytes():
    return 4 * int(STATUS.read_text().split()[1])

code = storing(1)
for _ in range(300):
    link([code], ["run"])
before = kilobytes()
for _ in range(2000):
    link([code], ["run"])
print(kilobytes() - before)
"""


@pytest.mark.skipif(not STATUS.exists(), reason="tells no process its memory")
def test_what_is_linked_and_dropped_leaves_no_memory_behind() -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=root
    )
    assert int(done.stdout) < 4000
