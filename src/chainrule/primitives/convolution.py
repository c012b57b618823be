"""The convolution of two vectors, of which derivations speak; tracing writes it as a product with windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph import ArrayType, Node, Sample, op
from ..linear_maps import General, LinearMap
from .records import local, structural


def convolved(a: Any, b: Any, *, whole: bool) -> Any:
    """(a ∗ b)ₖ = Σⱼ aₖ₋ⱼ bⱼ along the last axis: all overlaps, or those where b lies within a."""
    m = b.shape[-1]
    if whole:
        a = np.pad(a, [(0, 0)] * (a.ndim - 1) + [(m - 1, m - 1)])
    windows = np.lib.stride_tricks.sliding_window_view(a, m, axis=-1)
    return np.einsum("...ij,...j->...i", windows, b[..., ::-1])


def _type(a: ArrayType, b: ArrayType, *, whole: bool) -> ArrayType:
    n, m = (x.shape[-1] if x.ndim else 0 for x in (a, b))
    if not m or n < (1 if whole else m):
        raise ShapeError(f"a convolution of shapes {a.shape} and {b.shape}", expected="the first the longer")
    count = n + m - 1 if whole else n - m + 1
    batch = np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    return ArrayType((*batch, count), np.result_type(a.dtype, b.dtype))


def flipped(x: Node) -> Node:
    """Its elements along the last axis from the end."""
    *batch, n = x.shape
    return op.slice(x, index=(*[(0, 1, k) for k in batch], (n - 1, -1, n)), batch=0)


def _by_first(y: Node, a: Node, b: Node, *, whole: bool) -> LinearMap:
    """The transpose of a convolution is a correlation: a convolution with what is flipped."""
    return General(
        a.shape, y.shape,
        lambda v: op.convolve(v, b, whole=whole),
        lambda p: op.convolve(p, flipped(b), whole=not whole),
        "a convolution by b", dense_axes=1,
    )  # fmt: skip


def _by_second(y: Node, a: Node, b: Node, *, whole: bool) -> LinearMap:
    def backward(p: Node) -> Node:
        first, second = (p, flipped(a)) if whole else (flipped(a), p)
        return op.convolve(first, second, whole=False)

    return General(
        b.shape,
        y.shape,
        lambda v: op.convolve(a, v, whole=whole),
        backward,
        "a convolution by a",
        dense_axes=1,
    )


def _samples(rng: np.random.Generator) -> list[Sample]:
    vectors = [(4, 2), (3, 1), (2, 2)]
    return [
        Sample((rng.normal(size=n), rng.normal(size=m)), {"whole": whole})
        for n, m in vectors
        for whole in (True, False)
    ]


structural(
    "convolve",
    type_rule=_type,
    evaluate=convolved,
    jacobian=local(_by_first, _by_second),
    show="convolved({0}, {1}, whole={whole})",
    lower="reference",
    helpers=(convolved,),
    samples=_samples,
)
