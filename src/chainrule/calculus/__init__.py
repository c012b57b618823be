"""Differentiation: from the graph of a function to the graph of its derivative."""

from .derivatives import gradient_graph, jacobian_graph, pull_graph, push_graph
from .simplify import simplify

__all__ = ["gradient_graph", "jacobian_graph", "pull_graph", "push_graph", "simplify"]
