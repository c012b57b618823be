"""Programs that nobody wrote: native code equals the reference, and touches no memory but its own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.execution import compile_reference
from chainrule.execution.native import compile_native
from chainrule.graph import Graph
from tests.calculus.random_programs import random_program

RTOL = {"float64": 1e-11, "float32": 1e-4}  # of whole programs: their operations are held to 1e-12 and 1e-5


def agree(graph: Graph, arrays: list[np.ndarray], dtype: str) -> None:
    for native, reference in zip(
        compile_native(graph)(*arrays), compile_reference(graph)(*arrays), strict=True
    ):
        assert np.shape(native) == np.shape(reference)
        assert native.dtype == reference.dtype
        size = max(1.0, float(np.max(np.abs(reference), initial=0.0))) if np.size(reference) else 1.0
        if np.isfinite(size):
            np.testing.assert_allclose(native, reference, rtol=RTOL[dtype], atol=RTOL[dtype] * size)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), dtype=st.sampled_from(["float64", "float32"]))
def test_values_and_gradients_agree(seed: int, dtype: str) -> None:
    program = random_program(np.random.default_rng(seed))
    arrays = [array.astype(dtype) for array in program.arguments]
    agree(cr.trace(program, *arrays).graph, arrays, dtype)

    def total(*args):  # type: ignore[no-untyped-def]
        result = program(*args)
        return sum(np.sum(np.tanh(part)) for part in (result if isinstance(result, tuple) else (result,)))

    agree(cr.grad(total).graph(*arrays), arrays, dtype)


GUARDED = Path(__file__).with_name("guarded.py")


@pytest.mark.parametrize("side", ["before", "after"])
def test_nothing_is_read_or_written_beyond_an_array(side: str) -> None:
    command = [sys.executable, str(GUARDED), side]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:] or f"ended by signal {-done.returncode}"
    assert "programs" in done.stdout
