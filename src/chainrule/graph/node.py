"""One value of a computation: a primitive applied to earlier values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import SourceLine
from .types import ArrayType, Shape

if TYPE_CHECKING:
    from .primitive import Primitive


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """A value: ``primitive(*inputs, **params)`` of a known type. Two nodes are equal only if they are one.

    ``source`` is the user's line that asked for it; ``of`` is, in a derivative, the node it differentiates.
    """

    primitive: Primitive
    inputs: tuple[Node, ...]
    params: Mapping[str, Any]
    type: ArrayType
    source: SourceLine | None = None
    of: Node | None = None

    @property
    def op(self) -> str:
        return self.primitive.name

    @property
    def shape(self) -> Shape:
        return self.type.shape

    @property
    def dtype(self) -> Any:
        return self.type.dtype

    @property
    def ndim(self) -> int:
        return self.type.ndim

    def __repr__(self) -> str:
        return f"<{self.op} {self.type!r}>"

    # Rules are written as formulas on nodes; each operator builds the node of that primitive.

    def __neg__(self) -> Node:
        return build("negative", self)

    def __add__(self, other: Any) -> Node:
        return build("add", self, other)

    def __radd__(self, other: Any) -> Node:
        return build("add", other, self)

    def __sub__(self, other: Any) -> Node:
        return build("subtract", self, other)

    def __rsub__(self, other: Any) -> Node:
        return build("subtract", other, self)

    def __mul__(self, other: Any) -> Node:
        return build("multiply", self, other)

    def __rmul__(self, other: Any) -> Node:
        return build("multiply", other, self)

    def __truediv__(self, other: Any) -> Node:
        return build("divide", self, other)

    def __rtruediv__(self, other: Any) -> Node:
        return build("divide", other, self)

    def __gt__(self, other: Any) -> Node:
        return build("greater", self, other)

    def __lt__(self, other: Any) -> Node:
        return build("less", self, other)


def build(name: str, *operands: Any, **params: Any) -> Node:
    """Build a node by the primitive's name (see :mod:`.building`)."""
    from . import building

    return building.build(name, *operands, **params)
