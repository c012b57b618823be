"""The derivative by complex steps, Im f(x + i·h·v) / h, which no difference of values cancels in.

It holds where f is analytic. Arrays of :class:`Complex` numbers therefore refuse every operation that is not:
absolute values, conjugates, real parts, comparisons, maxima; and so does a function that was not made for
complex numbers. What gets past that shows as another value of f at the point, or as a derivative that
values of f contradict.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import tree
from .extrapolation import SAFETY, Floats, Limit
from .point import Point, Tensor

UFUNCS = (
    *(np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.matmul),
    *(np.power, np.square, np.reciprocal, np.sqrt),
    *(np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p),
    *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan),
    *(np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh),
)
FUNCTIONS = (
    *(np.sum, np.mean, np.prod, np.cumsum, np.cumprod),
    *(np.dot, np.inner, np.outer, np.tensordot, np.einsum, np.trace, np.diag, np.diagonal),
    *(np.transpose, np.reshape, np.ravel, np.squeeze, np.expand_dims, np.broadcast_to, np.swapaxes),
    *(np.moveaxis, np.concatenate, np.stack, np.hstack, np.vstack),
    *(np.linalg.solve, np.linalg.inv, np.linalg.det),
)
TINY = 1e-20
"""h in units of the width of the nodes; its square is nothing beside 1."""
NODES = np.array([0.0, -2.9, -2.3, -1.0, 1.2, 1.9, 2.7])
"""Where the derivative is taken, in ten-thousandths of the width: a cubic is fitted, the rest is rounding."""
DEGREE = 3
SAME = 64.0
"""Roundings that complex arithmetic may be off by, in the real part and in the slope."""
GRAINS = 4.0
"""Roundings of f over the width that a derivative may be off by, as one is that was made of such numbers."""


class Complex(np.ndarray[Any, Any]):
    """Complex numbers that take part in analytic operations only."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if ufunc not in UFUNCS or method not in ("__call__", "reduce", "accumulate", "outer"):
            return NotImplemented
        if "out" in options:
            options["out"] = tuple(map(_plain, options["out"]))
        return _wrapped(getattr(ufunc, method)(*map(_plain, inputs), **options))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function not in FUNCTIONS:
            return NotImplemented
        return super().__array_function__(function, types, args, options)

    def __getitem__(self, key: Any) -> Any:
        return _wrapped(super().__getitem__(key))

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))


def complex_step(
    point: Point, here: Floats, tensor: Tensor, direction: NDArray[np.floating[Any]], width: float
) -> Limit | None:
    """The derivative along a direction by complex steps; None where f takes none or is not analytic.

    Args:
        point: f and its arguments.
        here: f at the point, (m,).
        tensor, direction: along what.
        width: over what f looks smooth.

    Returns:
        The values and bounds (m,): of a cubic through derivatives beside the point, as far off as they are.
    """
    if tensor.value.dtype != np.float64:
        return None
    offsets = 1e-4 * width * NODES
    slopes: list[Floats] = []
    for t, part in zip(offsets, 1 + 0.1 * NODES, strict=True):
        h = TINY * width * float(part)  # uneven, so that each is rounded in its own way
        value = _value(point, tensor, tensor.value + (t + 1j * h) * direction)
        if value is None or not (slopes or _same(value.real, here)):
            return None
        slopes.append(value.imag / h)
    seen = np.array(slopes)
    powers = (NODES[:, None] / 3) ** np.arange(DEGREE + 1)
    fitted = np.linalg.pinv(powers) @ seen
    epsilon = float(np.finfo(np.float64).eps)
    off = np.max(np.abs(seen - powers @ fitted), axis=0) + SAME * epsilon * np.max(np.abs(seen), axis=0)
    bound = np.maximum(SAFETY * off, GRAINS * epsilon * np.abs(here) / width)
    return Limit(fitted[0], np.where(np.isfinite(bound), bound, np.inf), width)


def _value(point: Point, tensor: Tensor, moved: Any) -> Floats | None:
    """f of a complex argument as one vector; None where it refuses that."""
    arguments = {tensor.leaf: _wrapped(moved)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a complex number cast to a real one is only warned of
            leaves = tree.flatten(point.call(point.function, arguments))[0]
    except Exception:  # noqa: BLE001 (f may refuse what it was not made for with any error)
        return None
    if not all(isinstance(leaf, Complex) for leaf in leaves):
        return None
    return np.concatenate([np.empty(0), *(_plain(leaf).ravel() for leaf in leaves)])


def _same(real: Floats, here: Floats) -> bool:
    rounding = SAME * np.finfo(np.float64).eps * np.abs(here)
    return real.shape == here.shape and bool(np.all(np.abs(real - here) <= rounding))


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Complex) else value


def _wrapped(value: Any) -> Any:
    return np.asarray(value).view(Complex)
