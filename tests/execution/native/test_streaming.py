"""Large results are streamed: stored past the caches, with the same bits, where they may be."""

import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native import program
from chainrule.execution.native.machine_code.linking import link
from chainrule.execution.native.machine_code.loading import Loaded
from chainrule.execution.native.machine_code.objects import object_codes
from chainrule.execution.native.passes import streaming
from chainrule.execution.native.planning import planned
from chainrule.execution.native.runtime import results
from chainrule.execution.native.target import Target, host
from tests.execution.native import processors

RNG = np.random.default_rng(3)
LARGE = np.zeros(2**12)


def streamed(f: Callable[..., Any], *arrays: np.ndarray) -> list[bool]:
    """Of each output, whether it is streamed."""
    return [buffer.streamed for buffer in planned(cr.trace(f, *arrays).graph, host()).lowered.outputs]


@pytest.fixture
def small_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "BEYOND_CACHES", LARGE.nbytes)


@pytest.mark.usefixtures("small_caches")
def test_large_outputs_that_nothing_reads_are_streamed() -> None:
    assert streamed(lambda x: 2 * x, LARGE) == [True]
    assert streamed(lambda x: 2 * x, LARGE[8:]) == [False]

    def read_again(x):  # type: ignore[no-untyped-def]
        y = np.cumsum(x)
        return y, np.sum(y), x + 1

    assert streamed(read_again, LARGE) == [False, False, True]


@pytest.mark.usefixtures("small_caches")
@processors.for_each("store", "movntpd", "vmovntpd", "vmovntpd", "str\tq")
def test_a_fence_stands_after_the_last_store(target: Target, store: str) -> None:
    graph = cr.trace(lambda x: 2 * x, LARGE).graph
    code = planned(graph, target).text("assembly")
    fence = "sfence" if target.is_x86 else "dmb"
    assert code.rindex(f"\t{fence}") > code.rindex(f"\t{store}")
    wide = re.search(f"{store}[^\n]*%[yz]mm", code)
    assert not wide, "memory begins at a multiple of 16 bytes, not of a wider register's"


def outer(x, A, B):  # type: ignore[no-untyped-def]
    return A @ np.tanh(x[:, None] * B), A @ B + x[0]


@pytest.mark.parametrize(
    ("width", "vector_bytes", "dtype"),
    [(1104, host().vector_bytes, "float64"), (1102, 16, "float32")],
)
def test_streamed_products_have_the_same_bits(
    width: int, vector_bytes: int, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = [RNG.normal(size=shape).astype(dtype) for shape in ((5,), (507, 5), (5, width))]
    _same_bits(outer, arrays, vector_bytes, monkeypatch)


def several(x, y):  # type: ignore[no-untyped-def]
    return x * y + x, np.exp(x), x[::-1] - y, np.where(x > y, x, y).astype(np.float32), x[:, 1:] + y[:, :-1]


@pytest.mark.parametrize(
    ("shape", "vector_bytes"), [((5, 7), host().vector_bytes), ((6, 34), host().vector_bytes), ((6, 34), 16)]
)
def test_streamed_loops_have_the_same_bits(
    shape: tuple[int, int], vector_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _same_bits(several, [RNG.normal(size=shape) for _ in range(2)], vector_bytes, monkeypatch)


def _same_bits(
    f: Callable[..., Any], arrays: list[np.ndarray], vector_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compare streamed results with others that are stored as others are."""
    here = host()
    wide = "" if vector_bytes == here.vector_bytes else ",-avx,-fma"
    target = Target(here.triple, here.cpu, here.features + wide, vector_bytes)
    monkeypatch.setattr(program, "host", lambda: target)
    graph = cr.trace(f, *arrays).graph
    monkeypatch.setattr(program, "loaded", _made)
    results = {}
    for wanted, least in ((True, 0), (False, 2**62)):
        monkeypatch.setattr(streaming, "BEYOND_CACHES", least)
        plan = planned(graph, target)
        assert all(buffer.streamed is wanted for buffer in plan.lowered.outputs)
        results[wanted] = program.compile_native(graph).in_python(*arrays)
    for one, other in zip(results[True], results[False], strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def _made(graph: Any, kind: str, target: Target, make: Callable[[], Any]) -> Loaded:
    """Machine code that is never taken from the disk."""
    manifest, module = make()
    return Loaded(manifest, link(object_codes(module, target), manifest.functions))


@pytest.mark.usefixtures("small_caches")
def test_large_results_begin_where_cache_lines_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "BEYOND_CACHES", LARGE.nbytes)
    compiled = program.compile_native(cr.trace(lambda x: x + 1, LARGE.reshape(4, -1)).graph)
    found = [compiled.in_python(LARGE.reshape(4, -1)) for _ in range(5)]
    for result in found:
        assert result.ctypes.data % 64 == 0
        np.testing.assert_array_equal(result, np.ones((4, LARGE.size // 4)), strict=True)


def test_the_memory_of_one_result_is_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    for least in ("BEYOND_CACHES", "GIVEN_BACK"):
        monkeypatch.setattr(results, least, LARGE.nbytes)
    compiled = program.compile_native(cr.trace(lambda x: x + 1, LARGE).graph)
    tracemalloc.start()
    try:
        found = [compiled.in_python(LARGE) for _ in range(3)]
        held = tracemalloc.get_traced_memory()[0]
        found.clear()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held >= 3 * LARGE.nbytes
    assert LARGE.nbytes <= kept < 2 * LARGE.nbytes


def test_the_memory_of_a_large_result_is_used_again_once_nobody_holds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for least in ("BEYOND_CACHES", "GIVEN_BACK"):
        monkeypatch.setattr(results, least, LARGE.nbytes)
    compiled = program.compile_native(cr.trace(lambda x: x + 1, LARGE).graph)
    first = compiled.in_python(LARGE)
    view, place = first[5:], first.ctypes.data
    del first
    other = compiled.in_python(LARGE + 1)
    assert other.ctypes.data != place
    np.testing.assert_array_equal(view, np.ones(LARGE.size - 5), strict=True)
    del view
    again = compiled.in_python(LARGE + 2)
    assert again.ctypes.data == place
    np.testing.assert_array_equal(other, LARGE + 2, strict=True)
    np.testing.assert_array_equal(again, LARGE + 3, strict=True)
    monkeypatch.setattr(results, "MOST_KEPT", LARGE.nbytes - 1)
    assert isinstance(_owner(again), results._Lent)
    assert _owner(compiled.in_python(LARGE)) is None


def _owner(array: Any) -> Any:
    """What an array's memory belongs to, where that is no array."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array.base
