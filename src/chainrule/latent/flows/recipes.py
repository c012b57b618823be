"""The usual stacks of layers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ...arguments import find
from ...errors import ArgumentError
from .affine import Affine
from .autoregressive import Autoregressive
from .coupling import Coupling, Transform
from .layer import FlowLayer
from .linear import ActNorm, LULinear, Permutation
from .spline import Spline

TRANSFORMS: Mapping[str, Transform] = MappingProxyType({"affine": Affine(), "spline": Spline()})
STRUCTURES: Mapping[str, type[Coupling] | type[Autoregressive]] = MappingProxyType(
    {"coupling": Coupling, "autoregressive": Autoregressive}
)


class Size(NamedTuple):
    """How many bending layers, and their networks' hidden sizes."""

    depth: int
    hidden: tuple[int, ...]


#: By transform: a spline bends more than an affine map, so fewer and smaller ones are enough.
SIZES: Mapping[str, Size] = MappingProxyType({"affine": Size(8, (64, 64)), "spline": Size(6, (32, 32))})


def as_transform(given: Any) -> Transform:
    """A transform by name with its default settings, or the transform itself.

    Raises:
        ArgumentError: it is neither.
    """
    if isinstance(given, str):
        return find(TRANSFORMS, given, "transform")
    if not isinstance(given, Affine | Spline):
        raise ArgumentError(f"transform={given!r}", expected="Affine(…), Spline(…), 'affine' or 'spline'")
    return given


def stack(bend: FlowLayer, depth: int, d: int, rng: np.random.Generator) -> tuple[FlowLayer, ...]:
    """ActNorm, a permutation, LU-linear and a bending layer, again and again.

    Args:
        bend: the bending layer.
        depth: how many of them.
        d: the number of features; two are swapped, more are permuted at random.
        rng: draws the permutations.
    """
    layers: list[FlowLayer] = []
    for _ in range(depth):
        order = None if d <= 2 else tuple(rng.permutation(d).tolist())
        layers += [ActNorm(), Permutation(order), LULinear(), bend]
    return (*layers, ActNorm(), LULinear())
