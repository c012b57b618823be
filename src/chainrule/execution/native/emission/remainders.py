"""What is left of a number after a division, like :mod:`.exponentials`, but for one branch.

The quotient, rounded and cut, is the right whole number or one more; either way what is left is exact. Where
the quotient is so large that it has no fraction, the C library computes it and what stands beside it.
"""

from __future__ import annotations

from ..llvm_ir import BIT, Builder, Value, choice
from .floats import Emitter
from .library import by_library


def fmod(builder: Builder, a: Value, b: Value) -> Value:
    """a less as many times b as leave less than b, with the sign of a."""
    e = Emitter(builder, a.type)
    whole = builder.intrinsic("trunc", a.type, builder.fdiv(e.absolute(a), e.absolute(b)))
    large = builder.compare("fcmp uge", whole, e.number(2.0**e.format.fraction))
    if a.type.lanes:
        large = builder.intrinsic("vector.reduce.or", BIT, large)
    return choice(builder, large, lambda: by_library(builder, "fmod", a, b), lambda: _left(e, a, b, whole))


def _left(e: Emitter, a: Value, b: Value, whole: Value) -> Value:
    size, divisor, zero = e.absolute(a), e.absolute(b), e.number(0.0)
    left = e.fma(e.builder.fneg(whole), divisor, size)
    left = e.builder.select(e.builder.compare("fcmp olt", left, zero), e.add(left, divisor), left)
    left = e.builder.select(e.builder.compare("fcmp oeq", whole, zero), size, left)  # b may be infinite
    return e.with_sign_of(left, a)
