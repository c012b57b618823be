"""Kernels run by Python, one place after the other: what each of them means, apart from all machine code."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.execution.native.expressions import Affine, Apply, Buffer, Dynamic, Expression, Literal
from chainrule.execution.native.kernels import (
    Concurrent,
    FusedKernel,
    Kernel,
    LoopKernel,
    Matrix,
    PackKernel,
    ProductKernel,
    ReferenceStep,
    RoutineKernel,
)
from chainrule.execution.reference import bound
from chainrule.graph import primitive

Index = tuple[int, ...]
BEGIN = {"add": 0.0, "multiply": 1.0, "maximum": -np.inf, "minimum": np.inf}


class Interpreter:
    """Runs kernels on arrays; what no kernel has written is NaN.

    Args:
        arrays: what is there before.
    """

    def __init__(self, arrays: Mapping[Buffer, Any]) -> None:
        self.memory = {
            buffer: np.array(array, buffer.dtype).ravel("F" if buffer.by_columns else "C")
            for buffer, array in arrays.items()
        }

    def run(self, kernels: Sequence[Kernel]) -> None:
        """Run them in order."""
        for kernel in kernels:
            if isinstance(kernel, LoopKernel | FusedKernel):
                self._loops(kernel)
            elif isinstance(kernel, ProductKernel):
                self._product(kernel)
            elif isinstance(kernel, PackKernel):
                self._pack(kernel)
            elif isinstance(kernel, Concurrent):
                self.run([one for chain in kernel.chains[::-1] for one in chain])  # whichever is first
            else:
                self._call(kernel)

    def array(self, buffer: Buffer) -> np.ndarray:
        """A buffer as an array."""
        return self._flat(buffer).reshape(buffer.shape, order="F" if buffer.by_columns else "C")

    def _flat(self, buffer: Buffer) -> np.ndarray:
        if buffer not in self.memory:
            unknown = np.nan if buffer.dtype.kind == "f" else 0
            self.memory[buffer] = np.full(buffer.size, unknown, buffer.dtype)
        return self.memory[buffer]

    def _loops(self, kernel: LoopKernel | FusedKernel) -> None:
        parts = kernel.parts if isinstance(kernel, FusedKernel) else (kernel,)
        first = parts[0]
        if first.clear:
            self._flat(first.target)[:] = 0
        if first.unless_finite and np.isfinite(self._flat(first.unless_finite)[0]):
            return
        if first.combine:
            self._combine(first)
            return
        for index in np.ndindex(first.lengths):
            self._parts(parts, index)

    def _parts(self, parts: Sequence[LoopKernel], index: Index) -> None:
        for part in parts:
            value, target = self._value(part.expression, index), self._flat(part.target)
            place = self._place(part.place, part.dynamic, index)
            target[place] = target[place] + value if part.scatter else value

    def _combine(self, kernel: LoopKernel) -> None:
        kept = len(kernel.lengths) - kernel.reduced
        begin = BEGIN[kernel.combine or "add"]
        together, target = primitive(kernel.combine or "add").evaluate, self._flat(kernel.target)
        for outer in np.ndindex(kernel.lengths[:kept]):
            whole = kernel.target.dtype.kind != "f"
            total: Any = None if whole or kernel.scan else kernel.target.dtype.type(begin)
            for inner in np.ndindex(kernel.lengths[kept:]):
                index = (*outer, *inner)
                value = self._value(kernel.expression, index)
                total = value if total is None else together(total, value)
                if kernel.scan:
                    target[self._place(kernel.place, (), index)] = total
            if not kernel.scan:
                target[self._place(kernel.place, (), outer)] = begin if total is None else total

    def _product(self, kernel: ProductKernel) -> None:
        if kernel.on_the_way:
            self._pack(kernel.on_the_way)
        c = self._flat(kernel.c.buffer)
        for batch in np.ndindex(kernel.batch):
            left = self._entries(kernel.a, kernel, batch, (kernel.m, kernel.k))
            right = self._entries(kernel.b, kernel, batch, (kernel.k, kernel.n))
            for (i, j), total in np.ndenumerate(left @ right):
                place = (*batch, i, j)
                start = self._value(kernel.start, place) if kernel.start else 0
                c[self._at(kernel.c, batch, i, j)] = start + total
                self._parts(kernel.epilogue, place)
        for part in kernel.following:
            self._loops(part)

    def _entries(self, matrix: Matrix, kernel: ProductKernel, batch: Index, shape: Index) -> np.ndarray:
        """The elements of a product's operand, which may lie in panels or blocks."""
        row, column = np.indices(shape)
        panel: Any = 0
        if matrix.across:
            below, row = np.divmod(row, matrix.across)
            beside, column = np.divmod(column, matrix.across)
            panel = below * matrix.down + beside * matrix.along
        elif matrix.packed and matrix is kernel.a:
            panel, row = np.divmod(row, matrix.packed)
            panel = panel * matrix.packed * kernel.k
        elif matrix.packed:
            panel, column = np.divmod(column, matrix.packed)
            panel = panel * matrix.packed * kernel.k
        place = row * matrix.row_stride + column * matrix.column_stride
        return self._flat(matrix.buffer)[self._place(matrix.place, (), batch) + place + panel]

    def _at(self, matrix: Matrix, batch: Index, row: int, column: int) -> int:
        return self._place(matrix.place, (), batch) + row * matrix.row_stride + column * matrix.column_stride

    def _pack(self, kernel: PackKernel) -> None:
        source, target = self._flat(kernel.source.buffer), self._flat(kernel.target)
        target[:] = 0
        for row, column in itertools.product(range(kernel.rows), range(kernel.columns)):
            panel, within = divmod(column, kernel.width)
            place = (panel * kernel.rows + row) * kernel.width + within
            if kernel.in_blocks:
                panels, (block, inside) = kernel.target.shape[1], divmod(row, kernel.width)
                place = ((block * panels + panel) * kernel.width + inside) * kernel.width + within
            target[place] = source[self._at(kernel.source, (), row, column)]

    def _call(self, kernel: RoutineKernel | ReferenceStep) -> None:
        if isinstance(kernel, ReferenceStep):
            if kernel.only_if is None or self._flat(kernel.only_if)[0]:
                operands = map(self.array, kernel.operands)
                self._flat(kernel.target)[:] = np.ravel(bound(kernel.node)(*operands))
            return
        raise NotImplementedError(str(kernel))

    def _value(self, expression: Expression, index: Index) -> Any:
        if isinstance(expression, Literal):
            return expression.dtype.type(expression.value)
        if isinstance(expression, Apply):
            operands = [self._value(operand, index) for operand in expression.operands]
            if expression.instruction == "astype":
                return expression.dtype.type(operands[0])
            if expression.instruction == "over_root":
                above, square, added = operands
                return above / (np.sqrt(square) + added)
            return expression.dtype.type(primitive(expression.instruction).evaluate(*operands))
        return self._flat(expression.buffer)[self._place(expression.place, expression.dynamic, index)]

    def _place(self, place: Affine, dynamic: Sequence[Dynamic], index: Index) -> int:
        found = place.constant + sum(factor * index[variable] for variable, factor in place.terms.items())
        return found + sum(
            part.stride * (int(self._value(part.index, index)) % part.length) for part in dynamic
        )
