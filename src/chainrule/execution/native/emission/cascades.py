"""Long sums in blocks, whose sums are added in blocks again: the rounding of each addition then concerns few
terms, and that of the whole grows with the logarithm of their number.

NumPy sums along memory in pairs of halves. One after the other, ten million numbers of float32 would lose a
thousandth of their sum, and of float64 a part in 10¹¹.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..llvm_ir import LONG, Builder, Value, loop

BLOCK = 128  # additions in a row

Body = Callable[[Value, list[Value]], Sequence[Value]]


def loop_in_blocks(
    builder: Builder, count: int, sums: Sequence[Value], body: Body, terms: int
) -> list[Value]:
    """Repeat ``body(i, sums)``, which adds so many ``terms`` to each of the sums, for i below ``count``."""
    sizes = [max(1, BLOCK // max(terms, 1))]
    while sizes[-1] < count:
        sizes.append(sizes[-1] * BLOCK)

    def over(first: Value, last: Value, sizes: Sequence[int], so_far: Sequence[Value]) -> list[Value]:
        if not sizes:
            return loop(builder, last, so_far, body, begin=first)
        size, further = sizes[-1], sizes[:-1]

        def block(number: Value, totals: list[Value]) -> list[Value]:
            begin = builder.add(first, builder.times(number, size))
            end = builder.intrinsic("smin", LONG, builder.plus(begin, size), last)
            own = over(begin, end, further, [total.type(0.0) for total in totals])
            return [builder.fadd(total, part) for total, part in zip(totals, own, strict=True)]

        blocks = builder.binary("udiv", builder.plus(builder.sub(last, first), size - 1), LONG(size))
        return loop(builder, blocks, so_far, block)

    return over(LONG(0), LONG(count), sizes[:-1], sums)
