"""What is read beside arrays may be memory, a view or a variable, which show their changes in other ways."""

from __future__ import annotations

import ctypes
import types
from array import array
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

import chainrule as cr


@pytest.mark.parametrize(
    "held",
    [
        deque([1.0]),
        array("d", [1.0]),
        memoryview(array("d", [1.0])),
        (ctypes.c_double * 1)(1.0),
    ],
    ids=["deque", "array", "memory", "array of C"],
)
def test_what_is_held_changed_in_place(held: Any) -> None:
    gradient = cr.grad(lambda x: held[0] * x)
    assert gradient(2.0) == 1
    held[0] = 3.0
    assert gradient(2.0) == 3


def test_a_view_of_a_dict_and_a_variable_of_a_context() -> None:
    scales, scale = {"x": 1.0}, ContextVar("scale", default=1.0)
    of_dict = cr.grad(lambda x, given: given["x"] * x)
    of_context = cr.grad(lambda x: scale.get() * x)
    assert (of_dict(2.0, types.MappingProxyType(scales)), of_context(2.0)) == (1, 1)
    scales["x"] = 3.0
    scale.set(3.0)
    assert (of_dict(2.0, types.MappingProxyType(scales)), of_context(2.0)) == (3, 3)


@pytest.mark.parametrize("make", [bytearray, memoryview, lambda content: memoryview(bytearray(content))])
def test_memory_given_as_argument_may_change(make: Callable[[bytes], Any]) -> None:
    gradient, given = cr.grad(lambda x, memory: x * memory[0]), make(b"\x01")
    assert gradient(2.0, given) == 1
    if not memoryview(given).readonly:
        given[0] = 3
        assert gradient(2.0, given) == 3
