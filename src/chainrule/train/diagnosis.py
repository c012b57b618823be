"""Why a loss is not finite: the first value in the graph that is not, what went into it, and what to try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import trace, value_and_grad
from ..errors import NonFiniteError
from ..nn.arguments import Array
from ..tree import flatten, paths
from .optimisers import Tree

ADVICE = (
    "a smaller learning rate, columns of X scaled to mean 0 and variance 1, or a loss that works on "
    "pre-activations (cross_entropy) instead of logarithms of probabilities"
)


def diagnose(
    what: str, objective: Callable[..., Any], parameters: Tree, data: tuple[Array, ...]
) -> NonFiniteError:
    """The error to raise, after a look at forward propagation and then at the derivative.

    Args:
        what: what was noticed, for instance ``"the loss became nan in epoch 3, minibatch 1"``.
        objective: ``objective(parameters, *data)``.
        parameters: those that were in force.
        data: the rows that were looked at.
    """
    given = f"{what}: {_cause(objective, parameters, data)}"
    return NonFiniteError(given, expected="finite values", instead=ADVICE)


def _cause(objective: Callable[..., Any], parameters: Tree, data: tuple[Array, ...]) -> str:
    leaves, structure = flatten(parameters)
    for path, leaf in zip(paths(structure), leaves, strict=True):
        if not np.isfinite(leaf).all():
            return f"{path} is not finite to begin with"
    for function, place in ((objective, ""), (value_and_grad(objective), " of the derivative")):
        found = trace(function, parameters, *data).first_non_finite(parameters, *data)
        if found is not None:
            ranges = ", ".join(f"{name} in [{low:.4g}, {high:.4g}]" for name, (low, high) in found.input_ranges.items())
            return f"{found.name} = {found.op}({ranges}){place} is the first value that is not finite"
    return "every value of the last minibatch is finite, so its update was too large"
