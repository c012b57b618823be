"""For loop kernels: loops in LLVM IR around the places where they stand, one of them in vector
registers."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ..costs import operations
from ..expressions import Buffer
from ..kernels import LoopKernel
from ..llvm_ir import LONG, Builder, Value
from ..target import Target
from .spans import Span, portion
from .vectorising import fewest_lanes, lanes_of, vector_loop
from .vectors import Places

SHORT = 20  # operations on registers, up to which they are written out: a loop costs LLVM as much as 70 lines


class Nest:
    """The loops of plain kernels, or of one that combines, and the places at which they stand.

    Attributes:
        builder: where the instructions go.
        kernel: the first of the kernels, which all have the same loops.
        target: the processor.
        along: the loop in vector registers, if there is one.
        places: where the loops stand.
        kept: the loops that are not combined over.
        reduced: those that are.
        short: whether all steps are written out.
    """

    def __init__(
        self,
        builder: Builder,
        parts: Sequence[LoopKernel],
        pointers: Mapping[Buffer, Value],
        target: Target,
        span: Span | None,
        standing: Mapping[int, Value],
        result: Buffer | None,
    ) -> None:
        self.builder = builder
        self.kernel = parts[0]
        self.target = target
        self.along = vector_loop(parts, target)
        lanes = 0 if self.along is None else lanes_of(parts, target)
        self.places = Places(builder, pointers, standing, target, self.along, lanes, result)
        self.kept = range(len(self.kernel.lengths) - self.kernel.reduced)
        self.reduced = range(len(self.kept), len(self.kernel.lengths))
        self.short = _operations(parts, self.along, lanes) <= SHORT
        self._parts = parts
        self._span = span

    def around(self, standing: Collection[int] = ()) -> list[int]:
        """The loops around what runs in vector registers, without those that stand at one step."""
        return [v for v in self.kept if v != self.along and v not in standing]

    def loops(self, variables: Iterable[int], body: Callable[[], None]) -> None:
        """Loops over the given variables, outermost first."""
        pending = list(variables)
        if not pending:
            body()
            return

        def inside(index: Value) -> None:
            self.places.stand(pending[0], index)
            self.loops(pending[1:], body)

        self.portion(pending[0], self.kernel.lengths[pending[0]], inside)

    def side_by_side(self, body: Callable[[], None]) -> None:
        """The loop in vector registers: whole registers, then what is left."""
        along, places = self.along, self.places
        if along is None:
            body()
            return
        full, rest = divmod(self.kernel.lengths[along], places.lanes)

        def inside(block: Value) -> None:
            places.stand(along, self.builder.times(block, places.lanes))
            body()

        def remainder() -> None:
            with self.narrow(rest):
                places.stand(along, LONG(self.kernel.lengths[along] - rest))
                body()

        self.portion(along, full, inside)
        if rest:
            self.last(along, remainder)

    def portion(self, variable: int, count: int, body: Callable[[Value], None]) -> None:
        """So many steps of a loop, or those of them that belong to the span."""
        portion(self.builder, count, body, self.span(variable), written_out=self.short)

    def last(self, variable: int, body: Callable[[], None]) -> None:
        """What comes after the steps of a loop."""
        portion(self.builder, 1, lambda _: body(), self.span(variable), last=True)

    def span(self, variable: int) -> Span | None:
        """The span, where the kernel is divided along this loop."""
        return self._span if self._span and self._span.division.axis == str(variable) else None

    @contextmanager
    def narrow(self, active: int) -> Iterator[None]:
        """Registers for so few places, as narrow as the processor has them: roots and quotients then take
        less time."""
        places, lanes = self.places, self.places.lanes
        places.lanes, places.active = max(fewest_lanes(self._parts), 1 << (active - 1).bit_length()), active
        yield
        places.lanes = places.active = lanes


def _operations(parts: Sequence[LoopKernel], along: int | None, lanes: int) -> float:
    """About how many operations on registers there are."""
    steps = [
        -(-length // max(lanes, 1)) if variable == along else length
        for variable, length in enumerate(parts[0].lengths)
    ]
    return math.prod(steps) * sum(2 + operations(part.expression) for part in parts)
