"""Why a loss is not finite: the first value in the graph that is not, what went into it, and what to try."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import trace, value_and_grad
from ..arguments import Array
from ..errors import NonFiniteError, SourceLine
from ..tree import flatten, paths
from .optimisers import Tree

ADVICE = (
    "a smaller learning rate, columns of X scaled to mean 0 and variance 1, or a loss that works on "
    "pre-activations (cross_entropy) rather than on logarithms of probabilities"
)
PACKAGE = Path(__file__).parents[1]


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
    cause, line = _cause(objective, parameters, data)
    return NonFiniteError(f"{what}: {cause}", expected="finite values", instead=ADVICE, where=line)


def _cause(
    objective: Callable[..., Any], parameters: Tree, data: tuple[Array, ...]
) -> tuple[str, SourceLine | None]:
    """In words, and the line of the user's own code, where it happened in one."""
    leaves, structure = flatten(parameters)
    for path, leaf in zip(paths(structure), leaves, strict=True):
        if not np.isfinite(leaf).all():
            return f"{path} is not finite to begin with", None
    for function, place in ((objective, ""), (value_and_grad(objective), " in the derivative")):
        found = trace(function, parameters, *data).first_non_finite(parameters, *data)
        if found is not None:
            ranges = ", ".join(f"{name} in [{a:.4g}, {b:.4g}]" for name, (a, b) in found.input_ranges.items())
            cause = (
                f"{found.name} = {found.expression} is the first value{place} that is not finite; {ranges}"
            )
            ours = found.line is None or Path(found.line.file).is_relative_to(PACKAGE)
            return cause, None if ours else found.line
    return "every value of the last minibatch is finite, so its update was too large", None
