"""Building nodes by the name of their primitive, as formulas: ``op.exp(x) * 2``.

Element-wise operations take inputs of one shape and of the dtypes NumPy would compute in, so broadcasting and
casting become nodes of their own here, and no rule ever un-broadcasts by hand.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import numpy as np

from ..calls import CallSite
from ..errors import DtypeError, ShapeError
from .node import Node
from .primitive import Primitive, primitive
from .types import ArrayType, Shape

_NO_PARAMS: MappingProxyType[str, Any] = MappingProxyType({})


class provenance:  # noqa: N801 - used like a function
    """Nodes built inside carry this source line and, in a derivative, the node they differentiate."""

    __slots__ = ("_now", "_token")

    def __init__(self, source: CallSite | None, of: Node | None = None) -> None:
        self._now = (source, of)

    def __enter__(self) -> None:
        self._token = _provenance.set(self._now)

    def __exit__(self, *error: object) -> None:
        _provenance.reset(self._token)


_provenance: ContextVar[tuple[CallSite | None, Node | None]] = ContextVar("provenance", default=(None, None))


def build(name: str, *operands: Any, **params: Any) -> Node:
    """A node of the named primitive; operands may be nodes, arrays or Python numbers.

    Raises:
        GraphError: no primitive has that name.
        ShapeError: the operands' shapes do not fit.
    """
    record = primitive(name)
    if record.promote is None:
        inputs = tuple([as_node(operand) for operand in operands])
        return _made(record, inputs, params, record.type_rule(*[node.type for node in inputs], **params))
    operands = tuple([_stacked(each) if type(each) in _LISTS else each for each in operands])
    dtypes = record.promote(tuple([_weak_dtype(operand) for operand in operands]))
    nodes = [
        cast(operand, dtype) if isinstance(operand, Node) else constant(operand, dtype)
        for operand, dtype in zip(operands, dtypes)  # noqa: B905 - the last is the result's
    ]
    shapes = [node.type.shape for node in nodes]
    if shapes.count(shapes[0]) < len(shapes):
        shape = broadcast_shape(*shapes)
        nodes = [broadcast_to(node, shape) for node in nodes]
    return _made(record, tuple(nodes), params, nodes[0].type.with_dtype(dtypes[-1]))


def _made(record: Primitive, inputs: tuple[Node, ...], params: dict[str, Any], type: ArrayType) -> Node:
    source, of = _provenance.get()
    if type.dtype.kind not in "fiub":
        parts = "keep the real and the imaginary part as two arrays"
        raise DtypeError(
            f"{record.name} gives {type.dtype}",
            expected="real numbers",
            instead=parts if type.dtype.kind == "c" else None,
            where=source,
        )
    held = MappingProxyType(params) if params else _NO_PARAMS
    return Node(record, inputs, held, type, source, of, validated=True)


class _Operations:
    """``op.name(...)`` builds a node of the primitive ``name``."""

    def __getattr__(self, name: str) -> Callable[..., Node]:
        return lambda *operands, **params: build(name, *operands, **params)


op = _Operations()


def as_node(value: Any) -> Node:
    """A node as it is, anything else as a constant; a list that nodes are in as the array of its elements."""
    if isinstance(value, Node):
        return value
    value = _stacked(value) if type(value) in _LISTS else value
    return value if isinstance(value, Node) else constant(value)


_LISTS = (list, tuple)


def _stacked(values: Any) -> Any:
    """A list, or a list of lists, that nodes are in as one node; any other as it is."""
    if not _has_nodes(values):
        return values
    nodes = [as_node(value) for value in values]
    if len({node.shape for node in nodes}) > 1:
        shapes = ", ".join(str(node.shape) for node in nodes)
        raise ShapeError(f"a list of arrays of shapes {shapes}", expected="one shape")
    dtype = np.result_type(*[node.dtype for node in nodes])
    rows = [reshape(cast(node, dtype), (1, *node.shape)) for node in nodes]
    return build("concatenate", *rows, axis=0)


def _has_nodes(value: Any) -> bool:
    return isinstance(value, Node) or (type(value) in _LISTS and any(map(_has_nodes, value)))


def cast(node: Node, dtype: np.dtype) -> Node:
    """The node in another dtype, or the node itself where it has that dtype."""
    return node if node.type.dtype == dtype else build("astype", node, dtype=np.dtype(dtype))


def broadcast_to(node: Node, shape: Shape) -> Node:
    """The node repeated to a shape, or the node itself where it has that shape."""
    if node.type.shape == shape:
        return node
    if node.type.shape:
        return build("broadcast_to", node, shape=tuple(shape))
    return _made(primitive("broadcast_to"), (node,), {"shape": shape}, node.type.with_shape(shape))


def reshape(node: Node, shape: Shape) -> Node:
    """The node's elements in another shape, or the node itself where it has that shape."""
    return node if node.shape == shape else build("reshape", node, shape=tuple(shape))


def zeros(type: ArrayType) -> Node:
    """Zeros of a type."""
    return broadcast_to(constant(0, type.dtype), type.shape)


def broadcast_shape(*shapes: Shape) -> Shape:
    """The shape NumPy broadcasts to; a ShapeError where there is none."""
    others = {shape for shape in shapes if shape}
    if len(others) < 2:
        return others.pop() if others else ()
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        listed = " and ".join(map(str, shapes))
        raise ShapeError(
            f"shapes {listed} do not broadcast together",
            expected="shapes equal from the right, or 1 where they differ",
            instead="reshape one of them, for instance x[:, None]",
            where=_provenance.get()[0],
        ) from None


def _weak_dtype(operand: Any) -> Any:
    """The dtype of an operand; Python numbers are weak, as in NumPy."""
    if isinstance(operand, Node):
        return operand.type.dtype
    if type(operand) in (bool, int, float):
        return np.dtype(bool) if type(operand) is bool else type(operand)
    return _dtype_of_numbers(np.asarray(operand), operand)


def _dtype_of_numbers(array: np.ndarray, given: Any) -> np.dtype:
    if array.dtype.kind not in "fiubc":
        raise DtypeError(
            f"{reprlib.repr(given)} in a calculation with arrays",
            expected="real numbers and arrays of them",
            where=_provenance.get()[0],
        )
    return array.dtype


class Literal:
    """The value of a constant. Scalars compare by value; arrays of the user's are kept by reference.

    Attributes:
        value: the array.
        origin: the ``id`` of what it was made from, at that time.
    """

    __slots__ = ("key", "origin", "value")

    def __init__(self, value: np.ndarray, origin: object = None) -> None:
        self.value = value
        self.origin = id(value if origin is None else origin)
        self.key = (value.dtype.char, value.tobytes()) if value.ndim == 0 else id(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return repr(self.value.item()) if self.value.ndim == 0 else f"array{self.value.shape}"


def constant(value: Any, dtype: Any = None) -> Node:
    """A node that holds a value. An array is kept by reference, unless its bytes stand in foreign order."""
    array = np.asarray(value, dtype=dtype)
    if not _dtype_of_numbers(array, value).isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return _made(
        primitive("constant"), (), {"value": Literal(array, value)}, ArrayType(array.shape, array.dtype)
    )


def scalar_value(node: Node) -> float | None:
    """The number a constant node holds everywhere, seen through broadcasting and casting; else None."""
    while node.primitive.name in ("broadcast_to", "reshape"):
        node = node.inputs[0]
    if node.primitive.name != "constant" or node.type.shape:
        return None
    value: float = node.params["value"].value.item()
    return value


def is_literal(node: Node) -> bool:
    """Whether a node is a constant, or a number repeated to a shape."""
    name = node.primitive.name
    return name == "constant" or (name == "broadcast_to" and scalar_value(node) is not None)


def content(node: Node) -> Any:
    """What equal nodes have in common: of arrays that rules of differentiation make, the numbers."""
    if node.of is not None and node.primitive.name == "constant":
        array = node.params["value"].value
        return (node.primitive, array.dtype.str, array.shape, array.tobytes())
    return (node.primitive, node.inputs, *node.params.items())


def input_node(type: ArrayType, label: str) -> Node:
    """A graph's input."""
    return build("input", type=type, label=label)
