"""Differentiation: from the graph of a function to the graph of its derivative."""

from .. import primitives  # noqa: F401 (registers the operations)
from .bracketing import Bracket
from .chains import Chain, Edges, chain_of
from .derivatives import (
    gradient_graph,
    jacobian_graph,
    pull_graph,
    push_graph,
    value_and_gradient_graph,
    value_aux_and_gradient_graph,
)
from .forward import push
from .planning import counted, done_beforehand, plan_jacobian, pure_modes
from .plans import Bracketed, Compressed, Plan
from .reverse import pull
from .simplify import simplify, simplify_between_names

__all__ = [
    "Bracket",
    "Bracketed",
    "Chain",
    "Compressed",
    "Edges",
    "Plan",
    "chain_of",
    "counted",
    "done_beforehand",
    "gradient_graph",
    "jacobian_graph",
    "plan_jacobian",
    "pull",
    "pull_graph",
    "pure_modes",
    "push",
    "push_graph",
    "simplify",
    "simplify_between_names",
    "value_and_gradient_graph",
    "value_aux_and_gradient_graph",
]
