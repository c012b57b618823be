"""The derivative under test, in whatever form it was given, as one Jacobian matrix a tensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import grad, jacobian, tree
from ..errors import ArgumentError, DtypeError, ShapeError
from .point import Point, Tensor

Matrix = NDArray[np.floating[Any]]


def given_jacobians(
    given: Any, point: Point, groups: Mapping[str, list[Tensor]], shape: tuple[int, ...]
) -> dict[str, Matrix]:
    """The derivative that the user gave, as a matrix (outputs, entries) for the path of each tensor.

    Args:
        given: a callable of f's arguments, or what it would return: for one checked argument its gradient,
            for several a tuple of gradients in order or a dict of them by name. The gradient of a scalar has
            the shape (or the tree) of its argument; a Jacobian has f's shape before that, or is a matrix.
        point: where the callable is evaluated.
        groups: the checked tensors by the item of `wrt` they belong to.
        shape: the shape of f's output, flattened to (m,) where it is a tree.
    """
    if callable(given):
        given = point.call(given)
    found: dict[str, Matrix] = {}
    for (item, tensors), gradient in zip(groups.items(), _one_each(given, list(groups)), strict=True):
        leaves = _leaves(gradient, item, tensors)
        found |= {tensor.path: _matrix(leaves[tensor.path], tensor, shape) for tensor in tensors}
    return found


def own_jacobians(
    point: Point, groups: Mapping[str, list[Tensor]], shape: tuple[int, ...]
) -> dict[str, Matrix]:
    """The derivative by automatic differentiation, as a matrix (outputs, entries) for each tensor."""
    tensors = [tensor for group in groups.values() for tensor in group]
    wrt = tuple(tensor.path for tensor in tensors)
    if shape == ():
        gradients = point.call(grad(point.function, wrt=wrt))
        return {t.path: _matrix(value, t, shape) for t, value in zip(tensors, gradients, strict=True)}
    columns = np.cumsum([tensor.value.size for tensor in tensors])
    blocks = np.split(point.call(jacobian(point.function, wrt=wrt)).matrix(), columns[:-1], axis=1)
    return {t.path: _matrix(block, t, shape) for t, block in zip(tensors, blocks, strict=True)}


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


def _matrix(given: Any, tensor: Tensor, shape: tuple[int, ...]) -> Matrix:
    array = np.asarray(given)
    if array.dtype.kind not in "fiub":
        raise DtypeError(f"the gradient of {tensor.path} is {array.dtype}", expected="real numbers")
    rows, columns = int(np.prod(shape)), tensor.value.size
    fitting = [shape + tensor.value.shape, (rows, columns)] + (
        [tensor.value.shape, (columns,)] if rows == 1 else []
    )
    if array.shape not in fitting:
        turned = "; this is the shape of its transpose" if array.T.shape in fitting else ""
        raise ShapeError(
            f"the gradient of {tensor.path} has shape {array.shape}{turned}", expected=f"{fitting[0]}"
        )
    return np.array(array if array.dtype.kind == "f" else array.astype(np.float64)).reshape(rows, columns)


def _described(given: Any) -> str:
    if isinstance(given, tuple | list | Mapping):
        return f"a {type(given).__name__} of {len(given)}"
    return f"one {type(given).__name__}"
