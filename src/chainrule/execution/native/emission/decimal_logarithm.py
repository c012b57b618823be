"""The logarithm to the base 10 as straight-line code: in twice the precision, so that of 10ⁿ it is n.

Of numbers of 32 bits it is that of ones of 64.
"""

from __future__ import annotations

from ..llvm_ir import DOUBLE, Builder, Value
from .general_powers import logarithm
from .mathematics import Emitter, log, where_defined

# 1/ln 10 in two parts.
FACTOR, FACTOR_LOW = 0.4342944819032518, 1.098319650216765e-17


def log10(builder: Builder, x: Value) -> Value:
    """log x / log 10."""
    if x.type.name != DOUBLE.name:
        wide = builder.fmul(
            log(builder, builder.convert("fpext", x, DOUBLE)), DOUBLE.wide(x.type.lanes)(FACTOR)
        )
        return builder.convert("fptrunc", wide, x.type.wide(0))
    e = Emitter(builder, x.type)
    factor = e.number(FACTOR)
    high, low = logarithm(e, x)
    product = e.multiply(high, factor)
    lost = e.fma(high, e.number(FACTOR_LOW), e.fma(low, factor, e.fma(high, factor, builder.fneg(product))))
    return where_defined(e, x, e.add(product, lost))
