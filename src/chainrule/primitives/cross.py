"""The cross product of vectors with three components, which stand along the last axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph import ArrayType, Node, Sample, op
from ..linear_maps import General, LinearMap
from .records import local, structural


def cross(a: Any, b: Any) -> Any:
    """(a₂b₃ − a₃b₂, a₃b₁ − a₁b₃, a₁b₂ − a₂b₁)."""
    a, b = np.broadcast_arrays(a, b)
    return np.roll(a, -1, -1) * np.roll(b, -2, -1) - np.roll(a, -2, -1) * np.roll(b, -1, -1)


def _type(a: ArrayType, b: ArrayType) -> ArrayType:
    if not a.ndim or not b.ndim or a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ShapeError(
            f"cross product of shapes {a.shape} and {b.shape}",
            expected="3 components each",
            instead="a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0], for vectors of the plane",
        )
    return ArrayType(np.broadcast_shapes(a.shape, b.shape), np.result_type(a.dtype, b.dtype))


def _others() -> np.ndarray:
    """A component does not depend on its like."""
    return ~np.eye(3, dtype=bool)


def _by_first(y: Node, a: Node, b: Node) -> LinearMap:
    return General(
        a.shape, y.shape, lambda v: op.cross(v, b), lambda p: op.cross(b, p), "−[b]×", 1, block=_others
    )  # fmt: skip


def _by_second(y: Node, a: Node, b: Node) -> LinearMap:
    return General(
        b.shape, y.shape, lambda v: op.cross(a, v), lambda p: op.cross(p, a), "[a]×", 1, block=_others
    )  # fmt: skip


structural(
    "cross",
    type_rule=_type,
    evaluate=cross,
    jacobian=local(_by_first, _by_second),
    show="np.cross({0}, {1})",
    lower="reference",
    samples=lambda rng: [
        Sample((rng.normal(size=shape), rng.normal(size=shape)), {}) for shape in ((3,), (2, 3), (0, 3))
    ],
)
