"""What is said to the processor and to the system themselves."""

from __future__ import annotations

from collections.abc import Callable

from ..llvm_ir import BYTE, FLOAT, INT, SHORT, VOID, Builder, Value
from ..target import Target

FLUSH_SUBNORMALS = 0x8040  # bits of the x86 control register: subnormal results and operands count as 0


def flush_subnormals(builder: Builder, target: Target) -> Callable[[], None]:
    """Let subnormal numbers count as zero from here on; the function returned ends that.

    They slow some processors tenfold, and Adam's averages decay through them.
    """
    if not target.is_x86:
        return lambda: None
    before, inside = builder.reserve(INT), builder.reserve(INT)
    builder.call("llvm.x86.sse.stmxcsr", VOID, before)
    changed = builder.binary("or", builder.load(before, INT), INT(FLUSH_SUBNORMALS))
    builder.store(changed, inside)
    builder.call("llvm.x86.sse.ldmxcsr", VOID, inside)

    def restore() -> None:
        builder.call("llvm.x86.sse.ldmxcsr", VOID, before)

    return restore


def estimated_reciprocal(builder: Builder, x: Value, target: Target) -> Value:
    """1/x in registers, of which 11 bits or more are right where neither is subnormal, 14 where the processor
    estimates roots; of 0 infinity, of infinity 0, each with its sign. Of float32, or of float64 there."""
    return _in_registers(builder, x, target, _reciprocal)


def estimated_root(builder: Builder, x: Value, target: Target) -> Value:
    """1/√x in registers, of which 14 bits are right, where the processor estimates roots; of 0 infinity, of
    infinity 0, of numbers below 0 NaN."""
    return _in_registers(builder, x, target, lambda builder, x, _: _to_14_bits(builder, "rsqrt14", x))


def _reciprocal(builder: Builder, x: Value, target: Target) -> Value:
    if target.estimates_roots:
        return _to_14_bits(builder, "rcp14", x)
    if x.type.lanes == 16:
        return builder.call("llvm.x86.avx512.rcp14.ps.512", x.type, x, x.type(0.0), SHORT(-1))
    return builder.call("llvm.x86.avx.rcp.ps.256" if x.type.lanes == 8 else "llvm.x86.sse.rcp.ps", x.type, x)


def _to_14_bits(builder: Builder, name: str, x: Value) -> Value:
    kind, bits = ("ps", 32) if x.type.name == FLOAT.name else ("pd", 64)
    every = (SHORT if x.type.lanes == 16 else BYTE)(-1)
    return builder.call(f"llvm.x86.avx512.{name}.{kind}.{bits * x.type.lanes}", x.type, x, x.type(0.0), every)


def _in_registers(
    builder: Builder, x: Value, target: Target, one: Callable[[Builder, Value, Target], Value]
) -> Value:
    """What an instruction gives for a register, for as many registers as the numbers take."""
    most = target.vector_bytes // (4 if x.type.name == FLOAT.name else 8)
    if x.type.lanes <= most:
        return one(builder, x, target)
    pieces = [builder.shuffle(x, x, range(i, i + most)) for i in range(0, x.type.lanes, most)]
    results = [one(builder, piece, target) for piece in pieces]
    while len(results) > 1:
        halves = zip(results[::2], results[1::2], strict=True)
        results = [builder.shuffle(a, b, range(2 * a.type.lanes)) for a, b in halves]
    return results[0]


def end_streams(builder: Builder, target: Target) -> None:
    """Let other threads see what was streamed before anything that is stored from here on."""
    if target.is_x86:
        builder.call("llvm.x86.sse.sfence", VOID)
    else:
        builder.fence()


def pause(builder: Builder, target: Target) -> None:
    """Tell the processor that it waits for another."""
    if target.is_x86:
        builder.call("llvm.x86.sse2.pause", VOID)


def sleep(builder: Builder, target: Target, microseconds: Value) -> None:
    """Leave the processor to others for a while, where the system has a call for that."""
    if _is_posix(target):
        builder.call("usleep", INT, microseconds)


def give_way(builder: Builder, target: Target) -> None:
    """Let another thread run first, where the system has a call for that."""
    if _is_posix(target):
        builder.call("sched_yield", INT)


def _is_posix(target: Target) -> bool:
    return "windows" not in target.triple
