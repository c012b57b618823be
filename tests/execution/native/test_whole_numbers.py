"""Booleans and whole numbers in native code: as in NumPy, whichever of it computes them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

ARRAYS = {
    "bool": np.array([True, False, True, False]),
    "int8": np.array([3, -2, 0, 100], np.int8),
    "int16": np.array([3, -2, 0, 1000], np.int16),
    "int32": np.array([3, -2, 0, 5], np.int32),
    "int64": np.array([3, -2, 0, 2**40]),
    "uint8": np.array([1, 200, 0, 255], np.uint8),
    "uint64": np.array([1, 2**63, 0, 5], np.uint64),
    "float16": np.array([0.25, -0.5, 0, 2], np.float16),
    "float64": np.array([0.3, -0.7, 0, 2]),
}
B = np.array([True, True, False, False])

CALLS: dict[str, Callable[[Any], Any]] = {
    "itself": lambda a: a,
    "view": lambda a: a.reshape(2, 2).T[::-1],
    "gather": lambda a: a[np.array([3, 0, 0])],
    "concatenate": lambda a: np.concatenate([a, a]),
    "place": lambda a: np.pad(a, 1),
    "sum": np.sum,
    "sum of an axis": lambda a: np.sum(a.reshape(2, 2), axis=0),
    "prod": np.prod,
    "mean": np.mean,
    "max": np.max,
    "min": lambda a: np.min(a.reshape(2, 2), axis=1),
    "any": np.any,
    "all": lambda a: np.all(a.reshape(2, 2), axis=1),
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    "scaled": lambda a: a / 255,
    "shifted": lambda a: a + 1.5,
    "as float": lambda a: a.astype(np.float64) * 2,
    "as float32": lambda a: a.astype(np.float32),
    "as bool": lambda a: a.astype(bool),
    "times a boolean": lambda a: a * B,
    "plus a boolean": lambda a: a + B,
    "larger than a boolean": lambda a: (a > B).astype(float) + (a == B),
    "sum of comparisons": lambda a: (a > 0) + (a < 1),
    "product of comparisons": lambda a: (a > 0) * (a < 1),
    "how many": lambda a: np.sum(a > 0),
    "any comparison": lambda a: np.max(a > 0),
    "larger of comparisons": lambda a: np.maximum(a > 0, a < 1),
    "clip": lambda a: np.clip(a, 0, 1),
    "where": lambda a: np.where(a, a, 7),
    "square": np.square,
    "cube": lambda a: np.power(a, np.uint8(3)),
    "remainder": lambda a: np.fmod(a, np.int8(2)),
    "logic": lambda a: np.logical_and(a, B) | np.logical_xor(a, B),
    "floor": np.floor,
    "is nan": np.isnan,
    "is finite": np.isfinite,
    "absolute": np.abs,
    "negative": lambda a: -(a + np.int8(0)),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ARRAYS)
@pytest.mark.parametrize("name", CALLS)
def test_native_is_numpy(name: str, dtype: str) -> None:
    function, x = CALLS[name], ARRAYS[dtype]
    with np.errstate(all="ignore"):
        expected = np.asarray(function(x))
    result = np.asarray(cr.compile(lambda x: function(x))(x))
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, rtol=1e-15)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32"])
def test_floats_too_large_for_their_integers_keep_the_last_bits(dtype: str) -> None:
    x = np.array([1.9, -1.9, 127.9, 128, -129, 300, -40000.5, 1e5, -(2.0**31), 2.0**31 - 1])
    expected = x.astype(np.int64).astype(dtype)
    np.testing.assert_array_equal(cr.compile(lambda x: x.astype(dtype))(x), expected)


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
def test_shifts_by_any_number_of_places(dtype: str) -> None:
    bits = 8 * np.dtype(dtype).itemsize
    places = np.array([0, 1, bits - 1, bits, 100, -1], dtype)
    limits = np.iinfo(dtype)
    x = np.array([0, 1, -1, 77, limits.min, limits.max], dtype)[:, None]
    for f in (np.left_shift, np.right_shift):
        np.testing.assert_array_equal(cr.compile(lambda x, n, f=f: f(x, n))(x, places), f(x, places))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64"])
@pytest.mark.parametrize("f", [cr.special.softmax, cr.special.log_softmax, cr.special.logsumexp])
def test_sums_of_exponentials_of_whole_numbers_are_floats(f: Any, dtype: str) -> None:
    x = ARRAYS["int8"].astype(dtype).reshape(2, 2)
    expected, found = f(x, axis=-1), cr.compile(lambda x: f(x, axis=-1))(x)
    assert found.dtype == expected.dtype == cr.trace(lambda x: f(x, axis=-1), x).graph.outputs[0].dtype
    np.testing.assert_allclose(found, expected, rtol=1e-14)
