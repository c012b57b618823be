"""The derivatives of log Γ: the digamma function ψ and the trigamma function ψ′."""

from __future__ import annotations

from typing import Any

from ..graph import Node, primitive
from .arithmetic import apply, repeats_scalar
from .formula import Formula, is_number

digamma = primitive("digamma").evaluate


def trigamma(x: Any) -> Any:
    """ψ′(x), the second derivative of log Γ(x)."""
    return primitive("polygamma").evaluate(1.0, x)


def read_polygamma(node: Node, order: Formula, x: Formula) -> Formula | None:
    """ψ′ where the order is 1; of other orders the function has no letter."""
    order = order.parts[0] if repeats_scalar(order) else order
    return apply("ψ′", (x,), node.shape, trigamma) if is_number(order, 1) else None
