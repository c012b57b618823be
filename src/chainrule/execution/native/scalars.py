"""Scalar instructions: what one element-wise primitive is in LLVM IR.

Values are floats of 32 or 64 bits, integers with a sign, or one bit for booleans. What has another dtype
(float16 is a pattern of bits) is moved, but not computed with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from . import mathematics

BIT = ir.IntType(1)
BYTE = ir.IntType(8)
LONG = ir.IntType(64)
FLOATS = {4: ir.FloatType(), 8: ir.DoubleType()}
Emit = Callable[[ir.IRBuilder, np.dtype, Sequence[Any]], Any]


def register_type(dtype: np.dtype) -> ir.Type:
    """The type of a value in a register."""
    if dtype.kind == "f":
        return FLOATS.get(dtype.itemsize, ir.IntType(dtype.itemsize * 8))
    return BIT if dtype.kind == "b" else ir.IntType(dtype.itemsize * 8)


def memory_type(dtype: np.dtype) -> ir.Type:
    """The type of a value in memory."""
    return BYTE if dtype.kind == "b" else register_type(dtype)


def literal(value: Any, dtype: np.dtype) -> ir.Constant:
    """A number as a constant of the code."""
    kind = register_type(dtype)
    if dtype.kind == "f":
        number = np.asarray(value, dtype)
        return ir.Constant(kind, float(number) if dtype.itemsize in FLOATS else int(number.view(np.uint16)))
    return ir.Constant(kind, int(value))


def convert(builder: ir.IRBuilder, value: Any, source: np.dtype, target: np.dtype) -> Any:
    """A value in another dtype, as ``astype`` has it."""
    if source == target:
        return value
    kind = register_type(target)
    if target.kind == "b":
        zero = ir.Constant(value.type, 0.0 if source.kind == "f" else 0)
        return (
            builder.fcmp_unordered("!=", value, zero)
            if source.kind == "f"
            else builder.icmp_signed("!=", value, zero)
        )
    if source.kind == "f" and target.kind == "f":
        return (
            builder.fpext(value, kind) if target.itemsize > source.itemsize else builder.fptrunc(value, kind)
        )
    if source.kind == "f":
        return builder.fptosi(value, kind)
    if target.kind == "f":
        return builder.uitofp(value, kind) if source.kind == "b" else builder.sitofp(value, kind)
    if source.kind == "b":
        return builder.zext(value, kind)
    return builder.sext(value, kind) if target.itemsize > source.itemsize else builder.trunc(value, kind)


def intrinsic(name: str) -> Emit:
    """An LLVM intrinsic on floats."""

    def emit(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
        signature = ir.FunctionType(operands[0].type, [operand.type for operand in operands])
        function = builder.module.declare_intrinsic(f"llvm.{name}", [operands[0].type], signature)
        return builder.call(function, operands)

    return emit


def library(name: str) -> Emit:
    """A function of the C library's mathematics, called for each element."""

    def emit(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
        symbol = name if isinstance(operands[0].type, ir.DoubleType) else f"{name}f"
        function = builder.module.globals.get(symbol)
        if function is None:
            kind = ir.FunctionType(operands[0].type, [operand.type for operand in operands])
            function = ir.Function(builder.module, kind, symbol)
            function.attributes.add("nounwind")
        return builder.call(function, operands)

    return emit


def _is_float(operands: Sequence[Any]) -> bool:
    return isinstance(operands[0].type, (ir.FloatType, ir.DoubleType))


def _arithmetic(on_floats: str, on_integers: str, on_bits: str = "") -> Emit:
    """One instruction for each kind of number; of truth values NumPy's sum is "or", the product "and"."""

    def emit(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
        on_whole = on_bits if operands[0].type == BIT else on_integers
        return getattr(builder, on_floats if _is_float(operands) else on_whole)(*operands)

    return emit


def _comparison(symbol: str) -> Emit:
    def emit(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
        if not _is_float(operands):
            compare = builder.icmp_unsigned if operands[0].type == BIT else builder.icmp_signed
            return compare(symbol, *operands)
        ordered = builder.fcmp_unordered if symbol == "!=" else builder.fcmp_ordered
        return ordered(symbol, *operands)

    return emit


def _constant(operand: Any, value: float) -> ir.Constant:
    return ir.Constant(
        operand.type, value if isinstance(operand.type, (ir.FloatType, ir.DoubleType)) else int(value)
    )


def _extremum(name: str, symbol: str) -> Emit:
    on_floats, wins = intrinsic(name), _comparison(symbol)

    def emit(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
        if _is_float(operands):
            return on_floats(builder, dtype, operands)
        return builder.select(wins(builder, dtype, operands), *operands)

    return emit


def _negative(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    return builder.fneg(operands[0]) if _is_float(operands) else builder.neg(operands[0])


def _square(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    return (
        builder.fmul(operands[0], operands[0])
        if _is_float(operands)
        else builder.mul(operands[0], operands[0])
    )


def _reciprocal(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    return builder.fdiv(_constant(operands[0], 1.0), operands[0])


def _absolute(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    if _is_float(operands):
        return intrinsic("fabs")(builder, dtype, operands)
    negative = builder.icmp_signed("<", operands[0], _constant(operands[0], 0))
    return builder.select(negative, builder.neg(operands[0]), operands[0])


def _sign(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    x, zero = operands[0], _constant(operands[0], 0.0)
    compare = builder.fcmp_ordered if _is_float(operands) else builder.icmp_signed
    positive = builder.select(compare(">", x, zero), _constant(x, 1.0), zero)
    result = builder.select(compare("<", x, zero), _constant(x, -1.0), positive)
    return builder.select(builder.fcmp_unordered("uno", x, x), x, result) if _is_float(operands) else result


def _where(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    return builder.select(*operands)


def _absorb(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    a, b = operands
    zero = _constant(a, 0.0)
    none = builder.or_(builder.fcmp_ordered("==", a, zero), builder.fcmp_ordered("==", b, zero))
    return builder.select(none, zero, builder.fmul(a, b))


def _heaviside(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    x, at_zero = operands
    zero = _constant(x, 0.0)
    step = builder.select(builder.fcmp_ordered(">", x, zero), _constant(x, 1.0), zero)
    result = builder.select(builder.fcmp_ordered("==", x, zero), at_zero, step)
    return builder.select(builder.fcmp_unordered("uno", x, x), x, result)


def _is_nan(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    return builder.fcmp_unordered("uno", operands[0], operands[0])


def _is_infinite(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    size = intrinsic("fabs")(builder, dtype, operands)
    return builder.fcmp_ordered("==", size, _constant(size, float("inf")))


def _is_finite(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
    size = intrinsic("fabs")(builder, dtype, operands)
    return builder.fcmp_ordered("<", size, _constant(size, float("inf")))


def _logical(name: str) -> Emit:
    """An operation on truth values; a number is true unless it is 0."""

    def emit(builder: ir.IRBuilder, dtype: np.dtype, operands: Sequence[Any]) -> Any:
        return getattr(builder, name)(*[_truth(builder, operand) for operand in operands])

    return emit


def _truth(builder: ir.IRBuilder, operand: Any) -> Any:
    if operand.type == BIT:
        return operand
    return _comparison("!=")(builder, np.dtype(bool), [operand, _constant(operand, 0.0)])


def _of_one(function: Callable[[ir.IRBuilder, Any], Any]) -> Emit:
    return lambda builder, dtype, operands: function(builder, operands[0])


def _degrees(factor: float) -> Emit:
    return lambda builder, dtype, operands: builder.fmul(operands[0], _constant(operands[0], factor))


INSTRUCTIONS: dict[str, Emit] = {
    "add": _arithmetic("fadd", "add", "or_"),
    "subtract": _arithmetic("fsub", "sub"),
    "multiply": _arithmetic("fmul", "mul", "and_"),
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
    "maximum": _extremum("maximum", ">"),
    "minimum": _extremum("minimum", "<"),
    "greater": _comparison(">"),
    "greater_equal": _comparison(">="),
    "less": _comparison("<"),
    "less_equal": _comparison("<="),
    "equal": _comparison("=="),
    "not_equal": _comparison("!="),
    "logical_and": _logical("and_"),
    "logical_or": _logical("or_"),
    "logical_xor": _logical("xor"),
    "logical_not": _logical("not_"),
    "isnan": _is_nan,
    "isinf": _is_infinite,
    "isfinite": _is_finite,
    "deg2rad": _degrees(np.pi / 180),
    "rad2deg": _degrees(180 / np.pi),
    **{name: intrinsic(name) for name in ("sqrt", "floor", "ceil", "trunc", "rint", "copysign")},
    **{
        name: library(symbol)
        for name, symbol in {
            "exp2": "exp2", "expm1": "expm1", "log2": "log2", "log10": "log10", "sin":
            "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
            "arctan2": "atan2", "sinh": "sinh", "cosh": "cosh", "arcsinh": "asinh", "arccosh": "acosh",
            "arctanh": "atanh", "cbrt": "cbrt", "hypot": "hypot", "power": "pow", "erf": "erf", "gammaln":
            "lgamma", "fmod": "fmod",
        }.items()
    },
    **{
        name: _of_one(function)
        for name, function in mathematics.FUNCTIONS.items()
    },
}  # fmt: skip

ON_WHOLE_NUMBERS = frozenset((
    "add", "subtract", "multiply", "negative", "positive", "square", "absolute", "sign", "where", "maximum",
    "minimum", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and",
    "logical_or", "logical_xor", "logical_not",
))  # fmt: skip
