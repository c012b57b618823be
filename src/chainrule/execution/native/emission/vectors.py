"""Expressions in LLVM IR, at one place of a loop or at as many side by side as a register has lanes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from ..expressions import Affine, Apply, Buffer, Dynamic, Expression, Literal, Load
from ..llvm_ir import BYTE, LONG, Builder, Value
from ..target import NARROWEST, Target
from .powers import power_of_whole
from .processor import at_least_zero, replaces_below_zero
from .roots import half, needs_twice, over_root, twice, twice_within_limits
from .scalars import INSTRUCTIONS, convert, literal, memory_type, register_type

Place = tuple[Buffer, str]
Change = Callable[[Builder, Value], Value]


class Places:
    """The places at which expressions are computed.

    Attributes:
        along: the loop whose steps are side by side; None for one place.
        lanes: how many are side by side; 0 for one place.
        active: how many of the lanes are places; the others are neither read nor written.
        known: values that need not be loaded.
        streams: whether memory is written in order, or by whole lines, so that each line that is streamed is
            filled at once.
        result: the buffer of a matrix product, whose last bits no one can foresee: a sum of its elements and
            multiples, or of multiples of them, is rounded once.
    """

    def __init__(
        self,
        builder: Builder,
        pointers: Mapping[Buffer, Value],
        variables: Mapping[int, Value],
        target: Target,
        along: int | None = None,
        lanes: int = 0,
        result: Buffer | None = None,
    ) -> None:
        self.builder = builder
        self.pointers = pointers
        self.target = target
        self.along = along
        self.lanes = lanes
        self.active = lanes
        self.streams = True
        self.result = result
        self.known: dict[Place, Value] = {}
        self._loaded: dict[Buffer, dict[tuple[object, ...], Value]] = {}
        self._numbers: dict[tuple[Buffer, int], Value] = {}
        self._changed: dict[tuple[Change, Buffer, int, int], Value] = {}
        self._variables: dict[int, tuple[Value, int]] = {}
        for variable, value in variables.items():
            self.stand(variable, value)

    def stand(self, variable: int, value: Value, further: int = 0) -> None:
        """Say where a loop stands, so many steps further than a value; of ``along``, its first lane."""
        if value.constant:
            value, further = LONG(0), int(value.text) + further
        self._variables[variable] = value, further

    def read_ahead(self, numbers: Iterable[Load]) -> None:
        """Load numbers that do not change, once for all the code that follows."""
        for load in numbers:
            self._numbers[load.buffer, load.place.constant] = self._load(load)
            for change in (half, twice, twice_within_limits) if needs_twice(load.dtype, self.target) else ():
                key = (change, load.buffer, load.place.constant, self.lanes)
                self._changed[key] = self._in_every_lane(load, change)

    def forget(self) -> None:
        """Know nothing of what earlier code has found: it need not have run before what follows."""
        self.known.clear()
        self._loaded.clear()

    def value(self, expression: Expression) -> Value:
        """The expression's values: a vector where they differ from lane to lane."""
        if isinstance(expression, Literal):
            return literal(expression.value, expression.dtype)
        if isinstance(expression, Load):
            known = self.known.get((expression.buffer, str(expression.place)))
            return self._load(expression) if known is None or expression.dynamic else known
        if expression.instruction in ("add", "subtract") and (added := self._multiple_added(expression)):
            return added
        if expression.instruction == "over_root":
            return self.builder.fmul(*self._over_root(expression))
        if expression.instruction == "power" and (power := self._whole_power(expression)):
            return power
        operands = self.alike([self.value(operand) for operand in expression.operands])
        if expression.instruction == "astype":
            return convert(self.builder, operands[0], expression.operands[0].dtype, expression.dtype)
        if expression.instruction == "maximum" and replaces_below_zero(operands, self.target):
            return at_least_zero(self.builder, operands[0])
        return INSTRUCTIONS[expression.instruction](self.builder, expression.dtype, operands)

    def _whole_power(self, expression: Apply) -> Value | None:
        """A power of a known number below 1 to a single whole number, such as a step's."""
        base, exponent = expression.operands
        if not (isinstance(base, Literal) and 0 < base.value < 1):
            return None
        if not (isinstance(exponent, Apply) and exponent.instruction == "astype"):
            return None
        (whole,) = exponent.operands
        if whole.dtype != np.int64 or not isinstance(whole, Load) or not whole.is_number:
            return None
        known = literal(base.value, base.dtype).number  # as it is rounded
        return power_of_whole(self.builder, known, self.value(whole), register_type(expression.dtype))

    def _multiple_added(self, expression: Apply) -> Value | None:
        """A sum or difference of a term and a multiple, where one of the numbers is a matrix product's or the
        multiple is a quotient by a root."""
        first, second = expression.operands
        for term, multiple in ((first, second), (second, first)):
            if factors := self._factors(multiple, term):
                a, b, c = self.alike([*factors, self.value(term)])
                if expression.instruction == "subtract":
                    a, c = (a, self.builder.fneg(c)) if term is second else (self.builder.fneg(a), c)
                return self.builder.multiply_add(a, b, c)
        return None

    def _factors(self, multiple: Expression, term: Expression) -> Sequence[Value]:
        """Two numbers whose product a multiple is, if a term is added before it is rounded."""
        if not isinstance(multiple, Apply) or multiple.instruction not in ("multiply", "over_root"):
            return ()
        if multiple.instruction == "over_root":
            return self._over_root(multiple)
        numbers = (*multiple.operands, term)
        known = any(isinstance(x, Load) and x.buffer is self.result for x in numbers)
        alike = known or (isinstance(term, Literal) and term.value == 0)  # where nothing is rounded twice
        return [self.value(x) for x in multiple.operands] if alike else ()

    def _over_root(self, quotient: Apply) -> tuple[Value, Value]:
        above, square, added = quotient.operands
        if not self.lanes or not needs_twice(quotient.dtype, self.target):
            values = self.value(above), self.value(square), self.value(added)
            return over_root(self.builder, *values, self.target)
        limited = self._known(added, twice_within_limits)
        doubled = limited or self._in_every_lane(added, twice)
        changed = self._multiple(above, half if limited else twice)
        times = (2.0 if limited else 0.5) if changed else 1.0
        values = changed or self.value(above), self.value(square), self.value(added)
        return over_root(self.builder, *values, self.target, doubled, bool(limited), times)

    def _multiple(self, multiple: Expression, change: Change) -> Value | None:
        """A number times something, the number changed."""
        if not isinstance(multiple, Apply) or multiple.instruction != "multiply":
            return None
        number, other = multiple.operands
        if not (isinstance(number, Literal) or (isinstance(number, Load) and number.is_number)):
            return None
        return self.builder.fmul(*self.alike([self._in_every_lane(number, change), self.value(other)]))

    def _in_every_lane(self, number: Expression, change: Change) -> Value:
        """What becomes of a number, once for all the code where it was read ahead."""
        known = self._known(number, change)
        return known or self.builder.splat(change(self.builder, self.value(number)), self.lanes)

    def _known(self, number: Expression, change: Change) -> Value | None:
        """What becomes of a number that was read ahead."""
        if not isinstance(number, Load):
            return None
        return self._changed.get((change, number.buffer, number.place.constant, self.lanes))

    def alike(self, values: Sequence[Value]) -> list[Value]:
        """Vectors, all of them, where one is."""
        lanes = max((value.type.lanes for value in values), default=0)
        return [self.builder.splat(value, lanes) for value in values]

    def store(self, value: Value, target: Buffer, place: Affine, dynamic: Sequence[Dynamic] = ()) -> None:
        """Store values, and know them from here on."""
        self.known[target, str(place)] = value
        self._loaded.pop(target, None)
        if target.dtype.kind == "b":
            value = self.builder.convert("zext", value, BYTE)
        stride = self._stride(place)
        at = self.pointer(target, place, dynamic)
        if not self.lanes:
            self.builder.store(value, at)
        elif stride == 1:
            streamed = target.streamed and self.streams and self._in_whole_pieces(target, place)
            self._store_side_by_side(
                self.builder.splat(value, self.lanes), at, target.dtype.itemsize, streamed
            )
        else:
            wide = self.builder.splat(value, self.lanes)
            for lane in range(self.active):
                where = self.builder.element(at, LONG(lane * stride), memory_type(target.dtype))
                self.builder.store(self.builder.extract(wide, lane), where)

    def _store_side_by_side(self, value: Value, at: Value, align: int, streamed: bool) -> None:
        if self.active < self.lanes:
            self.builder.store_first(value, at, align, self.active)
        elif streamed:
            self.builder.stream(value, at, NARROWEST)
        else:
            self.builder.store(value, at, align)

    def _in_whole_pieces(self, target: Buffer, place: Affine) -> bool:
        """Whether a register is stored where the narrowest ones could be, counted from the target's start.

        The loop ``along`` goes on by whole registers, so that only what is added to its steps counts.
        """
        piece, further = NARROWEST // target.dtype.itemsize, place.constant
        for variable, coefficient in place.terms.items():
            further += self._variables[variable][1] * coefficient
            if variable != self.along and coefficient % piece:
                return False
        return not (further % piece or self.lanes % piece)

    def _load(self, load: Load) -> Value:
        """The values of memory, read once where they are the same."""
        if load.is_number and (number := self._numbers.get((load.buffer, load.place.constant))):
            return number
        if load.dynamic:
            return self._read(load, self.pointer(load.buffer, load.place, load.dynamic))
        loaded = self._loaded.setdefault(load.buffer, {})
        at = self.pointer(load.buffer, load.place)
        key = (at, self.lanes, self.active, self._stride(load.place))
        if key not in loaded:
            loaded[key] = self._read(load, at)
        return loaded[key]

    def _read(self, load: Load, at: Value) -> Value:
        kind, stride = memory_type(load.buffer.dtype), self._stride(load.place)
        if stride == 0:
            value = self.builder.load(at, kind)
        elif stride == 1 and self.active == self.lanes:
            value = self.builder.load(at, kind.wide(self.lanes), load.buffer.dtype.itemsize)
        elif stride == 1:
            value = self.builder.load_first(
                at, kind.wide(self.lanes), load.buffer.dtype.itemsize, self.active
            )
        else:
            value = kind.wide(self.lanes)(0)
            for lane in range(self.active):
                where = self.builder.element(at, LONG(lane * stride), kind)
                value = self.builder.insert(value, lane, self.builder.load(where, kind))
        if load.buffer.dtype.kind == "b":
            return self.builder.convert("trunc", value, register_type(load.buffer.dtype))
        return value

    def _stride(self, place: Affine) -> int:
        """How many elements further on the next lane is."""
        return place.coefficient(self.along) if self.lanes and self.along is not None else 0

    def pointer(self, buffer: Buffer, place: Affine, dynamic: Sequence[Dynamic] = ()) -> Value:
        """Where the first lane's element lies."""
        kind, total, constant = memory_type(buffer.dtype), LONG(0), place.constant
        for variable, coefficient in place.terms.items():
            value, further = self._variables[variable]
            total = self._sum(total, self.builder.times(value, coefficient))
            constant += further * coefficient
        for part in dynamic:
            total = self._sum(total, self._dynamic_place(part))
        start = self.builder.element(self.pointers[buffer], total, kind)
        return self.builder.element(start, LONG(constant), kind)

    def _sum(self, a: Value, b: Value) -> Value:
        if a.text == "0" or b.text == "0":
            return b if a.text == "0" else a
        return self.builder.binary("add nsw", a, b)

    def _dynamic_place(self, part: Dynamic) -> Value:
        index = convert(self.builder, self.value(part.index), part.index.dtype, np.dtype(np.int64))
        negative = self.builder.compare("icmp slt", index, LONG(0))
        index = self.builder.select(negative, self.builder.plus(index, part.length), index)
        return self.builder.times(index, part.stride)


def varies(expression: Expression, variable: int) -> bool:
    """Whether a value differs from step to step of a loop."""
    if isinstance(expression, Load):
        return bool(expression.place.coefficient(variable)) or any(
            varies(part.index, variable) for part in expression.dynamic
        )
    return isinstance(expression, Apply) and any(varies(x, variable) for x in expression.operands)
