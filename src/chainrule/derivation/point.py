"""Every named value and its cotangent at one point: what the lines of a derivation are evaluated at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..calculus.reverse import pull
from ..errors import NonFiniteError
from ..execution import evaluate
from ..graph import Graph, Node, constant
from .evaluation import Values
from .names import Name
from .segments import Anchor

NEARBY = 1e-2  # relative to the values' own size


@dataclass(frozen=True, eq=False)
class Point:
    """The values of the named values, and the cotangents ∂output/∂value that reverse mode gives for them.

    The output is one number, so a cotangent has the value's own shape.
    """

    values: Mapping[Anchor, np.ndarray]
    cotangents: Mapping[Anchor, np.ndarray]

    @cached_property
    def stand_ins(self) -> dict[Node, np.ndarray]:
        """The values, for evaluating definitions."""
        return {anchor.stand_in: value for anchor, value in self.values.items()}

    def named(self, derivatives: Mapping[Anchor, Name]) -> Values:
        """The arrays by the names that formulas have for them."""
        own = {anchor.name: value for anchor, value in self.values.items()}
        return own | {
            name: self.cotangents[anchor] for anchor, name in derivatives.items() if anchor in self.cotangents
        }

    def segment(self, target: Anchor, source: Anchor, at: np.ndarray) -> np.ndarray:
        """What the target's definition gives for another value of the source."""
        own = {anchor.stand_in: self.values[anchor] for anchor in target.uses}
        return target.value(own | {source.stand_in: at})


def point_at(graph: Graph, order: Sequence[Anchor], moving: Sequence[Anchor], arrays: Sequence[Any]) -> Point:
    """Forward propagation and reverse mode at these arguments.

    Raises:
        NonFiniteError: a value or a derivative is NaN or infinite there.
    """
    known: dict[Node, Any] = dict(zip(graph.inputs, arrays, strict=True))
    values = evaluate([anchor.node for anchor in order], known)
    named = {anchor: np.asarray(value) for anchor, value in zip(order, values, strict=True)}
    _require_finite(named, "")
    output = order[-1].node
    found = pull({output: constant(np.ones(output.shape))}, [anchor.node for anchor in moving])
    reached = [anchor for anchor in moving if anchor.node in found]
    cotangents = evaluate([found[anchor.node] for anchor in reached], known)
    by_anchor = {anchor: np.asarray(value) for anchor, value in zip(reached, cotangents, strict=True)}
    _require_finite(by_anchor, "the derivative by ")
    nothing = {anchor: np.zeros(anchor.node.shape) for anchor in moving}
    return Point(named, nothing | by_anchor)


def _require_finite(values: Mapping[Anchor, np.ndarray], what: str) -> None:
    for anchor, value in values.items():
        if value.dtype.kind == "f" and not np.all(np.isfinite(value)):
            raise NonFiniteError(
                f"{what}{anchor.name.label} is {_first_bad(value)} at this point",
                expected="finite values, so that every line can be checked",
                instead="another point",
                where=anchor.node.source,
            )


def _first_bad(value: np.ndarray) -> float:
    return float(value[~np.isfinite(value)].flat[0])


def nearby(arrays: Sequence[Any], rng: np.random.Generator) -> list[Any]:
    """Arguments a little way off, where a function with kinks has most likely none."""
    return [_moved(np.asarray(array), rng) for array in arrays]


def _moved(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if array.dtype.kind != "f" or not array.size:
        return array
    scale = NEARBY * float(np.sqrt(np.mean(np.square(array))) or 1.0)
    shift = scale * rng.uniform(0.25, 1.0, array.shape) * rng.choice([-1.0, 1.0], array.shape)
    if array.ndim == 2 and np.array_equal(array, array.T):
        shift = (shift + shift.T) / 2
    return np.asarray(array + shift)
