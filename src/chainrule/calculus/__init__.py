"""Differentiation: from the graph of a function to the graph of its derivative."""

from .bracketing import Bracket
from .chains import Chain, Edges, chain_of
from .derivatives import (
    derivative,
    gradient_graph,
    pull_graph,
    push_graph,
    value_and_gradient_graph,
    value_aux_and_gradient_graph,
)
from .forward import push
from .planning import counted, plan_jacobian, total_costs
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
    "derivative",
    "gradient_graph",
    "plan_jacobian",
    "pull",
    "pull_graph",
    "push",
    "push_graph",
    "simplify",
    "simplify_between_names",
    "total_costs",
    "value_and_gradient_graph",
    "value_aux_and_gradient_graph",
]
