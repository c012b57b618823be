"""One value of a computation: a primitive applied to earlier values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..calls import CallSite
from ..slots import setters
from .types import ArrayType, Shape

if TYPE_CHECKING:
    from .primitive import Primitive


@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Node:
    """A value: ``primitive(*inputs, **params)`` of a known type. Two nodes are equal only if they are one.

    ``source`` is the user's line that asked for it; ``of`` is, in a derivative, the node it differentiates.
    ``validated``: whether its type was found to be what its primitive gives, which is then not asked again.
    """

    primitive: Primitive
    inputs: tuple[Node, ...]
    params: Mapping[str, Any]
    type: ArrayType
    source: CallSite | None = None
    of: Node | None = None
    validated: bool = field(default=False, init=False)

    def __init__(
        self,
        primitive: Primitive,
        inputs: tuple[Node, ...],
        params: Mapping[str, Any],
        type: ArrayType,
        source: CallSite | None = None,
        of: Node | None = None,
        validated: bool = False,
    ) -> None:
        _set_primitive(self, primitive)
        _set_inputs(self, inputs)
        _set_params(self, params)
        _set_type(self, type)
        _set_source(self, source)
        _set_of(self, of)
        _set_validated(self, validated)

    def with_inputs(self, inputs: tuple[Node, ...]) -> Node:
        """The same operation on other values of the same types."""
        same = self.validated and [new.type for new in inputs] == [old.type for old in self.inputs]
        return Node(self.primitive, inputs, self.params, self.type, self.source, self.of, same)

    def mark_valid(self) -> None:
        """Remember that its type is known to be what its primitive gives."""
        _set_validated(self, True)

    def known_by(self, source: CallSite | None) -> Node:
        """The node itself; where another line assigns it, as y = 1 * x does, it is known by that line."""
        if source is None or source is self.source or not self.inputs:
            return self
        unknown = self.source is None or not self.source.variable
        if unknown and source.variable:
            _set_source(self, source)
        return self

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


(
    _set_primitive,
    _set_inputs,
    _set_params,
    _set_type,
    _set_source,
    _set_of,
    _set_validated,
) = setters(Node)


def build(name: str, *operands: Any, **params: Any) -> Node:
    """Build a node by the primitive's name (see :mod:`.building`)."""
    made: Node = _building().build(name, *operands, **params)
    return made


@lru_cache(maxsize=1)
def _building() -> Any:
    """The module that builds nodes, which imports this one; to import it in every call would take longer."""
    from . import building

    return building
