"""Square blocks of a matrix turned in vector registers, each kind of them by a function that all copies
share: it is much code for LLVM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..llvm_ir import LONG, POINTER, VOID, Builder, Module, Type, Value, function

LANE_BYTES = 16  # within which any processor shuffles quickly


@dataclass(frozen=True, slots=True)
class Square:
    """A block of as many columns and rows as a register has lanes, whose columns lie in order in memory.

    Attributes:
        scalar: the type of its elements.
        bytes: of an element.
        lanes: of a register.
        rows: that are there.
        columns: that are there.
        wanted: columns in the copy, of which those that are not there are zeros.
    """

    scalar: Type
    bytes: int
    lanes: int
    rows: int
    columns: int
    wanted: int

    def copy(self, builder: Builder, source: Value, stride: Value, target: Value, width: Value) -> None:
        """Write the copying of a block whose columns are so many elements apart to one whose rows are. In a
        small program, which is to become registers, it stands where it runs."""
        if builder.module.in_registers:
            self._emit(builder, source, stride, target, width)
        else:
            builder.call(self._function(builder.module), VOID, source, stride, target, width)

    def _function(self, module: Module) -> str:
        name = f"turn_{self.scalar.suffix}_{self.rows}_{self.columns}_{self.wanted}"
        if name not in module.functions:
            kinds = [POINTER, LONG, POINTER, LONG]
            with function(module, name, kinds, linkage="internal", alone=True) as (builder, arguments):
                self._emit(builder, *arguments)
                builder.give()
        return name

    def _emit(self, builder: Builder, source: Value, stride: Value, target: Value, width: Value) -> None:
        turned = _turned(builder, self._lines(builder, source, stride), self._line)
        for i, vector in enumerate(turned[: self.rows]):
            at = builder.element(target, builder.times(width, i), self.scalar)
            if self.wanted == self.lanes:
                builder.store(vector, at, self.bytes)
            else:
                builder.store_first(vector, at, self.bytes, self.wanted)

    @property
    def _line(self) -> int:
        """The numbers in a line."""
        return min(self.lanes, max(1, LANE_BYTES // self.bytes))

    def _lines(self, builder: Builder, source: Value, stride: Value) -> list[Value]:
        """The lines of the block, transposed as they are read: some processors take longer to exchange lines
        of registers than to read them apart."""
        line, kind = self._line, self.scalar.wide(self._line)

        def read(first: int, column: int) -> Value:
            there = min(self.rows - first, line)
            if column >= self.columns or there <= 0:
                return kind(0)
            start = builder.element(source, builder.times(stride, column), self.scalar)
            return builder.load_first(
                builder.element(start, LONG(first), self.scalar), kind, self.bytes, there
            )

        return [
            _joined(
                builder, [read(i // line * line, start + i % line) for start in range(0, self.lanes, line)]
            )
            for i in range(self.lanes)
        ]


def _joined(builder: Builder, parts: Sequence[Value]) -> Value:
    """Lines one after the other in a register."""
    if len(parts) == 1:
        return parts[0]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    both = range(2 * parts[0].type.lanes)
    return _joined(builder, [builder.shuffle(a, b, both) for a, b in pairs])


def _turned(builder: Builder, rows: Sequence[Value], line: int) -> list[Value]:
    """The columns of a square block whose lines are transposed: within those, rows ever closer together are
    interleaved, each a single instruction."""
    vectors, distance = list(rows), line // 2
    first, second = _interleaving_masks(len(rows), line)
    while distance:
        for i in range(len(rows)):
            if not i & distance:
                a, b = vectors[i], vectors[i + distance]
                vectors[i] = builder.shuffle(a, b, first)
                vectors[i + distance] = builder.shuffle(a, b, second)
        distance //= 2
    return vectors


def _interleaving_masks(size: int, line: int) -> tuple[list[int], list[int]]:
    """Of two rows, the first halves of their lines, element by element in turn, and the second halves.

    >>> _interleaving_masks(4, 4)
    ([0, 4, 1, 5], [2, 6, 3, 7])
    """
    lines = range(0, size, line)
    first = [at for start in lines for k in range(start, start + line // 2) for at in (k, size + k)]
    return first, [at + line // 2 for at in first]
