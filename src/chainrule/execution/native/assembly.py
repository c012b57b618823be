"""LLVM IR as text, one instruction at a time."""

from __future__ import annotations

import ctypes
import math
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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
        text = _constant(self.name, number, math.copysign(1.0, number))
        return Value(self, f"splat ({self.name} {text})" if self.lanes else text)

    def wide(self, lanes: int) -> Type:
        """As many of these side by side."""
        return _type(self.name, lanes)

    @property
    def is_float(self) -> bool:
        return self.name in ("float", "double")

    @property
    def suffix(self) -> str:
        """How intrinsic functions on this type are told apart: ``v8f32``."""
        short = {"float": "f32", "double": "f64", "ptr": "p0"}.get(self.name, self.name)
        return f"v{self.lanes}{short}" if self.lanes else short


class Value(NamedTuple):
    """What an instruction gives, or a constant.

    >>> DOUBLE(0.0).is_number, DOUBLE.wide(4)(math.nan).is_number, Value(DOUBLE, "%v1").is_number
    (True, False, False)
    """

    type: Type
    text: str

    @property
    def is_number(self) -> bool:
        """Whether it is a floating-point constant, and not NaN."""
        _, _, digits = self.text.partition("0x")
        return bool(digits) and not math.isnan(struct.unpack(">d", bytes.fromhex(digits[:16]))[0])

    def __str__(self) -> str:
        return f"{self.type.text} {self.text}"

    @property
    def constant(self) -> bool:
        """Whether it is known when the code is made."""
        return not self.text.startswith("%")


def named(name: str) -> Value:
    """A function's address."""
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
def _constant(name: str, number: float, sign: float) -> str:
    """A number as LLVM writes it; the sign tells -0.0 from 0.0, which are equal."""
    if name in ("float", "double"):
        rounded = ctypes.c_float(number).value if name == "float" else number
        return f"0x{struct.unpack('<Q', struct.pack('<d', rounded))[0]:016X}"
    return ("true" if number else "false") if name == "i1" else str(int(number))


@dataclass(frozen=True, slots=True)
class Definition:
    """A function as text.

    Attributes:
        linkage: "internal" where only the module's other functions call it; "" where others do.
        head: the type of its result, its name and its arguments.
        attributes: what LLVM is told of it.
        body: its instructions.
    """

    linkage: str
    head: str
    attributes: str
    body: str

    def __str__(self) -> str:
        words = ("define", self.linkage, self.head, self.attributes)
        return f"{' '.join(word for word in words if word)} {{\n{self.body}\n}}"

    def declaration(self) -> str:
        """What another module says that calls it."""
        return f"declare {self.head} {self.attributes}"


@dataclass(slots=True)
class Module:
    """Functions, and what they call, as text."""

    triple: str
    functions: dict[str, Definition] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        head = f'target triple = "{self.triple}"\n'
        return "\n".join([head, *self.declared.values(), *map(str, self.functions.values())]) + "\n"

    def parts(self, most: int, least: int) -> list[Module]:
        """The functions in up to so many modules of about equally much text, each at least so long.

        They call each other as before, and no other program finds those that were internal.
        """
        length = sum(len(definition.body) for definition in self.functions.values())
        count = min(most, length // least)
        if count < 2:
            return [self]
        parts: list[dict[str, Definition]] = [{} for _ in range(count)]
        lengths = [0] * count
        for name, definition in sorted(self.functions.items(), key=lambda item: -len(item[1].body)):
            shortest = lengths.index(min(lengths))
            linkage = "hidden" if definition.linkage == "internal" else definition.linkage
            parts[shortest][name] = replace(definition, linkage=linkage)
            lengths[shortest] += len(definition.body)
        everywhere = {name: definition.declaration() for name, definition in self.functions.items()}
        return [
            Module(
                self.triple,
                own,
                self.declared | {name: text for name, text in everywhere.items() if name not in own},
            )
            for own in parts
        ]


class Builder:
    """Writes one function, instruction after instruction.

    >>> module = Module("x86_64")
    >>> with function(module, "twice", [DOUBLE], DOUBLE) as (build, (x,)):
    ...     build.give(build.fadd(x, x))
    >>> print(module.functions["twice"])
    define double @"twice"(double %a0) nounwind {
    entry:
      %v1 = fadd double %a0, %a0
      ret double %v1
    }
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.lines: list[str] = []
        self.reserved: list[str] = []
        self.block = "entry"
        self._serial = 0
        self._computed: dict[str, Value] = {}

    def _new(self, kind: Type, text: str) -> Value:
        self._serial += 1
        name = f"%v{self._serial}"
        self.lines.append(f"  {name} = {text}")
        return Value(kind, name)

    def _pure(self, kind: Type, text: str) -> Value:
        """What depends on its operands alone: once in a block is enough."""
        value = self._computed.get(text)
        if value is None:
            value = self._computed[text] = self._new(kind, text)
        return value

    def _do(self, text: str) -> None:
        self.lines.append(f"  {text}")

    # Arithmetic

    def binary(self, name: str, a: Value, b: Value) -> Value:
        """An instruction of two operands of one type."""
        return self._pure(a.type, f"{name} {a}, {b.text}")

    def fadd(self, a: Value, b: Value) -> Value:
        return self.binary("fadd", a, b)

    def fsub(self, a: Value, b: Value) -> Value:
        return self.binary("fsub", a, b)

    def fmul(self, a: Value, b: Value) -> Value:
        return self.binary("fmul", a, b)

    def fdiv(self, a: Value, b: Value) -> Value:
        return self.binary("fdiv", a, b)

    def fneg(self, a: Value) -> Value:
        return self._pure(a.type, f"fneg {a}")

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a·b + c, rounded once."""
        return self.intrinsic("fma", a.type, a, b, c)

    def multiply_add(self, a: Value, b: Value, c: Value) -> Value:
        """a·b + c, rounded once where the processor has an instruction for that, else twice."""
        return self.intrinsic("fmuladd", a.type, a, b, c)

    def add(self, a: Value, b: Value) -> Value:
        return self.binary("add", a, b)

    def sub(self, a: Value, b: Value) -> Value:
        return self.binary("sub", a, b)

    def plus(self, a: Value, number: int) -> Value:
        """A place in memory further on; it does not overflow."""
        if a.constant:
            return a.type(int(a.text) + number)
        return self._pure(a.type, f"add nsw {a}, {number}") if number else a

    def times(self, a: Value, number: int) -> Value:
        """A place in memory scaled; it does not overflow."""
        if a.constant:
            return a.type(int(a.text) * number)
        if number == 1:
            return a
        return self._pure(a.type, f"mul nsw {a}, {number}") if number else a.type(0)

    def compare(self, kind: str, a: Value, b: Value) -> Value:
        """``kind`` is "fcmp" or "icmp" and the condition, such as "fcmp olt"."""
        return self._pure(BIT.wide(a.type.lanes), f"{kind} {a}, {b.text}")

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        return self._pure(a.type, f"select {condition}, {a}, {b}")

    def convert(self, name: str, a: Value, kind: Type) -> Value:
        """One of LLVM's conversions, such as "fptosi", lane by lane."""
        kind = kind.wide(a.type.lanes)
        return self._pure(kind, f"{name} {a} to {kind}")

    # Vectors

    def splat(self, a: Value, lanes: int) -> Value:
        """One value in every lane."""
        if not lanes or a.type.lanes:
            return a
        if a.constant:
            return Value(a.type.wide(lanes), f"splat ({a})")
        kind = a.type.wide(lanes)
        first = self._pure(kind, f"insertelement {kind} {UNDEFINED}, {a}, i64 0")
        return self.shuffle(first, first, [0] * lanes)

    def shuffle(self, a: Value, b: Value, lanes: Sequence[int]) -> Value:
        """The chosen lanes of two vectors, those of the second counted on from the first's."""
        kind = a.type.wide(len(lanes))
        mask = ", ".join(f"i32 {lane}" for lane in lanes)
        return self._pure(kind, f"shufflevector {a}, {b}, <{len(lanes)} x i32> <{mask}>")

    def first(self, a: Value, lanes: int) -> Value:
        """The first lanes of a vector."""
        return a if a.type.lanes == lanes else self.shuffle(a, a, range(lanes))

    def extract(self, a: Value, lane: int) -> Value:
        return self._pure(a.type.wide(0), f"extractelement {a}, i64 {lane}")

    def insert(self, a: Value, lane: int, element: Value) -> Value:
        return self._pure(a.type, f"insertelement {a}, {element}, i64 {lane}")

    # Memory

    def element(self, pointer: Value, place: Value, kind: Type) -> Value:
        """The address of an element of an array."""
        if place.text == "0":
            return pointer
        return self._pure(POINTER, f"getelementptr inbounds {kind}, {pointer}, {place}")

    def load(self, pointer: Value, kind: Type, align: int = 0) -> Value:
        at = f", align {align}" if align else ""
        return self._new(kind, f"load {kind}, {pointer}{at}")

    def store(self, value: Value, pointer: Value, align: int = 0) -> None:
        at = f", align {align}" if align else ""
        self._do(f"store {value}, {pointer}{at}")

    def load_first(self, pointer: Value, kind: Type, align: int, active: int) -> Value:
        """The first lanes from memory, the others 0: in pieces of powers of two, since some processors take
        ten times as long to load under a mask."""
        scalar, half = kind.wide(0), kind.lanes // 2
        if active == kind.lanes:
            return self.load(pointer, kind, align)
        if active == 1:
            return self.insert(kind(0), 0, self.load(pointer, scalar, align))
        lower = self.load_first(pointer, scalar.wide(half), align, min(active, half))
        upper = scalar.wide(half)(0)
        if active > half:
            following = self.element(pointer, LONG(half), scalar)
            upper = self.load_first(following, upper.type, align, active - half)
        return self.shuffle(lower, upper, range(kind.lanes))

    def store_first(self, value: Value, pointer: Value, align: int, active: int) -> None:
        """Store the first lanes, in pieces of powers of two as well."""
        lane = 0
        while lane < active:
            piece = 1 << ((active - lane).bit_length() - 1)
            at = self.element(pointer, LONG(lane), value.type.wide(0))
            if piece == 1:
                self.store(self.extract(value, lane), at, align)
            else:
                self.store(self.shuffle(value, value, range(lane, lane + piece)), at, align)
            lane += piece

    def copy(self, target: Value, source: Value, count: Value) -> None:
        """Copy bytes."""
        self._declare("llvm.memcpy.p0.p0.i64", VOID, "ptr, ptr, i64, i1")
        self._do(f'call void @"llvm.memcpy.p0.p0.i64"({target}, {source}, {count}, i1 false)')

    def prefetch(self, pointer: Value) -> None:
        """Say that memory will be needed."""
        self.call("llvm.prefetch.p0", VOID, pointer, INT(1), INT(3), INT(1))

    def clear(self, target: Value, count: int) -> None:
        """Fill bytes with zeros."""
        self._declare("llvm.memset.p0.i64", VOID, "ptr, i8, i64, i1")
        self._do(f'call void @"llvm.memset.p0.i64"({target}, i8 0, i64 {count}, i1 false)')

    def reserve(self, kind: Type | str) -> Value:
        """Room on the stack, set aside once when the function begins."""
        name = f"%s{len(self.reserved)}"
        self.reserved.append(f"  {name} = alloca {kind}")
        return Value(POINTER, name)

    # Memory that threads share

    def load_atomic(self, pointer: Value, kind: Type) -> Value:
        """What another thread has stored, and after it what that thread had stored before."""
        return self._new(kind, f"load atomic {kind}, {pointer} acquire, align 8")

    def store_atomic(self, value: Value, pointer: Value) -> None:
        """Store for other threads, after all that was stored before."""
        self._do(f"store atomic {value}, {pointer} release, align 8")

    def add_atomic(self, pointer: Value, value: Value) -> Value:
        """Add, and give what was there before."""
        return self._new(value.type, f"atomicrmw add {pointer}, {value} acq_rel")

    # Functions

    def intrinsic(self, name: str, kind: Type, *operands: Value) -> Value:
        """One of LLVM's own functions of numbers, told apart by the type of its first operand."""
        return self._pure(kind, self._call(f"llvm.{name}.{operands[0].type.suffix}", kind, *operands))

    def call(self, name: str, kind: Type, *operands: Value) -> Value:
        """A function's value; it is declared where the module does not define it."""
        return self._called(kind, self._call(name, kind, *operands))

    def _call(self, name: str, kind: Type, *operands: Value) -> str:
        if name not in self.module.functions:
            self._declare(name, kind, ", ".join([str(operand.type) for operand in operands]))
        return f'call {kind} @"{name}"({", ".join(map(str, operands))})'

    def _called(self, kind: Type, text: str) -> Value:
        if kind is not VOID:
            return self._new(kind, text)
        self._do(text)
        return Value(VOID, "")

    def call_pointer(self, called: Value, *operands: Value, result: Type = VOID) -> Value:
        """The value of a function, called through a pointer to it."""
        return self._called(result, f"call {result} {called.text}({', '.join(map(str, operands))})")

    def _declare(self, name: str, kind: Type, operands: str) -> None:
        self.module.declared.setdefault(name, f'declare {kind} @"{name}"({operands}) nounwind')

    def give(self, value: Value | None = None) -> None:
        """Return from the function."""
        self._do(f"ret {value}" if value else "ret void")

    # Control

    def label(self, name: str) -> str:
        """A new name for a block."""
        self._serial += 1
        return f"{name}{self._serial}"

    def start(self, block: str) -> None:
        """Write on in a new block."""
        self.lines.append(f"{block}:")
        self.block = block
        self._computed.clear()

    def go(self, block: str) -> None:
        self._do(f"br label %{block}")

    def branch(self, condition: Value, yes: str, no: str) -> None:
        self._do(f"br {condition}, label %{yes}, label %{no}")

    def phi(self, kind: Type) -> Phi:
        """A value that depends on where control came from."""
        value = self._new(kind, "")
        return Phi(value, self.lines, len(self.lines) - 1)


@dataclass(slots=True)
class Phi:
    """A value that is known once all the ways to it are."""

    value: Value
    lines: list[str]
    line: int

    def join(self, *ways: tuple[Value, str]) -> None:
        """Say what the value is, coming from each block."""
        choices = ", ".join(f"[{value.text}, %{block}]" for value, block in ways)
        self.lines[self.line] = f"  {self.value.text} = phi {self.value.type} {choices}"


@contextmanager
def function(
    module: Module,
    name: str,
    kinds: Sequence[Type],
    result: Type = VOID,
    attributes: str = "nounwind",
    linkage: str = "",
    alone: bool = False,
) -> Iterator[tuple[Builder, tuple[Value, ...]]]:
    """Define a function of a module: the code inside writes it; it gets the builder and the arguments.

    ``alone`` says that what the pointers point to does not overlap.
    """
    builder = Builder(module)
    arguments = tuple(Value(kind, f"%a{position}") for position, kind in enumerate(kinds))
    yield builder, arguments
    told = " noalias" if alone else ""
    listed = ", ".join(f"{a.type}{told if a.type == POINTER else ''} {a.text}" for a in arguments)
    body = "\n".join(["entry:", *builder.reserved, *builder.lines])
    module.functions[name] = Definition(linkage, f'{result} @"{name}"({listed})', attributes, body)


def loop(
    builder: Builder,
    count: int | Value,
    carried: Sequence[Value],
    body: Callable[[Value, list[Value]], Sequence[Value]],
    begin: Value | None = None,
) -> list[Value]:
    """Repeat ``body(i, values)``, which gives the values for the next time, for i from ``begin`` below
    ``count``; gives the last values."""
    if begin is None and isinstance(count, int) and count < 2:
        return list(body(LONG(0), list(carried))) if count else list(carried)
    first = LONG(0) if begin is None else begin
    last = LONG(count) if isinstance(count, int) else count
    inside, after, before = builder.label("loop"), builder.label("end"), builder.block
    certain = begin is None and isinstance(count, int)
    if certain:
        builder.go(inside)
    else:
        builder.branch(builder.compare("icmp slt", first, last), inside, after)
    builder.start(inside)
    index = builder.phi(LONG)
    phis = [builder.phi(value.type) for value in carried]
    results = body(index.value, [phi.value for phi in phis])
    following = builder.plus(index.value, 1)
    end = builder.block
    builder.branch(builder.compare("icmp slt", following, last), inside, after)
    index.join((first, before), (following, end))
    for phi, value, result in zip(phis, carried, results, strict=True):
        phi.join((value, before), (result, end))
    builder.start(after)
    if certain:
        return list(results)
    final = [builder.phi(value.type) for value in carried]
    for phi, value, result in zip(final, carried, results, strict=True):
        phi.join((value, before), (result, end))
    return [phi.value for phi in final]
