"""What an operation is: one record, found by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GraphError
from .types import ArrayType

if TYPE_CHECKING:
    from .node import Node


@dataclass(frozen=True, slots=True)
class Lowering:
    """How an operation becomes machine code.

    ``kind`` is one of "scalar" (one instruction an element), "view" (same elements, other indices),
    "reduce", "scan", "gather", "product", "routine" (of LAPACK), "literal" (an input or a constant) and
    "reference" (only NumPy has it); ``instruction`` names the scalar instruction, or the routine and which of
    its results it is, where there is one.
    """

    kind: str
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """Inputs on which a primitive is tested: a list of arrays and the parameters."""

    arrays: tuple[np.ndarray, ...]
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Primitive:
    """An operation: everything this library knows about it.

    Attributes:
        name: its name; NumPy's where NumPy has it.
        type_rule: type of the output from the types of the inputs and the parameters.
        evaluate: the NumPy function that computes it.
        jacobian: ``jacobian(i, node)`` is the local Jacobian of the node by its i-th input, a LinearMap.
        show: the NumPy expression it prints as, ``{0}`` standing for the first input; or a function of the
            inputs' texts and the parameters.
        lower: how it becomes machine code.
        samples: makes the inputs it is tested on from a random generator.
        promote: for element-wise operations, NumPy's rule from the dtypes given to the dtypes computed in
            and, last, the dtype returned. Such an operation takes inputs of one shape.
        helpers: the functions that ``show`` calls and NumPy lacks. Their source needs NumPy and each other
            alone (or imports what it needs), so that it can be printed with the expression.
    """

    name: str
    type_rule: Callable[..., ArrayType]
    evaluate: Callable[..., Any]
    jacobian: Callable[[int, Node], Any]
    show: str | Callable[..., str]
    lower: Lowering
    samples: Callable[[np.random.Generator], Sequence[Sample]]
    promote: Callable[[tuple[Any, ...]], tuple[np.dtype, ...]] | None = None
    helpers: tuple[Callable[..., Any], ...] = ()

    @property
    def elementwise(self) -> bool:
        return self.promote is not None

    def expression(self, inputs: Sequence[str], params: Any) -> str:
        """The operation as a NumPy expression of its inputs' texts."""
        if callable(self.show):
            return self.show(*inputs, **params)
        return self.show.format(*inputs, **params)

    def __repr__(self) -> str:
        return f"Primitive({self.name!r})"


_registry: dict[str, Primitive] = {}


def register(primitive: Primitive) -> Primitive:
    """Make a primitive known by its name; a name is given once."""
    if primitive.name in _registry:
        raise GraphError(f"a primitive named {primitive.name!r} exists", instead="choose another name")
    _registry[primitive.name] = primitive
    return primitive


def primitive(name: str) -> Primitive:
    """The primitive of that name."""
    try:
        return _registry[name]
    except KeyError:
        raise GraphError(f"no primitive is named {name!r}", expected=", ".join(sorted(_registry))) from None


def is_registered(name: str) -> bool:
    """Whether a primitive has that name."""
    return name in _registry


def all_primitives() -> tuple[Primitive, ...]:
    """Every registered primitive, in order of registration."""
    return tuple(_registry.values())
