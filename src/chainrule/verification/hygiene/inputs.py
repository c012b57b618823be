"""What is odd about the arguments, and about the dtypes of what is compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..point import Point, Tensor
from ..report import Finding


def about_arguments(bound: Point, tensors: Sequence[Tensor]) -> Iterator[Finding]:
    """Findings about whole numbers that are checked as float64, no entries, and entries that are not finite.

    Args:
        bound: the arguments as they were given.
        tensors: those that are checked.
    """
    for tensor in tensors:
        dtype = np.asarray(bound.leaves[tensor.leaf]).dtype
        if dtype.kind in "iu":
            yield Finding(
                "dtype", f"{tensor.path} holds whole numbers ({dtype}); it is moved as {tensor.value.dtype}"
            )
        if not tensor.value.size:
            yield Finding(
                "empty", f"{tensor.path} has no entries (shape {tensor.value.shape}): nothing to check in it"
            )
        odd = tensor.value.size - int(np.isfinite(tensor.value).sum())
        if odd:
            count = f"{odd} of {tensor.value.size} entries that are not finite"
            told = f"{tensor.path} has {count}, at which there is no derivative; wrt can leave it out"
            yield Finding("not finite", told, fatal=True)


def about_derivative(
    given: Mapping[str, NDArray[Any]], tensors: Sequence[Tensor], epsilon: float
) -> Iterator[Finding]:
    """Findings about a derivative of fewer digits than its tensor, by the path of each.

    Args:
        given: the derivative for each path.
        tensors: what it belongs to.
        epsilon: the relative rounding error of f, which explains as much.
    """
    for tensor in tensors:
        dtype = given[tensor.path].dtype
        if dtype.kind == "f" and np.finfo(dtype).eps > max(epsilon, np.finfo(tensor.value.dtype).eps):
            yield Finding(
                "dtype",
                f"the derivative of {tensor.path} is {dtype} and the tensor {tensor.value.dtype}: an error "
                f"below {np.finfo(dtype).eps:.1e} of it is its rounding",
            )
