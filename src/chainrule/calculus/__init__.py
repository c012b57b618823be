"""Differentiation: from the graph of a function to the graph of its derivative."""

from .derivatives import gradient_graph, jacobian_graph, pull_graph, push_graph, value_and_gradient_graph
from .simplify import simplify

__all__ = [
    "gradient_graph",
    "jacobian_graph",
    "pull_graph",
    "push_graph",
    "simplify",
    "value_and_gradient_graph",
]
