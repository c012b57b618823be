"""Sums of very many numbers are as exact as NumPy's, which adds them in pairs of halves."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native import program
from chainrule.execution.native.target import Target, host

COUNT = 10**6
RTOL = {"float32": 2e-5, "float64": 1e-13}
SUMS: dict[str, Callable[[Any], Any]] = {
    "all": lambda x: np.sum(x) / COUNT,
    "mean": lambda x: np.mean(x[:-3]),
    "rows": lambda x: np.sum(x.reshape(2, -1), axis=1) * 2 / COUNT,
    "few columns of many rows": lambda x: np.sum(x.reshape(-1, 5)[:, 1:4]) / (COUNT * 3 / 5),
    "many columns of few rows": lambda x: np.sum(x.reshape(5, -1)[:, 1:]) / (COUNT - 5),
    "every other one": lambda x: np.sum(x[::2]) * 2 / COUNT,
    "multiples": lambda x: np.sum(3 * x) / COUNT / 3,
    "products": lambda x: np.einsum("i,i->", x, np.ones_like(x)) / COUNT,
    "a matrix times a vector": lambda x: x.reshape(-1, 5).T @ np.ones_like(x[::5]) * 5 / COUNT,
    "a vector times a matrix": lambda x: np.ones_like(x[::10]) @ x.reshape(-1, 10) * 10 / COUNT,
    "a product of vectors": lambda x: x @ np.ones_like(x) / COUNT,
}


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("name", SUMS)
def test_of_equal_numbers(name: str, dtype: str) -> None:
    for number in (0.1, 0.7):
        x = np.full(COUNT, number, dtype)
        np.testing.assert_allclose(cr.compile(SUMS[name])(x), x[0], rtol=RTOL[dtype])


@pytest.mark.parametrize("count", [1, 127, 128, 129, 8192, 8193, 16384, 16385, 131073])
def test_every_number_is_added_once(count: int) -> None:
    x = np.arange(count)
    for dtype in (np.float64, np.int64):
        assert cr.compile(np.sum)(x.astype(dtype)) == count * (count - 1) // 2
        assert cr.compile(lambda x: np.sum(x[:, :2]))(x[:, None] + np.zeros((1, 3), dtype)) == count * (
            count - 1
        )


@pytest.mark.parametrize(("features", "vector_bytes"), [("-avx,-fma", 16), ("-fma", 32)])
def test_in_narrower_registers(features: str, vector_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    here = host()
    without = Target(here.triple, here.cpu, f"{here.features},{features}", vector_bytes)
    monkeypatch.setattr(program, "host", lambda: without)
    for count in (300, 4099, 70001):
        assert cr.compile(np.sum)(np.arange(float(count))) == count * (count - 1) // 2


@pytest.mark.parametrize("shape", [(4099,), (3, 5001), (300, 301)])
def test_of_what_contains_the_same_numbers_everywhere(shape: tuple[int, ...]) -> None:
    x, a, b = np.ones(shape), np.array(2.0), np.array([4.0])
    found = cr.compile(lambda x, a, b: np.sum(x[..., 1:] * a / b + a))(x, a, b)
    assert found == 2.5 * x[..., 1:].size


def test_what_is_no_number_stays() -> None:
    x = np.ones(100_000)
    for where, value in ((5, np.nan), (99_999, np.inf), (50_000, -np.inf)):
        one = x.copy()
        one[where] = value
        np.testing.assert_array_equal(cr.compile(np.sum)(one), value)
