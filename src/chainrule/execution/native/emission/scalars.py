"""Scalar instructions: what one element-wise primitive is in LLVM IR.

Values are floats of 32 or 64 bits, integers with a sign, or one bit for booleans. What has another dtype
(float16 is a pattern of bits) is moved, but not computed with.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....errors import CompilationError
from ..llvm_ir import BIT, BYTE, DOUBLE, FLOAT, INT, LONG, SHORT, Builder, Type, Value
from . import (
    cube_root,
    decimal_logarithm,
    error_function,
    exponentials,
    general_powers,
    hyperbolic,
    hypotenuse,
    inverse_hyperbolic,
    inverse_sine,
    inverse_tangent,
    logarithms,
    powers,
    remainders,
    single_numbers,
    trigonometry,
    whole_powers,
)
from .formulas import written_out_or_called
from .library import by_library

INTEGERS = {1: BYTE, 2: SHORT, 4: INT, 8: LONG}
FLOATS = {4: FLOAT, 8: DOUBLE}
INT32 = np.dtype(np.int32)
Emit = Callable[[Builder, np.dtype, Sequence[Value]], Value]


def register_type(dtype: np.dtype) -> Type:
    """The type of a value in a register.

    Raises:
        CompilationError: it fits none.
    """
    if dtype.itemsize not in INTEGERS:
        raise CompilationError(f"{dtype} fits no register", expected="numbers of at most 64 bits")
    if dtype.kind == "f":
        return FLOATS.get(dtype.itemsize) or INTEGERS[dtype.itemsize]
    return BIT if dtype.kind == "b" else INTEGERS[dtype.itemsize]


def memory_type(dtype: np.dtype) -> Type:
    """The type of a value in memory."""
    return BYTE if dtype.kind == "b" else register_type(dtype)


def literal(value: Any, dtype: np.dtype) -> Value:
    """A number as a constant of the code."""
    kind = register_type(dtype)
    if dtype.kind == "f":
        number = np.asarray(value, dtype)
        return kind(float(number) if dtype.itemsize in FLOATS else int(number.view(np.uint16)))
    return kind(int(value))


def convert(builder: Builder, value: Value, source: np.dtype, target: np.dtype) -> Value:
    """A value in another dtype, as ``astype`` has it."""
    if source == target:
        return value
    if target.kind == "b":
        different = "fcmp une" if source.kind == "f" else "icmp ne"
        return builder.compare(different, value, value.type(0))
    if source.kind == "f" and target.kind == "i" and target.itemsize < INT32.itemsize:
        whole = convert(builder, value, source, INT32)  # of what is too large the last bits, as in NumPy
        return convert(builder, whole, INT32, target)
    return builder.convert(_conversion(source, target), value, register_type(target))


def _conversion(source: np.dtype, target: np.dtype) -> str:
    wider = target.itemsize > source.itemsize
    if source.kind == "f":
        return ("fpext" if wider else "fptrunc") if target.kind == "f" else "fptosi"
    if target.kind == "f":
        return "uitofp" if source.kind == "b" else "sitofp"
    return "zext" if source.kind == "b" else "sext" if wider else "trunc"


def intrinsic(name: str) -> Emit:
    """An LLVM intrinsic on floats."""

    def emit(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
        return builder.intrinsic(name, operands[0].type, *operands)

    return emit


def _is_bit(operands: Sequence[Value]) -> bool:
    return operands[0].type.name == BIT.name


def _is_float(operands: Sequence[Value]) -> bool:
    return operands[0].type.is_float


def _arithmetic(on_floats: str, on_integers: str, on_bits: str = "") -> Emit:
    """One instruction for each kind of number; of truth values NumPy's sum is "or", the product "and"."""

    def emit(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
        on_whole = on_bits if _is_bit(operands) else on_integers
        return builder.binary(on_floats if _is_float(operands) else on_whole, *operands)

    return emit


def _comparison(symbol: str) -> Emit:
    def emit(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
        if _is_float(operands):
            return builder.compare(f"fcmp {'une' if symbol == 'ne' else f'o{symbol}'}", *operands)
        sign = "" if symbol in ("eq", "ne") else "u" if _is_bit(operands) else "s"
        return builder.compare(f"icmp {sign}{symbol}", *operands)

    return emit


def _is_number(operand: Value) -> bool:
    return not math.isnan(operand.number)


def _constant(operand: Value, value: float) -> Value:
    return operand.type(value)


def _extremum(symbol: str, nan_wins: bool) -> Emit:
    """The one of two that wins; of two that tie (0 and -0) the second, as NumPy has it."""

    def emit(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
        a, b = operands
        if not _is_float(operands):
            return builder.select(_comparison(symbol)(builder, dtype, operands), a, b)
        checked, other = (a, b) if nan_wins else (b, a)  # where the first is NaN, a is right
        if _is_number(other) and not _is_number(checked):
            return builder.select(builder.compare(f"fcmp u{symbol}", a, b), a, b)  # a where one is NaN
        winner = builder.select(builder.compare(f"fcmp o{symbol}", a, b), a, b)  # b where one is NaN
        if _is_number(checked):
            return winner
        return builder.select(_is_nan(builder, dtype, [checked]), a, winner)

    return emit


def _negative(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    if _is_float(operands):
        return builder.fneg(operands[0])
    return builder.sub(_constant(operands[0], 0), operands[0])


def _square(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    return builder.binary("fmul" if _is_float(operands) else "mul", operands[0], operands[0])


def _reciprocal(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    return builder.fdiv(_constant(operands[0], 1.0), operands[0])


def _absolute(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    if _is_float(operands):
        return intrinsic("fabs")(builder, dtype, operands)
    negative = builder.compare("icmp slt", operands[0], _constant(operands[0], 0))
    return builder.select(negative, builder.sub(_constant(operands[0], 0), operands[0]), operands[0])


def _sign(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    x, zero = operands[0], _constant(operands[0], 0.0)
    greater, less = _comparison("gt"), _comparison("lt")
    positive = builder.select(greater(builder, dtype, [x, zero]), _constant(x, 1.0), zero)
    result = builder.select(less(builder, dtype, [x, zero]), _constant(x, -1.0), positive)
    return builder.select(builder.compare("fcmp uno", x, x), x, result) if _is_float(operands) else result


def _where(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    return builder.select(*operands)


def _absorb(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    a, b = operands
    zero, product = _constant(a, 0.0), builder.fmul(a, b)
    none = builder.binary("or", builder.compare("fcmp oeq", a, zero), builder.compare("fcmp oeq", b, zero))
    lost = builder.binary("and", none, builder.compare("fcmp uno", product, product))
    return builder.select(lost, zero, product)


def _heaviside(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    x, at_zero = operands
    zero = _constant(x, 0.0)
    step = builder.select(builder.compare("fcmp ogt", x, zero), _constant(x, 1.0), zero)
    result = builder.select(builder.compare("fcmp oeq", x, zero), at_zero, step)
    return builder.select(builder.compare("fcmp uno", x, x), x, result)


def _remainder(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    """a − b·⌊a/b⌋, as NumPy has it: it has the sign of b."""
    a, b = operands
    rest, zero = remainders.fmod(builder, a, b), _constant(a, 0.0)
    none = builder.compare("fcmp oeq", rest, zero)
    apart = builder.binary(
        "xor", builder.compare("fcmp olt", rest, zero), builder.compare("fcmp olt", b, zero)
    )
    with_sign = builder.select(apart, builder.fadd(rest, b), rest)
    of_b = builder.select(none, intrinsic("copysign")(builder, dtype, [zero, b]), with_sign)
    return builder.select(builder.compare("fcmp oeq", b, zero), rest, of_b)


def _floor_divide(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    """⌊a/b⌋, as NumPy has it: from what is left of a without its remainder, so that a/b rounds to no other
    whole number; a/b where b is 0."""
    a, b = operands
    zero, quotient = _constant(a, 0.0), builder.fdiv(a, b)
    rest = remainders.fmod(builder, a, b)
    apart = builder.binary(
        "xor", builder.compare("fcmp olt", rest, zero), builder.compare("fcmp olt", b, zero)
    )
    below = builder.binary("and", apart, builder.compare("fcmp une", rest, zero))
    whole = builder.fdiv(builder.fsub(a, rest), b)
    whole = builder.select(below, builder.fsub(whole, _constant(a, 1.0)), whole)
    floor = intrinsic("floor")(builder, dtype, [whole])
    nearer = builder.compare("fcmp ogt", builder.fsub(whole, floor), _constant(a, 0.5))
    floor = builder.select(nearer, builder.fadd(floor, _constant(a, 1.0)), floor)
    signed = intrinsic("copysign")(builder, dtype, [zero, quotient])
    result = builder.select(builder.compare("fcmp oeq", whole, zero), signed, floor)
    return builder.select(builder.compare("fcmp oeq", b, zero), quotient, result)


def _is_nan(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    return builder.compare("fcmp uno", operands[0], operands[0])


def _is_infinite(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    size = intrinsic("fabs")(builder, dtype, operands)
    return builder.compare("fcmp oeq", size, _constant(size, float("inf")))


def _is_finite(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    size = intrinsic("fabs")(builder, dtype, operands)
    return builder.compare("fcmp olt", size, _constant(size, float("inf")))


def _power(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    """aˣ, of a known a or a known whole x by formulas of their own."""
    base, exponent = operands
    if powers.is_known(base):
        return powers.power_of(builder, base.number, exponent)
    if whole_powers.is_whole(exponent):
        return whole_powers.power(builder, base, int(exponent.number))
    return general_powers.power(builder, base, exponent)


def _gammaln(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    """log |Γ(x)| as SciPy has it: −∞ at −∞, where C's ``lgamma`` is ∞."""
    (x,) = operands
    least = _constant(x, -math.inf)
    return builder.select(builder.compare("fcmp oeq", x, least), least, by_library(builder, "lgamma", x))


def _logical(name: str) -> Emit:
    """An operation on truth values; a number is true unless it is 0."""

    def emit(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
        return builder.binary(name, *[_truth(builder, operand) for operand in operands])

    return emit


def _bitwise(name: str) -> Emit:
    return lambda builder, dtype, operands: builder.binary(name, *operands)


def _shift(name: str) -> Emit:
    """A shift by as many bits as there are, or more, leaves the sign, or nothing."""

    def emit(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
        x, places = operands
        last = _constant(places, 8 * dtype.itemsize - 1)
        within = builder.compare("icmp ule", places, last)
        shifted = builder.binary(name, x, builder.select(within, places, last))
        return builder.select(within, shifted, _constant(x, 0)) if name == "shl" else shifted

    return emit


def _sign_bit(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    (x,) = operands
    one = intrinsic("copysign")(builder, dtype, [_constant(x, 1.0), x])
    return builder.compare("fcmp olt", one, _constant(x, 0.0))


def _logical_not(builder: Builder, dtype: np.dtype, operands: Sequence[Value]) -> Value:
    truth = _truth(builder, operands[0])
    return builder.binary("xor", truth, truth.type(1))


def _truth(builder: Builder, operand: Value) -> Value:
    if operand.type.name == BIT.name:
        return operand
    return _comparison("ne")(builder, np.dtype(bool), [operand, _constant(operand, 0.0)])


def _of_one(function: Callable[[Builder, Value], Value]) -> Emit:
    return lambda builder, dtype, operands: function(builder, operands[0])


def _of_two(function: Callable[[Builder, Value, Value], Value]) -> Emit:
    return lambda builder, dtype, operands: function(builder, *operands)


def _degrees(factor: float) -> Emit:
    return lambda builder, dtype, operands: builder.fmul(operands[0], _constant(operands[0], factor))


INSTRUCTIONS: dict[str, Emit] = {
    "add": _arithmetic("fadd", "add", "or"),
    "subtract": _arithmetic("fsub", "sub"),
    "multiply": _arithmetic("fmul", "mul", "and"),
    "divide": _arithmetic("fdiv", "sdiv"),
    "negative": _negative,
    "positive": lambda builder, dtype, operands: operands[0],
    "square": _square,
    "reciprocal": _reciprocal,
    "absolute": _absolute,
    "sign": _sign,
    "where": _where,
    "absorb": _absorb,
    "heaviside": _heaviside,
    "remainder": _remainder,
    "floor_divide": _floor_divide,
    "maximum": _extremum("gt", nan_wins=True),
    "minimum": _extremum("lt", nan_wins=True),
    "fmax": _extremum("gt", nan_wins=False),
    "fmin": _extremum("lt", nan_wins=False),
    "signbit": _sign_bit,
    "bitwise_and": _bitwise("and"),
    "bitwise_or": _bitwise("or"),
    "bitwise_xor": _bitwise("xor"),
    "left_shift": _shift("shl"),
    "right_shift": _shift("ashr"),
    "greater": _comparison("gt"),
    "greater_equal": _comparison("ge"),
    "less": _comparison("lt"),
    "less_equal": _comparison("le"),
    "equal": _comparison("eq"),
    "not_equal": _comparison("ne"),
    "logical_and": _logical("and"),
    "logical_or": _logical("or"),
    "logical_xor": _logical("xor"),
    "logical_not": _logical_not,
    "isnan": _is_nan,
    "isinf": _is_infinite,
    "isfinite": _is_finite,
    "power": _power,
    "fmod": _of_two(remainders.fmod),
    "hypot": _of_two(hypotenuse.hypot),
    "arctan2": _of_two(inverse_tangent.arctan2),
    "gammaln": _gammaln,
    "deg2rad": _degrees(np.pi / 180),
    "rad2deg": _degrees(180 / np.pi),
    **{name: intrinsic(name) for name in ("sqrt", "floor", "ceil", "trunc", "rint", "copysign")},
    **{
        name: _of_one(written_out_or_called(name, function))
        for name, function in {
            **exponentials.FUNCTIONS, **logarithms.FUNCTIONS, **trigonometry.FUNCTIONS,
            **hyperbolic.FUNCTIONS, **inverse_sine.FUNCTIONS, **inverse_hyperbolic.FUNCTIONS,
            **single_numbers.FUNCTIONS,
            "cbrt": cube_root.cbrt, "arctan": inverse_tangent.arctan, "log10": decimal_logarithm.log10,
            "erf": error_function.erf,
        }.items()
    },
}  # fmt: skip

ON_WHOLE_NUMBERS = frozenset((
    "add", "subtract", "multiply", "negative", "positive", "square", "absolute", "sign", "where", "maximum",
    "minimum", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and",
    "logical_or", "logical_xor", "logical_not", "fmax", "fmin", "bitwise_and", "bitwise_or", "bitwise_xor",
    "left_shift", "right_shift",
))  # fmt: skip
