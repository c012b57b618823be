"""The error function as straight-line code, like :mod:`.exponentials`.

Up to 1 it is its Taylor series, less x, which is added last. Beyond, it is 1 − e^(−x²) g(x), where g is a
polynomial in 1/(x + 3): the one that agrees with erfc(x) e^(x²) at the Chebyshev points of 0.75 ≤ x ≤ 6.
"""

from __future__ import annotations

import math

from ..llvm_ir import Builder, Value
from .exponentials import exp
from .floats import Emitter

NEAR, FAR, SHIFT = 1.0, 6.0, 3.0  # beyond FAR the function rounds to 1
LOWEST, HIGHEST = 1 / (FAR + SHIFT), 1 / (0.75 + SHIFT)
# Coefficients of powers of t, which runs from −1 to 1 as 1/(x + 3) from LOWEST to HIGHEST.
IN_DOUBLE = [
    0.2272447806013422, 0.18687815201363392, 0.06835875504600127, 0.019601031867144167,
    0.004220725702225928, 0.0006078348536532714, 3.415471965038773e-05, -6.5277198384478606e-06,
    -1.3415802833718116e-06, 5.059518105735487e-08, 3.553552923162435e-08, -3.834512070452457e-10,
    -1.0076738408378852e-09, 2.1529694324079173e-11, 3.089801248083716e-11, -1.5492312563023214e-12,
    -8.482381455058021e-13,
]  # fmt: skip
IN_SINGLE = [
    0.2272447806013422, 0.18687815026290647, 0.06835875387287497, 0.01960105522213853,
    0.004220741376992409, 0.0006077506586140006, 3.4097967467944796e-05, -6.415090616412828e-06,
    -1.2648986174011185e-06,
]  # fmt: skip
TERMS_IN_DOUBLE, TERMS_IN_SINGLE = 20, 12


def erf(builder: Builder, x: Value) -> Value:
    """(2/√π) ∫₀ˣ e^(−t²) dt."""
    e = Emitter(builder, x.type)
    double = e.is_double
    terms = TERMS_IN_DOUBLE if double else TERMS_IN_SINGLE
    taylor = [2 / math.sqrt(math.pi) * (-1) ** k / (math.factorial(k) * (2 * k + 1)) for k in range(terms)]
    size = e.absolute(x)
    square = e.multiply(x, x)
    near = e.fma(size, e.series(e.smaller(square, NEAR**2), [taylor[0] - 1, *taylor[1:]]), size)
    inside = e.larger(e.smaller(size, FAR), NEAR)
    inverse = builder.fdiv(e.number(1.0), e.add(inside, e.number(SHIFT)))
    half, middle = (HIGHEST - LOWEST) / 2, (HIGHEST + LOWEST) / 2
    t = e.multiply(e.subtract(inverse, e.number(middle)), e.number(1 / half))
    rest = e.multiply(
        exp(builder, builder.fneg(e.multiply(inside, inside))),
        e.series(t, IN_DOUBLE if double else IN_SINGLE),
    )
    far = e.subtract(e.number(1.0), rest)
    result = builder.select(builder.compare("fcmp olt", size, e.number(NEAR)), near, far)
    return e.nan_as_it_is(x, e.with_sign_of(result, x))
