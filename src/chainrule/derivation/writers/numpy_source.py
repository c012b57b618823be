"""The gradient as NumPy source that runs by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...core import grad, trace
from ...core.arguments import Wrt


def gradient_source(f: Callable[..., Any], wrt: Wrt, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """Source of a function that returns the gradient of f, printed from the graph that ``grad(f)`` runs.

    Raises:
        ShapeError: f returns several numbers, so it has a Jacobian and no gradient.
        ArgumentError: f uses a constant array too large to be written out.
    """
    gradient: Any = grad(f, wrt)
    name = getattr(f, "__name__", "f")
    gradient.__name__ = f"gradient_of_{name}" if name.isidentifier() else "gradient"
    return trace(gradient, *args, **kwargs).to_python()
