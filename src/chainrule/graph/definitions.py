"""The source of functions that printed code calls, without annotations: it then needs NumPy alone."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=256)
def definition(function: Callable[..., Any]) -> str:
    """A function's source without annotations.

    >>> def double(x: float) -> float:
    ...     result: float = 2 * x
    ...     return result
    >>> print(definition(double))
    def double(x):
        result = 2 * x
        return result
    """
    tree = ast.parse(inspect.getsource(function))
    return ast.unparse(ast.fix_missing_locations(_Bare().visit(tree)))


class _Bare(ast.NodeTransformer):
    def visit_FunctionDef(self, function: ast.FunctionDef) -> ast.AST:
        function.returns = None
        return self.generic_visit(function)

    def visit_arg(self, argument: ast.arg) -> ast.arg:
        argument.annotation = None
        return argument

    def visit_AnnAssign(self, statement: ast.AnnAssign) -> ast.AST:
        if statement.value is None:
            return statement
        return ast.Assign([statement.target], statement.value)
