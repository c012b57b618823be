"""The gradient as NumPy source that runs by itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ... import grad, jacobian, trace, tree
from ...core.arguments import Wrt
from ..names import fresh


def gradient_source(
    f: Callable[..., Any], wrt: Wrt, args: tuple[Any, ...], kwargs: Mapping[str, Any], several: bool
) -> str:
    """Source of a function that returns the gradient of f, printed from the graph that ``grad(f)`` runs.

    Args:
        f: the function.
        wrt: what it is differentiated by.
        args, kwargs: its arguments; their shapes matter.
        several: whether f returns several numbers. The function then takes p of the shape of f's output as
            well, and returns the gradient of J = Σ p ∘ f.

    Raises:
        ArgumentError: f uses a constant array too large to be written out.
    """
    gradient: Any = _weighted(f, wrt) if several else grad(f, wrt)
    name = getattr(f, "__name__", "f")
    gradient.__name__ = f"gradient_of_{name}" if name.isidentifier() else "gradient"
    if not several:
        return trace(gradient, *args, **kwargs).to_python()
    (p,) = [name for name in gradient.__signature__.parameters if name not in inspect.signature(f).parameters]
    weights = tree.map_leaves(lambda leaf: np.ones(np.shape(leaf)), f(*args, **kwargs))
    return trace(gradient, *args, **kwargs, **{p: weights}).to_python()


def _weighted(f: Callable[..., Any], wrt: Wrt) -> Callable[..., Any]:
    """The gradient of Σ p ∘ f as a function of f's arguments and of p, by its name."""
    signature = inspect.signature(f)
    parameters = list(signature.parameters.values())
    p = "p" if "p" not in signature.parameters else fresh("p", signature.parameters)
    last = len(parameters) - any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    parameters.insert(last, inspect.Parameter(p, inspect.Parameter.KEYWORD_ONLY))

    def gradient(*args: Any, **kwargs: Any) -> Any:
        weights = kwargs.pop(p)
        return jacobian(f, wrt)(*args, **kwargs).pull(weights)

    gradient.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return gradient
