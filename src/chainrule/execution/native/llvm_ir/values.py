"""Types, and what is of a type: constants and the results of instructions."""

from __future__ import annotations

import ctypes
import math
import struct
from functools import cache
from typing import NamedTuple


class Type(NamedTuple):
    """A type of values: ``lanes`` of them side by side in a vector register, or one where that is 0.

    >>> str(FLOAT), str(FLOAT.wide(8)), FLOAT.wide(8)(0.5).text
    ('float', '<8 x float>', 'splat (float 0x3FE0000000000000)')
    """

    name: str
    lanes: int
    text: str  # as LLVM writes it

    def __str__(self) -> str:
        return self.text

    def __call__(self, number: float) -> Value:
        """The constant, in every lane."""
        return _constant(self, number, math.copysign(1.0, number))

    def wide(self, lanes: int) -> Type:
        """As many of these side by side."""
        return _type(self.name, lanes)

    @property
    def is_float(self) -> bool:
        """Whether it is of floating-point numbers."""
        return self.name in ("float", "double")

    @property
    def suffix(self) -> str:
        """How intrinsic functions on this type are told apart: ``v8f32``."""
        short = {"float": "f32", "double": "f64", "ptr": "p0"}.get(self.name, self.name)
        return f"v{self.lanes}{short}" if self.lanes else short


class Value(NamedTuple):
    """What an instruction gives, or a constant.

    >>> DOUBLE(0.5).number, DOUBLE.wide(4)(0.5).number, Value(DOUBLE, "%v1").number
    (0.5, 0.5, nan)
    """

    type: Type
    text: str

    @property
    def number(self) -> float:
        """What a floating-point constant is, in every lane; NaN where it is none."""
        _, _, digits = self.text.partition("0x")
        return float(struct.unpack(">d", bytes.fromhex(digits[:16]))[0]) if digits else math.nan

    def __str__(self) -> str:
        return f"{self.type.text} {self.text}"

    @property
    def constant(self) -> bool:
        """Whether it is known when the code is made."""
        return not self.text.startswith("%")


def named(name: str) -> Value:
    """The address of a function or a table."""
    return Value(POINTER, f'@"{name}"')


@cache
def _type(name: str, lanes: int = 0) -> Type:
    return Type(name, lanes, f"<{lanes} x {name}>" if lanes else name)


VOID = _type("void")
POINTER = _type("ptr")
BIT, BYTE, SHORT, INT, LONG = (_type(f"i{bits}") for bits in (1, 8, 16, 32, 64))
FLOAT = _type("float")
DOUBLE = _type("double")
UNDEFINED = "poison"


@cache
def _constant(kind: Type, number: float, sign: float) -> Value:
    """A number in every lane; the sign tells -0.0 from 0.0, which are equal."""
    text = _number(kind.name, number)
    return Value(kind, f"splat ({kind.name} {text})" if kind.lanes else text)


def _number(name: str, number: float) -> str:
    """A number as LLVM writes it."""
    if name in ("float", "double"):
        rounded = ctypes.c_float(number).value if name == "float" else number
        return f"0x{struct.unpack('<Q', struct.pack('<d', rounded))[0]:016X}"
    return ("true" if number else "false") if name == "i1" else str(int(number))
