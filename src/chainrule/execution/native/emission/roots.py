"""Quotients by a root: a/(√x + c), the root by the processor's divider, the quotient by an estimate.

Newton's step makes r(2 − d r) of an estimate r of 1/d: where that was δ off, relative, this is δ² off.
Processors estimate within 1.5·2⁻¹², so that δ² is at most 2.25·2⁻²⁴, and the quotient's error, with what is
rounded, below 7 ulp; on AMD's Zen it was 3.4 at most, where the divider's, rounded three times, was 2.2.
"""

from __future__ import annotations

import numpy as np

from ..llvm_ir import FLOAT, INT, Builder, Value, choices
from ..target import Target
from .processor import estimated_reciprocal

#: What is added to a root, at most: the reciprocal of the sum is then not subnormal, unless it is 0, for a
#: root of a float32 is below 2⁶⁴ or infinite.
LARGEST = 2.0**125
BELOW_TWO = (
    0x3FFFFFFF  # the bits of numbers from 0 to below 2; those that are left of NaN are such a number's
)


def over_root(
    builder: Builder, above: Value, square: Value, added: Value, target: Target
) -> tuple[Value, Value]:
    """Two numbers of float32 whose product is above/(√square + added), which is one number.

    Infinities, zeros and NaN give what they give the divider.
    """
    root = builder.intrinsic("sqrt", square.type, square)
    below = builder.fadd(root, builder.splat(added, root.type.lanes))
    above, below = (builder.splat(x, max(above.type.lanes, below.type.lanes)) for x in (above, below))

    def exact() -> list[Value]:
        return [builder.fdiv(above, below), below.type(1.0)]

    def estimated() -> list[Value]:
        r = estimated_reciprocal(builder, below, target)
        step = builder.multiply_add(builder.fneg(below), r, below.type(2.0))
        bits = builder.convert("bitcast", step, INT)
        finite = builder.binary("and", bits, bits.type(BELOW_TWO))  # the step from 0 or infinity is NaN
        return [above, builder.fmul(r, builder.convert("bitcast", finite, FLOAT))]

    if not below.type.lanes:
        factors = exact()
    elif added.constant:
        factors = estimated()
    else:
        factors = choices(builder, _is_within_limits(builder, added), estimated, exact)
    return factors[0], factors[1]


def _is_within_limits(builder: Builder, number: Value) -> Value:
    """Whether it is, by its bits as a whole number, which is larger for numbers below 0 and NaN."""
    largest = INT(int(np.float32(LARGEST).view(np.int32)))
    return builder.compare("icmp ult", builder.convert("bitcast", number, INT), largest)
