"""The derivative under test, in whatever form it was given, as one Jacobian matrix for each tensor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import grad, jacobian, tree
from ..errors import ArgumentError, DtypeError, ShapeError
from .extrapolation import Floats
from .point import Point, Tensor

Matrix = NDArray[np.floating[Any]]

NUDGES = 3
"""Points beside this one at which the derivative given is evaluated, to see how exact it is."""
NOISE = 2.0
"""How many times what it changes by there its own noise may be: a few moves do not show the largest."""
LONG = 4
"""Numbers with more digits than float16 has that are needed to say that all were rounded to float32."""


@dataclass(frozen=True, slots=True)
class Along:
    """What was given for the derivative along a direction, and its own rounding error, one an output."""

    value: Floats
    rounding: Floats


@dataclass(frozen=True, slots=True)
class Analytic:
    """The derivative given for one tensor.

    Attributes:
        jacobian: (outputs, entries).
        epsilon: the relative rounding error of its numbers.
        again: the same derivative at points that differ from this one by rounding alone.
        fault: what is wrong with its shape although the numbers could be put in order.
    """

    jacobian: Matrix
    epsilon: float
    again: Callable[[], Sequence[Matrix]] = tuple
    fault: Fault | None = None

    def along(self, direction: Floats) -> Along:
        """The product with a direction, in which entries of weight 0 count nothing, NaN or not."""
        moving = np.flatnonzero(direction)
        columns, weights = self.jacobian[:, moving], direction[moving]
        with np.errstate(all="ignore"):
            value = columns @ weights
            rounding = 8 * self.epsilon * (np.abs(columns) @ np.abs(weights))
        return Along(value, np.nan_to_num(rounding, nan=0.0, posinf=0.0))

    def noise(self, direction: Floats) -> Floats:
        """How much the derivative given along a direction changes where the point moves by its rounding."""
        moving = np.flatnonzero(direction)
        apart = [np.abs((other - self.jacobian)[:, moving] @ direction[moving]) for other in self.again()]
        largest = np.max(apart, axis=0) if apart else np.zeros(len(self.jacobian))
        return NOISE * np.nan_to_num(largest, nan=0.0, posinf=0.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """A gradient whose shape is wrong in a way that people get it wrong, and what was done to mend it."""

    kind: str
    text: str


def given_jacobians(
    value: Any,
    groups: Mapping[str, list[Tensor]],
    shape: tuple[int, ...],
    elsewhere: Callable[[], Sequence[Any]] = tuple,
) -> dict[str, Analytic]:
    """The derivative that the user gave, for the path of each tensor.

    Args:
        value: what a callable of f's arguments returned, or what was given instead: for one checked argument
            its gradient, for several a tuple of gradients in order or a dict of them by name. The gradient of
            a scalar has the shape (or the tree) of its argument; a Jacobian has f's shape before that, or is
            a matrix.
        groups: the checked tensors by the item of `wrt` they belong to.
        shape: the shape of f's output, flattened to (m,) where it is a tree.
        elsewhere: gives the same at points that differ from this one by rounding alone.
    """
    here = _matrices(value, groups, shape)

    @cache
    def beside() -> list[dict[str, Matrix]]:
        return [{path: m for path, (m, _) in _matrices(v, groups, shape).items()} for v in elsewhere()]

    def again(path: str) -> list[Matrix]:
        return [matrices[path] for matrices in beside()]

    return {path: Analytic(m, _epsilon(m), partial(again, path), fault) for path, (m, fault) in here.items()}


def nudged(point: Point, given: Callable[..., Any], tensors: Sequence[Tensor], seed: int) -> list[Any]:
    """What a derivative gives where every number is moved by a few units in its last place.

    f is called first each time, for a backward pass that needs what the forward pass kept.
    """
    found: list[Any] = []
    for rng in np.random.default_rng(seed).spawn(NUDGES):
        with np.errstate(all="ignore"):
            steps = {t.leaf: np.spacing(t.value) * rng.integers(-2, 3, t.value.shape) for t in tensors}
            moved = {t.leaf: (t.value + steps[t.leaf]).astype(t.value.dtype) for t in tensors}
        point.values(moved)
        found.append(point.call(given, moved))
    return found


def _epsilon(matrix: Matrix) -> float:
    """Of its dtype; or of float32 where every number is one although many have digits to lose."""
    with np.errstate(all="ignore"):
        long = np.count_nonzero(matrix != matrix.astype(np.float16))
        narrow = np.array_equal(matrix, matrix.astype(np.float32), equal_nan=True)
    return float(np.finfo(np.float32 if narrow and long >= LONG else matrix.dtype).eps)


def _matrices(
    given: Any, groups: Mapping[str, list[Tensor]], shape: tuple[int, ...]
) -> dict[str, tuple[Matrix, Fault | None]]:
    found: dict[str, tuple[Matrix, Fault | None]] = {}
    for (item, tensors), gradient in zip(groups.items(), _one_each(given, list(groups)), strict=True):
        leaves = _leaves(gradient, item, tensors)
        found |= {tensor.path: _matrix(leaves[tensor.path], tensor, shape) for tensor in tensors}
    return found


def own_jacobians(
    point: Point, groups: Mapping[str, list[Tensor]], shape: tuple[int, ...]
) -> dict[str, Analytic]:
    """The derivative by automatic differentiation, for each tensor."""
    tensors = [tensor for group in groups.values() for tensor in group]
    wrt = tuple(tensor.path for tensor in tensors)
    if shape == ():
        blocks = point.call(grad(point.function, wrt=wrt))
    else:
        columns = np.cumsum([tensor.value.size for tensor in tensors])
        blocks = np.split(point.call(jacobian(point.function, wrt=wrt)).matrix(), columns[:-1], axis=1)
    matrices = [_matrix(block, tensor, shape)[0] for tensor, block in zip(tensors, blocks, strict=True)]
    return {
        tensor.path: Analytic(m, float(np.finfo(m.dtype).eps))
        for tensor, m in zip(tensors, matrices, strict=True)
    }


def _one_each(given: Any, items: Sequence[str]) -> Sequence[Any]:
    if isinstance(given, Mapping) and set(given) == set(items):
        return [given[item] for item in items]
    if len(items) == 1:
        return given if isinstance(given, tuple) and len(given) == 1 else [given]
    if isinstance(given, tuple | list) and len(given) == len(items):
        return given
    raise ArgumentError(
        f"grad gives {_described(given)} for {len(items)} arguments: {', '.join(items)}",
        expected="one gradient for each, as a tuple in this order or a dict by name",
        instead=f"wrt={items[0]!r} to check that argument alone",
    )


def _leaves(gradient: Any, item: str, tensors: Sequence[Tensor]) -> dict[str, Any]:
    """The leaves of one gradient by the path of the tensor that each belongs to."""
    if len(tensors) == 1 and tensors[0].path == item:
        return {item: gradient}
    leaves, structure = tree.flatten(gradient)
    found = {
        f"{item}/{path}" if path else item: leaf
        for path, leaf in zip(tree.paths(structure), leaves, strict=True)
    }
    missing = [tensor.path for tensor in tensors if tensor.path not in found]
    if missing:
        raise ArgumentError(
            f"grad gives nothing for {', '.join(missing)}", expected=f"a gradient like {item} itself"
        )
    return found


def _matrix(given: Any, tensor: Tensor, shape: tuple[int, ...]) -> tuple[Matrix, Fault | None]:
    array = np.asarray(given)
    if array.dtype.kind not in "fiub":
        raise DtypeError(f"the gradient of {tensor.path} is {array.dtype}", expected="real numbers")
    rows, columns = int(np.prod(shape)), tensor.value.size
    fitting = [shape + tensor.value.shape, (rows, columns)] + (
        [tensor.value.shape, (columns,)] if rows == 1 else []
    )
    numbers = np.array(array if array.dtype.kind == "f" else array.astype(np.float64))
    if array.shape in fitting:
        return numbers.reshape(rows, columns), None
    if rows == 1 and (mended := _mended(numbers, tensor)) is not None:
        return mended[0].reshape(1, columns), mended[1]
    raise ShapeError(f"the gradient of {tensor.path} has shape {array.shape}", expected=f"{fitting[0]}")


def _mended(given: NDArray[Any], tensor: Tensor) -> tuple[NDArray[Any], Fault] | None:
    """A gradient that is transposed or not summed over the axes that were broadcast, put into shape."""
    wanted, had = tensor.value.shape, given.shape
    told = f"the gradient of {tensor.path} has shape {had} instead of {wanted}"
    if had == wanted[::-1]:
        return given.T, Fault("transposed", f"{told}: it is transposed")
    if given.size == tensor.value.size and [n for n in had if n != 1] == [n for n in wanted if n != 1]:
        return given.reshape(wanted), Fault("shape", f"{told}: axes of length 1 are missing or too many")
    extra = len(had) - len(wanted)
    if extra < 0 or any(n not in (m, 1) for n, m in zip(wanted, had[extra:], strict=True)):
        return None
    axes = (*range(extra), *(extra + i for i, n in enumerate(wanted) if n != had[extra + i]))
    named = "axis " + ", ".join(map(str, axes)) if len(axes) == 1 else "axes " + ", ".join(map(str, axes))
    summed = given.sum(axis=axes).reshape(wanted)
    return summed, Fault("missing sum", f"{told}: the sum over {named}, which f broadcasts, is missing")


def _described(given: Any) -> str:
    if isinstance(given, tuple | list | Mapping):
        return f"a {type(given).__name__} of {len(given)}"
    return f"one {type(given).__name__}"
