"""The logarithm to the base 10 as straight-line code, like :mod:`.logarithms`.

It is e log 2 + log m as there, each divided by log 10 in twice the precision, so that of 10ⁿ it is n.
"""

from __future__ import annotations

from fractions import Fraction

from ..llvm_ir import Builder, Value
from .floats import Emitter
from .logarithms import fraction_and_exponent, logarithm_in_parts, where_defined

FACTOR = Fraction(0x6F2DEC549B9438CA9AADD557D699EE19, 1 << 128)  # 1/log 10
OF_TWO = Fraction(0x4D104D427DE7FBCC47C4ACD605BE48BC, 1 << 128)  # log 2/log 10


def log10(builder: Builder, x: Value) -> Value:
    """log x / log 10."""
    e = Emitter(builder, x.type)
    f, whole = fraction_and_exponent(e, x)
    high, low = logarithm_in_parts(e, f)
    factor, factor_low = _in_two_parts(e, FACTOR, e.format.fraction + 1)
    product, lost = e.exact_product(high, factor)
    lost = e.add(lost, e.fma(high, factor_low, e.multiply(low, factor)))
    of_two, of_two_low = _in_two_parts(e, OF_TWO, e.format.fraction - 12)  # times an exponent it is exact
    total, rounded = e.exact_sum_of_larger(e.multiply(whole, of_two), product)
    result = e.add(total, e.add(rounded, e.fma(whole, of_two_low, lost)))
    return where_defined(e, x, result)


def _in_two_parts(e: Emitter, number: Fraction, bits: int) -> tuple[Value, Value]:
    """A number below 1 as one of so many bits and another."""
    scale = 1 << bits
    high = Fraction(round(number * scale), scale)
    return e.number(float(high)), e.number(float(number - high))
