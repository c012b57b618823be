"""Where values come from: a graph's inputs, and constants."""

from __future__ import annotations

import numpy as np

from ..graph import Literal, Node, Sample, type_of
from ..linear_maps import LinearMap
from .records import structural


def _has_no_inputs(i: int, node: Node) -> LinearMap:
    raise IndexError(f"{node.op} has no input {i}")


def _unbound(*, type: object, label: str) -> np.ndarray:
    raise LookupError(f"the input {label!r} has no value")


structural(
    "input",
    type_rule=lambda *, type, label: type,
    evaluate=_unbound,
    jacobian=_has_no_inputs,
    show=lambda *, type, label: label,
    lower="literal",
    samples=lambda rng: [],
)

structural(
    "constant",
    type_rule=lambda *, value: type_of(value.value),
    evaluate=lambda *, value: value.value,
    jacobian=_has_no_inputs,
    show=lambda *, value: repr(value),
    lower="literal",
    samples=lambda rng: [Sample((), {"value": Literal(np.array(2.0))})],
)
