"""The variables of the arrays that a function takes from around it, such as a mask of the module's."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from .naming import assigned
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph


def constants(graph: Graph) -> dict[Node, str]:
    """Constant arrays by the variable that the user's line has for them, where it is sure which one that is.

    It is, where a line uses one such array, and what it does not compute from arguments is one variable.

    >>> import numpy as np, chainrule as cr
    >>> M = np.array([1.0, 0.0, 1.0])
    >>> def f(x):
    ...     h = M * np.exp(x)
    ...     return np.sum(h * np.arange(3))
    >>> list(constants(cr.trace(f, np.ones(3)).graph).values())
    ['M']
    """
    arguments = [str(node.params["label"]).partition("/")[0] for node in graph.inputs]
    lines: dict[str, list[Node]] = {}
    targets: set[str] = set()
    for node in graph.nodes:
        if node.source and node.op == "constant" and node.ndim:
            lines.setdefault(node.source.text, []).append(node)
        elif node.source:
            targets.update(_targets(node.source.text))
    moving = {*arguments, *graph.names, *assigned(graph).values(), *targets}
    found: dict[str, list[Node]] = {}
    for text, nodes in lines.items():
        others = list(_fixed(_parsed(text), moving))
        arrays = {node.params["value"] for node in nodes}
        if len(others) == len(arrays) == 1 and isinstance(others[0], ast.Name):
            found.setdefault(others[0].id, []).extend(nodes)
    alone = {name: nodes for name, nodes in found.items() if len({n.params["value"] for n in nodes}) == 1}
    return {node: name for name, nodes in alone.items() for node in nodes}


def _parsed(text: str) -> ast.AST:
    """A line as a statement; what continues on other lines is none."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module([], [])


def _targets(text: str) -> Iterator[str]:
    for part in ast.walk(_parsed(text)):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _fixed(part: ast.AST, moving: Collection[str]) -> Iterator[ast.expr]:
    """The largest expressions with nothing in them that moves; numbers, keywords and functions are none."""
    if isinstance(part, ast.expr) and not _moves(part, moving):
        if not isinstance(part, ast.Constant | ast.Slice | ast.UnaryOp):
            yield part
        return
    for child in ast.iter_child_nodes(part):
        called = isinstance(part, ast.Call) and child is part.func and not _moves(child, moving)
        if not (called or isinstance(child, ast.keyword | ast.expr_context | ast.operator)):
            yield from _fixed(child, moving)


def _moves(part: ast.AST, moving: Collection[str]) -> bool:
    return any(isinstance(name, ast.Name) and name.id in moving for name in ast.walk(part))
