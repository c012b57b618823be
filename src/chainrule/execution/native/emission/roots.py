"""Quotients by a root: a/(√x + c), by estimates instead of the processor's divider.

Newton's step makes r(2 − d r) of an estimate r of 1/d: where that was δ off, relative, this is δ² off.
Processors estimate within 1.5·2⁻¹², so that δ² is at most 2.25·2⁻²⁴, and the quotient's error, with what is
rounded, below 7 ulp; on AMD's Zen it was 3.4 at most, where the divider's, rounded three times, was 2.2.

Where the processor estimates s = 1/√x as well, both within 2⁻¹⁴, the root r = x s comes from it. In float32
2(√x + c) = r(3 − r s) + 2c, of which the root is 1.5·2⁻²⁸ off, saves an instruction; half of the quotient is
then found, for which 2a stands above: if that is a number times something, twice the number is taken, and of
a from 2¹²⁷ on, where 2a overflows, the quotient is infinite, or NaN if x is.

Mostly one estimate is enough: s t with t = 3 − s(r + 2c) is 2/(√x + c) but for (c s)², 2⁻²² at most where t
is at least 2 − 2⁻¹⁰; where x is 0, infinite or NaN, t is NaN. With Adam it is as long as the root mean
squares of gradients are 2¹¹ times the number that is added, 2·10⁻⁵ where that is 10⁻⁸. Where all numbers of
some registers are so, twice the quotient is found, for which a/2 stands above, which is 0 for products below
2⁻¹²⁵.

In float64, with h = s/2 and e = ½ − r h, r + r e is 1.5·2⁻²⁸ off, and so on; the quotient is estimated from
the first, the least precise root, so that its steps need not wait for the root's: it is 2⁻¹³ off, then
2⁻²⁵·⁵ and 2⁻⁵¹.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..llvm_ir import BIT, DOUBLE, FLOAT, INT, LONG, Builder, Value, choices
from ..target import Target
from .processor import estimated_reciprocal, estimated_root

#: What is added to a root, at most: the reciprocal of twice the sum is then not subnormal, unless it is 0,
#: for a root of a float32 is below 2⁶⁴ or infinite.
LARGEST = 2.0**124
BELOW_TWO = 0x3FFFFFFF  # the bits of numbers from 0 to below 2: what they leave of NaN is such a number
NEARLY_TWO = 2 - 2.0**-10
STEPS = 2  # of a root and a quotient of float64
FEW = 2  # numbers of float64, for which the divider is as quick as so many instructions
SMALLEST = {"float": float(np.finfo(np.float32).tiny), "double": float(np.finfo(np.float64).tiny)}


def needs_twice(dtype: np.dtype, target: Target) -> bool:
    """Whether quotients are found from twice the number that is added."""
    return target.estimates_roots and dtype == np.float32


def half(builder: Builder, number: Value) -> Value:
    """Half a number."""
    return builder.fmul(number, number.type(0.5))


def twice(builder: Builder, number: Value) -> Value:
    """Twice a number."""
    return builder.fmul(number, number.type(2.0))


def twice_within_limits(builder: Builder, added: Value) -> Value:
    """Twice a number that is added to roots, NaN if it is not within the limits of estimates."""
    return builder.select(_is_within_limits(builder, added), twice(builder, added), added.type(math.nan))


def over_root(
    builder: Builder,
    above: Value,
    square: Value,
    added: Value,
    target: Target,
    doubled: Value | None = None,
    limited: bool = False,
    times: float = 1.0,
) -> tuple[Value, Value]:
    """Two numbers whose product is above/(√square + added), so many ``times``.

    ``added`` is one number; ``doubled``, where this :func:`needs_twice`, is twice that in every
    lane, and only :func:`twice_within_limits` if it is ``limited``: then one estimate is tried first. The
    others are of float32, or of float64 where the processor estimates roots. Infinities, zeros and NaN give
    what they give the divider.
    """
    lanes = max(above.type.lanes, square.type.lanes)
    above, square = (builder.splat(x, lanes) for x in (above, square))
    below = None if target.estimates_roots else _below(builder, square, added)
    quotient = _Quotient(builder, target, above, square, added, doubled, below, times)
    if not lanes or (square.type.name == DOUBLE.name and lanes <= FEW):
        return quotient.by_divider()
    if doubled is None or not limited:
        return quotient.of_any_root()
    return quotient.by_one_estimate()


@dataclass(frozen=True, slots=True)
class _Quotient:
    """What :func:`over_root` gives, in several ways.

    ``below`` is √square + added by the divider; None where the processor estimates roots.
    """

    builder: Builder
    target: Target
    above: Value
    square: Value
    added: Value
    doubled: Value | None
    below: Value | None
    times: float

    def by_divider(self) -> tuple[Value, Value]:
        """By the divider alone, and then so many times."""
        below = self.below or _below(self.builder, self.square, self.added)
        return self.builder.fdiv(self.above, below), self.above.type(self.times)

    def by_estimates(self) -> tuple[Value, Value]:
        """By an estimate of the reciprocal, and of the root where the processor estimates roots."""
        builder, target, above = self.builder, self.target, self.above
        if self.below:
            return above, _by_an_estimate(builder, self.below, target)
        if self.doubled:
            return above, _by_two_estimates(builder, self.square, self.doubled, target, self.times)
        inverse, step = _by_more_steps(builder, self.square, self.added, target)
        return builder.fmul(above, inverse), step  # sooner there; infinite from 2⁻²⁵ below the largest on

    def of_any_root(self) -> tuple[Value, Value]:
        """By estimates, unless the number that is added is not within their limits."""
        if self.added.constant:
            known = self.added.number >= SMALLEST[self.added.type.name]
            return self.by_estimates() if known else self.by_divider()
        within = _is_within_limits(self.builder, self.added)
        first, second = choices(self.builder, within, self.by_estimates, self.by_divider, True)
        return first, second

    def by_one_estimate(self) -> tuple[Value, Value]:
        """By an estimate of the reciprocal root alone, unless that is not enough for one of the roots."""
        assert self.doubled
        builder, target = self.builder, self.target
        estimate = estimated_root(builder, self.square, target)
        step = _step_from_root(builder, self.square, estimate, self.doubled)
        start = estimate if self.times == 2 else half(builder, estimate)
        enough = _are_at_least(builder, step, NEARLY_TWO, target)
        first, second = choices(
            builder, enough, lambda: (self.above, builder.fmul(start, step)), self.of_any_root, True
        )
        return first, second


def _step_from_root(builder: Builder, square: Value, estimate: Value, doubled: Value) -> Value:
    """By what the estimate of 1/√square is multiplied to be twice that of 1/(√square + added)."""
    longer = builder.multiply_add(square, estimate, doubled)
    return builder.multiply_add(builder.fneg(estimate), longer, square.type(3.0))


def _are_at_least(builder: Builder, numbers: Value, least: float, target: Target) -> Value:
    """Whether all of them are, none being NaN."""
    lanes, most = numbers.type.lanes, target.lanes(np.dtype(np.float32))
    starts = range(0, lanes, most)
    pieces = [numbers]
    if lanes > most:
        pieces = [builder.shuffle(numbers, numbers, range(i, i + most)) for i in starts]
    every, *others = (builder.compare("fcmp oge", piece, piece.type(least)) for piece in pieces)
    for each in others:
        every = builder.binary("and", every, each)
    return builder.call(f"llvm.vector.reduce.and.{every.type.suffix}", BIT, every)


def _below(builder: Builder, square: Value, added: Value) -> Value:
    root = builder.intrinsic("sqrt", square.type, square)
    return builder.fadd(root, builder.splat(added, root.type.lanes))


def _by_an_estimate(builder: Builder, below: Value, target: Target) -> Value:
    """The inverse of such a sum, the root by the divider."""
    r = estimated_reciprocal(builder, below, target)
    step = builder.multiply_add(builder.fneg(below), r, below.type(2.0))
    bits = builder.convert("bitcast", step, INT)
    finite = builder.binary("and", bits, bits.type(BELOW_TWO))  # the step from 0 or infinity is NaN
    return builder.fmul(r, builder.convert("bitcast", finite, FLOAT))


def _by_two_estimates(builder: Builder, square: Value, doubled: Value, target: Target, times: float) -> Value:
    """1/(√square + added) of float32, which is not 0, so many times. What would be NaN without reason, for a
    square that is 0 or infinite, is made 0."""
    kind, minus, fma = square.type, builder.fneg, builder.multiply_add
    some, finite = _is_some(builder, square), _is_finite(builder, square)
    estimate = estimated_root(builder, square, target)
    root = builder.select(some, builder.fmul(square, estimate), kind(0.0))
    nearly_two = builder.select(some, fma(minus(root), estimate, kind(3.0)), kind(0.0))
    below = fma(root, nearly_two, doubled)
    inverse = estimated_reciprocal(builder, below, target)
    step = fma(minus(below), inverse, kind(2.0))
    first = inverse if times == 0.5 else builder.fmul(inverse, kind(2 * times))
    return builder.select(finite, builder.fmul(first, step), kind(0.0))


def _by_more_steps(builder: Builder, square: Value, added: Value, target: Target) -> tuple[Value, Value]:
    """Two numbers whose product is that of float64: one that is nearly that, and the last step."""
    kind, minus, fma = square.type, builder.fneg, builder.multiply_add
    zero, added = kind(0.0), builder.splat(added, kind.lanes)
    some, finite = _is_some(builder, square), _is_finite(builder, square)
    estimate = estimated_root(builder, square, target)
    root = builder.select(some, builder.fmul(square, estimate), zero)
    half = builder.select(some, builder.fmul(estimate, kind(0.5)), zero)
    sums = [builder.fadd(root, added)]
    for _ in range(STEPS):
        error = fma(minus(root), half, kind(0.5))
        sums.append(fma(root, error, sums[-1]))  # sooner than the next root, and added to that
        root, half = fma(root, error, root), fma(half, error, half)
    first, *following = sums
    inverse, step = builder.select(finite, estimated_reciprocal(builder, first, target), zero), kind(1.0)
    for number, below in enumerate(following):
        inverse = builder.fmul(inverse, step) if number else inverse
        step = builder.select(finite, fma(minus(below), inverse, kind(2.0)), zero)
    return inverse, step


def _is_some(builder: Builder, square: Value) -> Value:
    """Where it is not 0."""
    return builder.compare("fcmp une", square, square.type(0.0))


def _is_finite(builder: Builder, square: Value) -> Value:
    """Where it is not infinite."""
    return builder.compare("fcmp une", square, square.type(math.inf))


def _is_within_limits(builder: Builder, number: Value) -> Value:
    """Whether it is positive and neither subnormal nor too large, by its bits as a whole number: from the
    least ones on, those of numbers below 0 and NaN are larger."""
    kind, bits = (INT, np.float32) if number.type.name == FLOAT.name else (LONG, np.float64)
    least, most = (int(bits(x).view(f"i{bits().itemsize}")) for x in (SMALLEST[number.type.name], LARGEST))
    above_least = builder.sub(builder.convert("bitcast", number, kind), kind(least))
    return builder.compare("icmp ult", above_least, kind(most - least))
