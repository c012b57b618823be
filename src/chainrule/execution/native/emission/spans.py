"""Pieces of a kernel, so that several threads can each compute some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..llvm_ir import LONG, Builder, Value, loop

MOST_TOGETHER = 15  # pieces that a thread takes at a time: what four bits hold


@dataclass(frozen=True, slots=True)
class Division:
    """Pieces of a kernel along ``axis``: so many, of ``size`` steps each but for the last.

    What so many pieces ``together`` need is prepared once if a thread computes them one after the other.

    The axis says what to look for in what a kernel computes::

        "0", "1", …  the loop of that number, outermost first (made in dividing, read in nests)
        "panels"     the panels of columns of a product, or of a copy (dividing; products, panels)
        "rows"       the rows of a product, or blocks of them (dividing; products)
        "tiles"      the blocks of rows of every panel of a product (dividing; products)
        "batch"      the products of a batch (dividing; products)
        "blocks"     the blocks of rows of every product of a batch (dividing; products)
        "pieces"     of kernels that are computed at the same time, all their pieces (concurrent)

    Where a minibatch is gathered, "rows" are its own, or blocks of them (gathering).
    """

    axis: str
    pieces: int
    size: int
    together: int = 1


@dataclass(frozen=True, slots=True)
class Span:
    """Pieces of a division, from ``begin`` to below ``end``."""

    division: Division
    begin: Value
    end: Value


def portion(
    builder: Builder,
    count: int,
    body: Callable[[Value], None],
    span: Span | None,
    size: int | None = None,
    last: bool = False,
    written_out: bool = False,
) -> None:
    """A loop of ``count`` steps, or those of its steps that belong to the span, ``size`` for each piece.

    With ``last`` it is what comes after the steps, and belongs to the last piece. All steps of a loop that is
    to be ``written_out`` stand one after the other.
    """

    def inside(index: Value, _: Sequence[Value]) -> Sequence[Value]:
        body(index)
        return ()

    if span is None:
        loop(builder, count, (), inside, written_out=written_out)
        return
    if last:
        final = LONG(span.division.pieces - 1)
        after = builder.compare("icmp sgt", span.begin, final)
        loop(builder, span.end, (), inside, builder.select(after, span.begin, final))
        return
    size = span.division.size if size is None else size
    end = builder.times(span.end, size)
    if span.division.pieces * size != count:  # the last piece is a shorter one
        end = builder.select(builder.compare("icmp slt", end, LONG(count)), end, LONG(count))
    loop(builder, end, (), inside, builder.times(span.begin, size))
