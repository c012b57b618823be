"""with_streams: large outputs that nothing reads are streamed, and nothing else changes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.passes import streaming
from chainrule.execution.native.passes.legalise import legalise
from chainrule.execution.native.passes.lower import Lowered, lower
from chainrule.execution.native.passes.streaming import with_streams
from tests.execution.native.by_hand import computed, lines
from tests.execution.native.processors import AVX2

X = np.arange(24.0).reshape(4, 6) % 7


@pytest.fixture(autouse=True)
def small_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "BEYOND_CACHES", X.nbytes)


def lowered(f: Callable[..., Any]) -> Lowered:
    return lower(legalise(cr.trace(f, X).graph), AVX2)


STREAMED: dict[str, Callable[[Any], Any]] = {
    "element by element": lambda x: 2 * x,
    "a product": lambda x: x @ np.arange(36.0).reshape(6, 6),
    "a copy": lambda x: x.T,
    "two parts of one": lambda x: np.concatenate([x, -x]),
    "beside sums of what it is computed from": lambda x: (x + 1, np.sum(x)),
}
#: Of each output, whether it is streamed.
OTHERS: dict[str, tuple[Callable[[Any], Any], list[bool]]] = {
    "one byte less": (lambda x: 2 * x[1:], [False]),
    "read by another": (
        lambda x: (lambda y: (y, np.sum(y), 3 * x))(np.cumsum(x, axis=1)),
        [False, False, True],
    ),
    "read by a loop": (lambda x: (lambda y: (y, 2 * y))(x @ np.ones((6, 6))), [False, True]),
    "read by itself": (lambda x: np.cumsum(x, axis=1), [False]),
    "cleared first": (lambda x: np.pad(x, 1), [False]),
    "added up": (lambda x: np.sum(x[:, None] * np.ones((6, 1)), axis=1), [False]),
    "computed by NumPy": (lambda x: np.sort(x, axis=1), [False]),
}


@pytest.mark.parametrize("name", STREAMED)
def test_large_outputs_that_nothing_reads_are_streamed(name: str) -> None:
    given = lowered(STREAMED[name])
    found = with_streams(given)
    assert found.outputs[0].streamed
    written = {buffer for kernel in found.kernels for buffer in kernel.written() if buffer.kind == "output"}
    assert written == set(found.outputs)
    arrays = {
        found.inputs[0]: X, **{buffer: node.params["value"].value for buffer, node in found.constants}
    }  # fmt: skip
    results = STREAMED[name](X)
    results = results if isinstance(results, tuple) else (results,)
    for value, expected in zip(computed(found.kernels, arrays, found.outputs), results, strict=True):
        np.testing.assert_array_equal(value, expected)
    assert [line.replace("  past the caches", "") for line in lines(found.kernels)] == lines(given.kernels)


@pytest.mark.parametrize("name", OTHERS)
def test_other_outputs_stay_as_they_are(name: str) -> None:
    f, streamed = OTHERS[name]
    given = lowered(f)
    found = with_streams(given)
    assert [buffer.streamed for buffer in found.outputs] == streamed
    if not any(streamed):
        assert (found.kernels, found.outputs) == (given.kernels, given.outputs)
