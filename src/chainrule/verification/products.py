"""A Jacobian that was given as its products: v ↦ J·v or p ↦ pᵀJ, written out as a matrix to be checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import tree
from ..errors import ArgumentError, ShapeError
from .extrapolation import Floats
from .point import Function, Point, Tensor, Wrt, bind, flat_output, select

LARGEST = 2**22
"""Numbers in a Jacobian that is written out."""

Product = Callable[..., Callable[[Any], Any]]
"""``product(*args)`` is the linear function at that point, as ``cr.push(f)`` and ``cr.pull(f)`` give it."""


def pulled(f: Function, pull: Product) -> Function:
    """The function that gives the Jacobian of f from p ↦ pᵀJ, one product for each output.

    p is a multiple of a unit vector, so that a product which ignores the size of p does not go unseen.
    """

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = tree.flatten(f(*args, **kwargs))
        arrays = [np.asarray(leaf) for leaf in leaves]
        linear = pull(*args, **kwargs)
        outputs = sum(array.size for array in arrays)
        scales = _scales(outputs)
        rows = [linear(tree.unflatten(structure, _unit_leaves(arrays, i, scales[i]))) for i in range(outputs)]
        if not rows:
            raise ArgumentError("f has no outputs", expected="at least one number")
        _require_room(outputs * sum(np.size(leaf) for leaf in tree.flatten(rows[0])[0]))
        return tree.map_leaves(lambda *each: _stacked(each, scales), *rows)

    return jacobian


def pushed(f: Function, push: Product, wrt: Wrt) -> Function:
    """The function that gives the Jacobian of f from v ↦ J·v, one product for each entry of the arguments."""

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        point, groups = select(bind(f, kwargs or args), wrt)
        linear = push(*args, **kwargs)
        total = sum(tensor.value.size for group in groups.values() for tensor in group)
        _require_room(total * flat_output(point.call(f)).size)
        return {item: _columns(linear, point, groups, item) for item in groups}

    return jacobian


def _columns(
    linear: Callable[[Any], Any], point: Point, groups: dict[str, list[Tensor]], item: str
) -> dict[str, Floats] | Floats:
    """The Jacobian by the tensors of one item of `wrt`."""
    found: dict[str, Floats] = {}
    for tensor in groups[item]:
        scales = _scales(tensor.value.size)
        columns = [
            flat_output(linear(_direction(point, groups, tensor, i, scales[i]))) / scales[i]
            for i in range(tensor.value.size)
        ]
        found[tensor.path.removeprefix(item).removeprefix("/")] = np.array(columns).T
    return found[""] if list(found) == [""] else found


def _direction(point: Point, groups: dict[str, list[Tensor]], moved: Tensor, entry: int, scale: float) -> Any:
    """A multiple of the unit vector of one entry, as the product takes it: an argument's tree, or a tuple."""
    leaves = [np.zeros(np.shape(leaf)) for leaf in point.leaves]
    for tensor in (tensor for group in groups.values() for tensor in group):
        leaves[tensor.leaf] = np.zeros_like(tensor.value)
    leaves[moved.leaf] = _unit(moved.value, entry, scale)
    arguments = tree.unflatten(point.structure, leaves)
    parts = tuple(_part(arguments, item) for item in groups)
    return parts[0] if len(parts) == 1 else parts


def _part(arguments: Any, path: str) -> Any:
    """What lies at a path of a tree; an argument's own name may hold a slash."""
    if isinstance(arguments, dict) and path in arguments:
        return arguments[path]
    head, _, rest = path.partition("/")
    inner = arguments[head] if isinstance(arguments, dict) else arguments[int(head)]
    return _part(inner, rest) if rest else inner


def _unit_leaves(arrays: list[NDArray[Any]], entry: int, scale: float) -> list[NDArray[Any]]:
    """A multiple of the unit vector of one entry of several arrays, as they follow each other."""
    found = [np.zeros_like(array, dtype=_floating(array)) for array in arrays]
    for array in found:
        if entry < array.size:
            array.flat[entry] = scale
            break
        entry -= array.size
    return found


def _unit(like: NDArray[Any], entry: int, scale: float) -> NDArray[Any]:
    return _unit_leaves([like], entry, scale)[0]


def _floating(array: NDArray[Any]) -> np.dtype[Any]:
    return array.dtype if array.dtype.kind == "f" else np.dtype(np.float64)


def _scales(count: int) -> Floats:
    """Sizes of the unit vectors: powers of two, which cost no rounding, and none of them 1."""
    return np.resize(np.array([2.0, -0.5, 4.0, -0.25]), count)


def _stacked(rows: tuple[Any, ...], scales: Floats) -> NDArray[Any]:
    arrays = [np.asarray(row) for row in rows]
    if len({array.shape for array in arrays}) > 1:
        raise ShapeError(
            f"the products have shapes {sorted({array.shape for array in arrays})}", expected="one shape"
        )
    return np.array([array.ravel() / scale for array, scale in zip(arrays, scales, strict=True)])


def _require_room(numbers: int) -> None:
    if numbers > LARGEST:
        raise ArgumentError(
            f"the Jacobian has {numbers} numbers",
            expected=f"no more than {LARGEST} to be written out from its products",
            instead="f composed with a random p: at=…, grad=pull of that p; or fewer arguments in `wrt`",
        )
