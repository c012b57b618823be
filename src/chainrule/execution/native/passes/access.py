"""Where values lie and how they are read: expressions that load elements through chains of views."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from ....graph import Node, Shape, scalar_value
from ..expressions import Affine, Apply, Buffer, Dynamic, Expression, Literal, Load, in_order
from ..kernels import Kernel, LoopKernel
from ..target import Target
from .fusion import reshape_is_free

Index = tuple[Affine, ...]


@dataclass(slots=True)
class Lowering:
    """What is known while kernels are made: the processor, the values that are stored, which of them by
    columns, and where."""

    target: Target
    stored: set[Node]
    by_columns: Collection[Node] = ()
    buffers: dict[Node, Buffer] = field(default_factory=dict)
    kernels: list[Kernel] = field(default_factory=list)
    scratches: int = 0

    def scratch(self, shape: Shape, dtype: np.dtype) -> Buffer:
        """A workspace buffer that no node owns."""
        self.scratches += 1
        return Buffer("workspace", shape, dtype, f"p{self.scratches}")

    def buffer(self, node: Node, kind: str) -> Buffer:
        """The node's buffer: a new one of a kind, if it has none."""
        by_columns = node in self.by_columns
        return self.buffers.setdefault(
            node, Buffer(kind, node.shape, node.type.dtype, f"t{len(self.buffers)}", by_columns)
        )


def in_memory(state: Lowering, node: Node) -> Buffer:
    """A buffer that holds the node; numbers are written out first."""
    if node not in state.buffers:
        target = state.buffer(node, "workspace")
        lower_elementwise(state, node, target)
    return state.buffers[node]


def lower_elementwise(state: Lowering, node: Node, target: Buffer) -> None:
    """Store a node that is computed element by element."""
    lengths, index = along_memory(target)
    expression = compute(state, node, index)
    state.kernels.append(LoopKernel(node, lengths, expression, target, place_in(target, index)))


def dynamic_places(
    state: Lowering, indices: Sequence[Node], index: Index, batch: int, array: Buffer
) -> tuple[tuple[Dynamic, ...], list[tuple[int, Affine]]]:
    """Where gathered elements lie: axes ``batch`` and on are places that are values, the others are fixed."""
    ndim = max((node.ndim for node in indices), default=0)
    inner = index[batch : batch + ndim]
    dynamic = []
    for axis, node in enumerate(indices, batch):
        place = expression_at(state, node, repeated(inner, node.shape))
        dynamic.append(Dynamic(place, array.shape[axis], array.strides[axis]))
    after = index[batch + ndim :]
    rest = [(axis, index[axis]) for axis in range(batch)]
    rest += [(batch + len(indices) + i, part) for i, part in enumerate(after)]
    return tuple(dynamic), rest


def expression_at(state: Lowering, node: Node, index: Index) -> Expression:
    """The value of a node at an index: a load where it is stored, else what computes it."""
    buffer = state.buffers.get(node)
    return compute(state, node, index) if buffer is None else load_at(buffer, index)


def compute(state: Lowering, node: Node, index: Index) -> Expression:
    """What computes the value of a node at an index."""
    number = scalar_value(node)
    if number is not None:
        return Literal(number, node.type.dtype)
    if node.op == "astype":
        return converted(expression_at(state, node.inputs[0], index), node.type.dtype)
    if node.primitive.lower.kind == "scalar":
        operands = tuple(expression_at(state, operand, index) for operand in node.inputs)
        return Apply(node.op, operands, node.type.dtype)
    if node.op == "gather":
        array, *indices = node.inputs
        buffer = in_memory(state, array)
        dynamic, rest = dynamic_places(state, indices, index, node.params["batch"], buffer)
        fixed = sum((part.times(buffer.strides[axis]) for axis, part in rest), Affine())
        return Load(buffer, fixed, dynamic)
    return _view_at(state, node, index)


def _view_at(state: Lowering, node: Node, index: Index) -> Expression:
    (x,) = node.inputs
    if node.op == "transpose":
        inner: list[Affine] = [Affine()] * x.ndim
        for position, axis in enumerate(node.params["axes"]):
            inner[axis] = index[position]
        return expression_at(state, x, tuple(inner))
    if node.op == "broadcast_to":
        return expression_at(state, x, repeated(index, x.shape))
    if node.op == "slice":
        return expression_at(state, x, sliced(index, node.params["index"], node.params["batch"]))
    if reshape_is_free(node):
        parts = iter(part for n, part in zip(node.shape, index, strict=True) if n != 1)
        return expression_at(state, x, tuple(next(parts) if n != 1 else Affine() for n in x.shape))
    flat = sum((part.times(s) for part, s in zip(index, in_order(node.shape), strict=True)), Affine())
    return Load(in_memory(state, x), flat)


def sliced(index: Index, entries: Sequence[int | tuple[int, int, int]], batch: int) -> Index:
    """The index before a slice, of the element that has ``index`` after it."""
    parts = iter(index)
    kept = [next(parts) for _ in range(batch)]
    before = [
        Affine(entry) if isinstance(entry, int) else next(parts).times(entry[1]) + Affine(entry[0])
        for entry in entries
    ]
    return (*kept, *before)


def identity(shape: Shape) -> Index:
    """The index that loops over every element: one variable an axis."""
    return tuple(Affine(0, {axis: 1}) if n != 1 else Affine() for axis, n in enumerate(shape))


def along_memory(buffer: Buffer) -> tuple[Shape, Index]:
    """Loops over every element of a buffer in the order in which they lie there, and its index in them."""
    if not buffer.by_columns:
        return buffer.shape, identity(buffer.shape)
    rows, columns = buffer.shape
    column, row = identity((columns, rows))
    return (columns, rows), (row, column)


def repeated(index: Index, shape: Shape) -> Index:
    """The index before an array of a shape is repeated, of the element that has ``index`` after it."""
    own = index[len(index) - len(shape) :]
    return tuple(part if n != 1 else Affine() for n, part in zip(shape, own, strict=True))


def place_in(buffer: Buffer, index: Index) -> Affine:
    """Where the element of an index lies in a buffer."""
    return sum((part.times(stride) for part, stride in zip(index, buffer.strides, strict=True)), Affine())


def load_at(buffer: Buffer, index: Index) -> Load:
    """The element of an index of a buffer."""
    return Load(buffer, place_in(buffer, index))


def converted(expression: Expression, dtype: np.dtype) -> Expression:
    """An expression in another dtype."""
    return expression if expression.dtype == dtype else Apply("astype", (expression,), dtype)
