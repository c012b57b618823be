"""Sums of arrays that are zero but for a block each, such as the derivatives of slices."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.signal

import chainrule as cr

RNG = np.random.default_rng(31)


def stencil(u):  # type: ignore[no-untyped-def]
    around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
    return u[1:-1, 1:-1] + 0.1 * (around - 4 * u[1:-1, 1:-1])


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "stencil": stencil,
    "halves": lambda u: np.sin(u[:4]) * np.exp(u[3:7]) + u[-4:],
    "apart": lambda u: np.sin(u[:2]) * u[-2:],
    "rows": lambda u: np.sin(u[1]) * u[0] + u[1] * u[2],
    "columns": lambda u: np.sin(u[:, 1]) * u[:, 2] * u[:, 1],
    "every other": lambda u: np.sin(u[::2]) * u[1::2],
    "times rows picked": lambda u: u[:-2] * u[[4, 1, 1, 7, 0, 2]] + u[1:-1] * np.cos(u[[3] * 6]) + u[2:],
    "beside a product": lambda u: np.sin(u[:-1]) * u[1:] + np.mean(np.ones((5, 8)) @ u),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(8, 9), (8, 1201)])  # of little memory, and of more than is near
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_through_slices_are_those_of_the_reference(name: str, shape: Any, dtype: type) -> None:
    u = RNG.normal(size=shape).astype(dtype)
    gradient = cr.grad(lambda u: np.sum(FUNCTIONS[name](u) ** 2))
    np.testing.assert_allclose(cr.compile(gradient)(u), gradient(u), rtol=1e-5, atol=1e-5)


def test_blocks_are_added_up_in_one_array() -> None:
    gradient = cr.compile(cr.grad(lambda u: np.sum(stencil(u) ** 2)))
    u = np.ones((65, 65))
    told = gradient.explain(u)
    assert "workspace: 31808 bytes" in told  # 63² numbers
    assert told.count("for i0<61 i1<61") == 1  # where all blocks overlap


@pytest.mark.parametrize(
    ("shape", "window"),
    [
        *product([(9, 7), (90, 81), (3, 4001), (4001, 4)], [(1, 2), (2, 2), (3, 4)]),
        ((90, 81), (5, 6)),  # more points than are added in registers at a time
    ],
)
def test_pulled_through_a_window_values_are_convolved(
    shape: tuple[int, int], window: tuple[int, int]
) -> None:
    """The adjoint of a correlation is the full convolution; whole numbers are added without rounding."""
    m, n = (length - w + 1 for length, w in zip(shape, window, strict=True))
    kernel = RNG.integers(-9, 9, window).astype(float)
    p = RNG.integers(-9, 9, (m, n)).astype(float)

    def correlated(u):  # type: ignore[no-untyped-def]
        places = list(np.ndindex(window))
        return sum(kernel[i, j] * u[i : i + m, j : j + n] for i, j in places)

    pulled = cr.compile(cr.grad(lambda u: np.sum(p * correlated(u))))
    np.testing.assert_array_equal(pulled(np.ones(shape)), scipy.signal.convolve2d(p, kernel))


def test_blocks_lie_in_one_array_whether_an_axis_of_length_one_is_dropped_or_kept() -> None:
    u = RNG.normal(size=(1, 70, 90))

    def f(u):  # type: ignore[no-untyped-def]
        return np.sum(np.sin(u[0, 1:]) * u[0, :-1]) + np.sum(np.sin(u[:, :, 1:] * u[:, :, :-1]))

    gradient = cr.grad(f)
    np.testing.assert_allclose(cr.compile(gradient)(u), gradient(u), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("columns", [3, 900])
@pytest.mark.parametrize("shift", [1, 3, 4, 6])
@pytest.mark.parametrize("values", [(-0.0, -0.0), (-0.0, 0.0), (0.0, -0.0), (np.nan, np.inf)])
def test_signs_of_zeros_are_those_of_a_sum_with_zeros(
    values: tuple[float, float], shift: int, columns: int, step: int
) -> None:
    """Of −0 and −0 the sum is −0, of −0 and the 0 beside a block it is 0."""

    def f(u, v):  # type: ignore[no-untyped-def]
        return u[:-shift:step] * v[0] + u[shift::step] * v[1]

    pulled = cr.grad(lambda u, v: np.sum(f(u, v)), wrt="u")
    u, v = np.ones((8, columns)), np.array(values)
    compiled, expected = cr.compile(pulled)(u, v), pulled(u, v)
    np.testing.assert_array_equal(compiled, expected)
    np.testing.assert_array_equal(np.signbit(compiled), np.signbit(expected))
