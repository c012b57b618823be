"""For loop kernels that combine over loops, or store every partial result."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeGuard

import numpy as np

from ..costs import operations
from ..expressions import Apply, Expression, Load
from ..llvm_ir import LONG, Value, loop
from .across import across, across_several
from .cascades import BLOCK, Body, loop_in_blocks
from .nests import Nest
from .scalars import INSTRUCTIONS, literal
from .spans import portion
from .turns import summed_up
from .vectorising import BESIDE, SIMPLE, SUMS, TOGETHER, in_groups, of_rows_together
from .vectors import varies

IDENTITY = {"add": 0.0, "multiply": 1.0, "maximum": -np.inf, "minimum": np.inf}

Where = Mapping[int, tuple[Value, int]]  # on some loops: so many steps further than a value


class Steps(NamedTuple):
    """So many steps of a loop, from the first one on."""

    variable: int
    first: Value
    number: int

    def places(self) -> list[Where]:
        """Where they are."""
        return [{self.variable: (self.first, i)} for i in range(self.number)]


def emit_reduction(nest: Nest) -> None:
    """Write a kernel that combines."""
    _Reduction(nest).emit()


class _Reduction:
    """A kernel that combines, on its way to instructions."""

    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        self.builder, self.kernel, self.places = nest.builder, nest.kernel, nest.places
        assert self.kernel.combine
        self.combine = self.kernel.combine
        self.along, self.reduced = nest.along, nest.reduced

    def emit(self) -> None:
        """Write the kernel."""
        if self.kernel.scan:
            self.nest.loops(self.nest.kept, self._scan)
        elif of_rows_together(self.kernel, self.nest.target):
            self._in_groups(1, self._reduce_rows_together)
        else:
            around = self.nest.around()
            if around and self._share(around[-1]):
                self.nest.loops(around[:-1], lambda: self._in_groups(around[-1], self._reduce_together))
            else:
                self.nest.loops(around, self._reduce)

    def _identity(self) -> Value:
        dtype = self.kernel.target.dtype
        value = IDENTITY[self.combine]
        if self.kernel.scan and not value:
            value = -0.0  # a running sum begins with its first term, also where that is -0
        if dtype.kind == "b":
            return literal(value > 0, dtype)
        if dtype.kind == "f" or np.isfinite(value):
            return literal(value, dtype)
        return literal(np.iinfo(dtype).max if value > 0 else np.iinfo(dtype).min, dtype)

    def _combined(self, a: Value, b: Value) -> Value:
        emit = INSTRUCTIONS[self.combine]
        return emit(self.builder, self.kernel.target.dtype, self.places.alike([a, b]))

    def _with_element(self, so_far: Value) -> Value:
        """A partial result combined with the element where the loops stand; a product in one instruction."""
        element = self.kernel.expression
        if self.combine == "add" and _is_float_product(element):
            factors = [self.places.value(factor) for factor in element.operands]
            return self.builder.multiply_add(*self.places.alike([*factors, so_far]))
        return self._combined(so_far, self.places.value(element))

    def _reduce(self) -> None:
        self.places.forget()
        if self.along is None:
            (total,) = self._in_turns([self._identity()], self._one_more, terms=1)
            self.places.store(total, self.kernel.target, self.kernel.place)
        elif self.along in self.reduced:
            with self.nest.narrow(min(self.kernel.lengths[self.along], self.places.lanes)):
                self._reduce_side_by_side()
        else:
            self._reduce_rows(self.along)

    def _in_turns(
        self, sums: Sequence[Value], step: Callable[[Sequence[Value]], list[Value]], terms: int = 0
    ) -> list[Value]:
        """The sums after all that is combined over. So few of them that each addition would wait for the one
        before are several each, which take turns."""
        turns = self._turns(len(sums))
        if turns == 1:
            return self._accumulated(list(self.reduced), sums, step, terms)
        (variable,) = self.reduced

        def one(number: Value, i: int, so_far: Sequence[Value]) -> list[Value]:
            self.places.stand(variable, self.builder.times(number, turns), i)
            return step(so_far)

        def repeat(rounds: int, so_far: Sequence[Value], several: Body) -> list[Value]:
            return self._repeated(rounds, so_far, several, terms)

        steps = self.kernel.lengths[variable]
        return summed_up(steps, turns, turns, [*sums] * turns, one, repeat, self._combined)

    def _turns(self, sums: int) -> int:
        """How many of each of so many sums take turns."""
        simple = operations(self.kernel.expression) <= SIMPLE
        turns = SUMS // sums if simple and len(self.reduced) == 1 else 1
        while turns > 1 and self.kernel.lengths[-1] < 2 * turns:
            turns //= 2
        return turns

    def _accumulated(
        self,
        pending: Sequence[int],
        sums: Sequence[Value],
        step: Callable[[Sequence[Value]], list[Value]],
        terms: int = 0,
    ) -> list[Value]:
        """The sums after loops over the pending variables; in blocks, where ``terms`` says how many a step
        adds."""
        if not pending:
            return step(sums)
        first, *others = pending

        def inside(index: Value, so_far: list[Value]) -> list[Value]:
            self.places.stand(first, index)
            return self._accumulated(others, so_far, step, terms)

        each = terms * math.prod(self.kernel.lengths[v] for v in others)
        return self._repeated(self.kernel.lengths[first], sums, inside, each)

    def _repeated(self, count: int, sums: Sequence[Value], body: Body, terms: int) -> list[Value]:
        """A loop over so many terms each time, in blocks where they are many."""
        sum_of_many = self.combine == "add" and count * terms > BLOCK
        if sum_of_many and self.kernel.target.dtype.kind == "f":
            found = loop_in_blocks(self.builder, count, sums, body, terms)
            self.places.forget()
            return found
        return loop(self.builder, count, sums, body, written_out=self.nest.short)

    def _one_more(self, sums: Sequence[Value]) -> list[Value]:
        (so_far,) = sums
        return [self._with_element(so_far)]

    def _share(self, variable: int) -> bool:
        """Whether results along a loop are those of a matrix times a vector, which they all read."""
        element = self.kernel.expression
        several = self.kernel.lengths[variable] >= TOGETHER and self.nest.span(variable) is None
        if self.along not in self.reduced or not several or not isinstance(element, Apply):
            return False
        product = element.instruction == "multiply" and all(isinstance(x, Load) for x in element.operands)
        return product and not all(varies(x, variable) for x in element.operands)

    def _in_groups(self, variable: int, group: Callable[[Steps], None]) -> None:
        """A few steps of a loop at a time, whose results share what they read."""
        groups, left = in_groups(self.kernel.lengths[variable])
        span = self.nest.span(variable)

        def inside(number: Value) -> None:
            group(Steps(variable, self.builder.times(number, TOGETHER), TOGETHER))

        portion(self.builder, groups, inside, span)
        if left:
            rest = Steps(variable, LONG(groups * TOGETHER), left)
            portion(self.builder, 1, lambda _: group(rest), span, last=True)

    def _reduce_together(self, steps: Steps) -> None:
        """Results of which each has a row of a matrix, and all of them the same vector."""
        self.places.forget()
        self._reduce_side_by_side(steps.places(), 1, steps)

    def _reduce_rows_together(self, steps: Steps) -> None:
        """Results of some rows of one matrix and all rows of the other, a few of which are read at a time."""
        pairs, single = divmod(self.kernel.lengths[0], BESIDE)

        def some(rows: Steps) -> None:
            self.places.forget()
            results = [{**row, **place} for row in rows.places() for place in steps.places()]
            self._reduce_side_by_side(results, 1, steps)

        def inside(number: Value) -> None:
            some(Steps(0, self.builder.times(number, BESIDE), BESIDE))

        portion(self.builder, pairs, inside, None)
        if single:
            some(Steps(0, LONG(pairs * BESIDE), single))

    def _reduce_side_by_side(
        self, results: Sequence[Where] = ({},), most: int = SUMS, steps: Steps | None = None
    ) -> None:
        """Lanes are combined with lanes, at the end with each other.

        ``results`` says where, on the loops around, the results stand that are computed together; each has
        ``most`` partial results side by side at most. Results at all ``steps`` of a loop follow each other.
        """
        along = self.reduced[-1] if self.along is None else self.along
        full, rest = divmod(self.kernel.lengths[along], self.places.lanes)
        count = max(1, min(most, full))
        sums = [self.builder.splat(self._identity(), self.places.lanes)] * (count * len(results))
        others = [v for v in self.reduced if v != along]

        def each(sums: Sequence[Value], step: Callable[[list[Value]], list[Value]]) -> list[Value]:
            stepped: list[Value] = []
            for number, result in enumerate(results):
                for variable, where in result.items():
                    self.places.stand(variable, *where)
                stepped += step(list(sums[number * count : (number + 1) * count]))
            return stepped

        def whole(so_far: Sequence[Value]) -> list[Value]:
            rounds, left = divmod(full, count)

            def inside(index: Value, values: list[Value]) -> list[Value]:
                first = self.builder.times(index, count * self.places.lanes)
                return each(values, lambda sums: self._next_lanes(along, first, count, sums))

            def last(sums: list[Value]) -> list[Value]:
                first = LONG(rounds * count * self.places.lanes)
                return self._masked(along, full, rest, self._next_lanes(along, first, left, sums))

            return each(self._repeated(rounds, so_far, inside, terms=1), last)

        sums = self._accumulated(others, sums, whole, terms=full // count + 1)
        self._store_each(results, each(sums, self._in_one), steps)

    def _in_one(self, sums: list[Value]) -> list[Value]:
        """All of some partial results as one, in pairs."""
        while len(sums) > 1:
            pairs = [sums[i : i + 2] for i in range(0, len(sums), 2)]
            sums = [self._combined(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        return sums

    def _next_lanes(self, along: int, first: Value, count: int, sums: Sequence[Value]) -> list[Value]:
        """One more register for each of the first sums."""
        result = list(sums)
        for i in range(count):
            self.places.stand(along, first, i * self.places.lanes)
            result[i] = self._with_element(result[i])
        return result

    def _masked(self, along: int, full: int, rest: int, sums: list[Value]) -> list[Value]:
        """What is left of the loop, in the first lanes of one more register."""
        if not rest:
            return sums
        places = self.places
        places.stand(along, LONG(full * places.lanes))
        places.active = rest
        value = self.builder.splat(places.value(self.kernel.expression), places.lanes)
        identity = self.builder.splat(self._identity(), places.lanes)
        lanes = [lane if lane < rest else places.lanes for lane in range(places.lanes)]
        value = self.builder.shuffle(value, identity, lanes)
        places.active = places.lanes
        return [self._combined(sums[0], value), *sums[1:]]

    def _store_each(self, results: Sequence[Where], sums: Sequence[Value], steps: Steps | None) -> None:
        """Store the lanes of each register combined where its result stands; side by side where those at all
        steps of a loop do in memory."""
        places, target = self.places, self.kernel.target
        if len(sums) == 1:
            values = [across(self.builder, self._combined, sums[0])]
        else:
            values = across_several(self.builder, self._combined, sums, target.dtype.itemsize)
        along, lanes, active = places.along, places.lanes, places.active
        several = steps if steps and self.kernel.place.coefficient(steps.variable) == 1 else None
        number = several.number if several else 1
        places.along, places.lanes, places.active = None, 0, number
        if several:
            places.along, places.lanes = several.variable, 1 << (number - 1).bit_length()
        for start in range(0, len(values), number):
            for variable, where in results[start].items():
                places.stand(variable, *where)
            value = self._side(values[start : start + number]) if several else values[start]
            places.store(value, target, self.kernel.place)
        places.along, places.lanes, places.active = along, lanes, active

    def _side(self, values: Sequence[Value]) -> Value:
        """Single values in the first lanes of a register."""
        register = values[0].type.wide(self.places.lanes)(0)
        for lane, value in enumerate(values):
            register = self.builder.insert(register, lane, value)
        return register

    def _reduce_rows(self, along: int) -> None:
        """Results side by side in registers, a few registers at a time."""
        places, kernel = self.places, self.kernel
        full, rest = divmod(kernel.lengths[along], places.lanes)
        count = max(1, min(SUMS, full))
        rounds, left = divmod(full, count)

        def block(first: Value, number: int) -> None:
            places.forget()

            def step(sums: Sequence[Value]) -> list[Value]:
                return self._next_lanes(along, first, number, sums)

            start = [self.builder.splat(self._identity(), places.lanes)] * number
            sums = self._in_turns(start, step)
            for i, value in enumerate(sums):
                places.stand(along, first, i * places.lanes)
                places.store(value, kernel.target, kernel.place)

        def inside(index: Value) -> None:
            block(self.builder.times(index, count * places.lanes), count)

        def remainder(_: Value) -> None:
            if left:
                block(LONG(rounds * count * places.lanes), left)
            if rest:
                with self.nest.narrow(rest):
                    block(LONG(kernel.lengths[along] - rest), 1)

        portion(self.builder, rounds, inside, self.nest.span(along), written_out=self.nest.short)
        if left or rest:
            portion(self.builder, 1, remainder, self.nest.span(along), last=True)

    def _scan(self) -> None:
        """The running result stays in a register and is stored at each place."""

        def inside(index: Value, values: list[Value]) -> list[Value]:
            self.places.stand(self.reduced[0], index)
            total = self._combined(values[0], self.places.value(self.kernel.expression))
            self.places.store(total, self.kernel.target, self.kernel.place)
            self.places.forget()
            return [total]

        loop(self.builder, self.kernel.lengths[self.reduced[0]], [self._identity()], inside)


def _is_float_product(expression: Expression) -> TypeGuard[Apply]:
    product = isinstance(expression, Apply) and expression.instruction == "multiply"
    return product and expression.dtype.kind == "f"
