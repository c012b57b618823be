"""Instructions of a function, written one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .definitions import Module
from .values import BIT, BYTE, INT, LONG, POINTER, UNDEFINED, VOID, Type, Value


class Builder:
    """Writes one function, instruction after instruction."""

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

    def comment(self, text: str) -> None:
        """Lines for whoever reads the code."""
        for line in text.splitlines():
            self._do(f"; {line}")

    # Arithmetic

    def binary(self, name: str, a: Value, b: Value) -> Value:
        """An instruction of two operands of one type."""
        return self._pure(a.type, f"{name} {a}, {b.text}")

    def fadd(self, a: Value, b: Value) -> Value:
        """a + b of floating-point numbers."""
        return self.binary("fadd", a, b)

    def fsub(self, a: Value, b: Value) -> Value:
        """a − b of floating-point numbers."""
        return self.binary("fsub", a, b)

    def fmul(self, a: Value, b: Value) -> Value:
        """a·b of floating-point numbers."""
        return self.binary("fmul", a, b)

    def fdiv(self, a: Value, b: Value) -> Value:
        """a/b of floating-point numbers."""
        return self.binary("fdiv", a, b)

    def fneg(self, a: Value) -> Value:
        """−a of a floating-point number: its sign turned, of NaN as well."""
        return self._pure(a.type, f"fneg {a}")

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a·b + c, rounded once."""
        return self.intrinsic("fma", a.type, a, b, c)

    def multiply_add(self, a: Value, b: Value, c: Value) -> Value:
        """a·b + c, rounded once where the processor has an instruction for that, else twice."""
        return self.intrinsic("fmuladd", a.type, a, b, c)

    def add(self, a: Value, b: Value) -> Value:
        """a + b of integers."""
        return self.binary("add", a, b)

    def sub(self, a: Value, b: Value) -> Value:
        """a − b of integers."""
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
        """a where the condition holds, else b, lane by lane where it has lanes."""
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
        mask = f"<{', '.join(f'i32 {lane}' for lane in lanes)}>" if any(lanes) else "zeroinitializer"
        return self._pure(kind, f"shufflevector {a}, {b}, <{len(lanes)} x i32> {mask}")

    def first(self, a: Value, lanes: int) -> Value:
        """The first lanes of a vector."""
        return a if a.type.lanes == lanes else self.shuffle(a, a, range(lanes))

    def extract(self, a: Value, lane: int) -> Value:
        """The element in one lane of a vector."""
        return self._pure(a.type.wide(0), f"extractelement {a}, i64 {lane}")

    def insert(self, a: Value, lane: int, element: Value) -> Value:
        """A vector with another element in one lane."""
        return self._pure(a.type, f"insertelement {a}, {element}, i64 {lane}")

    # Memory

    def element(self, pointer: Value, place: Value, kind: Type) -> Value:
        """The address of an element of an array."""
        if place.text == "0":
            return pointer
        return self._pure(POINTER, f"getelementptr inbounds {kind}, {pointer}, {place}")

    def at(self, pointer: Value, offset: int) -> Value:
        """The address so many bytes further on."""
        return self.element(pointer, LONG(offset), BYTE)

    def load(self, pointer: Value, kind: Type, align: int = 0) -> Value:
        """What stands in memory; without ``align`` the address is a multiple of what the type asks for."""
        at = f", align {align}" if align else ""
        return self._new(kind, f"load {kind}, {pointer}{at}")

    def load_unchanging(self, pointer: Value, kind: Type) -> Value:
        """What stands there as long as the function runs: read once in a block."""
        return self._pure(kind, f"load {kind}, {pointer}")

    def store(self, value: Value, pointer: Value, align: int = 0) -> None:
        """Put a value into memory, aligned as for :meth:`load`."""
        at = f", align {align}" if align else ""
        self._do(f"store {value}, {pointer}{at}")

    def stream(self, value: Value, pointer: Value, align: int) -> None:
        """Store past the caches. Other threads see it after a fence, which stands for many of these."""
        self._do(f"store {value}, {pointer}, align {align}, !nontemporal !0")

    def load_first(self, pointer: Value, kind: Type, align: int, active: int) -> Value:
        """The first lanes from memory, the others 0: in pieces of powers of two, since some processors take
        ten times as long to load under a mask."""
        scalar, half = kind.wide(0), kind.lanes // 2
        if active == (kind.lanes or 1):
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

    def settled(self, value: Value) -> Value:
        """The same value, of which LLVM does not ask how it was computed. Where a loop counts, or counts from
        a pointer, LLVM would weigh every way to compute each place in it. What is to become registers it has
        to know."""
        return value if self.module.in_registers else self._pure(value.type, f"freeze {value}")

    def prefetch(self, pointer: Value, written: bool = True) -> None:
        """Say that memory will be needed. What will be written leaves the caches of other processors."""
        self.call("llvm.prefetch.p0", VOID, pointer, INT(int(written)), INT(3), INT(1))

    def prefetch_near(self, pointer: Value) -> None:
        """Say that memory will be read: it comes near, past the nearest cache."""
        self.call("llvm.prefetch.p0", VOID, pointer, INT(0), INT(2), INT(1))

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

    def fence(self) -> None:
        """Let other threads see all that was stored before what is stored from here on."""
        self._do("fence release")

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
        if name not in self.module.functions and name not in self.module.declared:
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

    def register(self, name: str) -> Value:
        """What a register of the processor holds that no program writes."""
        self._declare("llvm.read_register.i64", LONG, "metadata")
        return self._new(LONG, f'call i64 @"llvm.read_register.i64"(metadata !{{!"{name}"}})')

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
        """Go on at a label."""
        self._do(f"br label %{block}")

    def branch(self, condition: Value, yes: str, no: str, nearly_always: bool = False) -> None:
        """Go on at one of two labels: ``nearly_always`` at the first, so that what the second needs is made
        ready there."""
        weights = ", !prof !1" * nearly_always
        self._do(f"br {condition}, label %{yes}, label %{no}{weights}")

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
