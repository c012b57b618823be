"""What is said to the processor and to the system themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..llvm_ir import BYTE, FLOAT, INT, LONG, SHORT, VOID, Builder, Value
from ..target import Target

POWERS_BYTES = 64  # of the widest registers of processors that have powers
CYCLES = 3_000_000_000  # a second
FLUSH_SUBNORMALS = 0x8040  # bits of the x86 control register: subnormal results and operands count as 0
# What stands in place of numbers of each kind, 4 bits a kind: 0 in place of zeros and of those below.
AT_LEAST_0 = 0x08080800


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


def scaled(builder: Builder, x: Value, k: Value) -> Value:
    """x·2ᵏ, k a whole number, rounded once, where the processor has powers."""
    return _by_registers(builder, POWERS_BYTES, lambda build, x, k: _for_powers(build, "scalef", x, k), x, k)


def whole_logarithm(builder: Builder, x: Value) -> Value:
    """⌊log₂ |x|⌋, where the processor has powers; of 0 minus infinity, of infinity infinity."""
    return _by_registers(builder, POWERS_BYTES, lambda build, x: _for_powers(build, "getexp", x), x)


def fraction(builder: Builder, x: Value) -> Value:
    """x over the power of two below it, where the processor has powers: 1 ≤ m < 2; of 0 and infinity 1, of
    numbers below 0 NaN."""
    from_1_to_2_or_nan = INT(0b1000)
    return _by_registers(
        builder, POWERS_BYTES, lambda build, x: _for_powers(build, "getmant", x, from_1_to_2_or_nan), x
    )


def near_reciprocal(builder: Builder, x: Value) -> Value:
    """1/x, of which 14 bits are right, where the processor has powers."""
    return _by_registers(builder, POWERS_BYTES, lambda build, x: _to_14_bits(build, "rcp14", x), x)


def _for_powers(builder: Builder, name: str, *operands: Value) -> Value:
    kind = operands[0].type
    called = f"llvm.x86.avx512.mask.{name}.{_suffix(operands[0])}"
    return builder.call(called, kind, *operands, kind(0.0), _every(operands[0]), *_rounding(called))


def replaces_below_zero(operands: Sequence[Value], target: Target) -> bool:
    """Whether one instruction gives the larger one of numbers in registers and of the second operand, 0."""
    x, y = operands
    in_registers = x.type.lanes > 0 and x.type.is_float and not x.constant
    return in_registers and target.replaces_by_kind and str(y.number) == "0.0"  # not -0.0


def at_least_zero(builder: Builder, x: Value) -> Value:
    """The numbers of a register, 0 in place of zeros and of those below, where that is one instruction."""
    return _by_registers(builder, POWERS_BYTES, _at_least_zero, x)


def _at_least_zero(builder: Builder, x: Value) -> Value:
    called = f"llvm.x86.avx512.mask.fixupimm.{_suffix(x)}"
    kinds = (INT if x.type.name == FLOAT.name else LONG).wide(x.type.lanes)(AT_LEAST_0)
    return builder.call(called, x.type, x, x, kinds, INT(0), _every(x), *_rounding(called))


def _reciprocal(builder: Builder, x: Value, target: Target) -> Value:
    if target.estimates_roots:
        return _to_14_bits(builder, "rcp14", x)
    if x.type.lanes == 16:
        return builder.call("llvm.x86.avx512.rcp14.ps.512", x.type, x, x.type(0.0), SHORT(-1))
    return builder.call("llvm.x86.avx.rcp.ps.256" if x.type.lanes == 8 else "llvm.x86.sse.rcp.ps", x.type, x)


def _to_14_bits(builder: Builder, name: str, x: Value) -> Value:
    return builder.call(f"llvm.x86.avx512.{name}.{_suffix(x)}", x.type, x, x.type(0.0), _every(x))


def _suffix(x: Value) -> str:
    """How instructions on a register are told apart by its numbers and its bits."""
    kind, bits = ("ps", 32) if x.type.name == FLOAT.name else ("pd", 64)
    return f"{kind}.{bits * x.type.lanes}"


def _every(x: Value) -> Value:
    """The mask of all lanes."""
    return (SHORT if x.type.lanes == 16 else BYTE)(-1)


def _rounding(called: str) -> tuple[Value, ...]:
    """What instructions on the widest registers are told besides: to round as usual."""
    return (INT(4),) if called.endswith("512") else ()


def _in_registers(
    builder: Builder, x: Value, target: Target, one: Callable[[Builder, Value, Target], Value]
) -> Value:
    """What an instruction gives for a register, for as many registers as the numbers take."""
    return _by_registers(builder, target.vector_bytes, lambda build, x: one(build, x, target), x)


def _by_registers(builder: Builder, size: int, one: Callable[..., Value], *operands: Value) -> Value:
    """Likewise for several operands, of registers of so many bytes."""
    kind = operands[0].type
    most = size // (4 if kind.name == FLOAT.name else 8)
    if kind.lanes <= most:
        return one(builder, *operands)
    pieces = [
        [builder.shuffle(x, x, range(i, i + most)) for x in operands] for i in range(0, kind.lanes, most)
    ]
    results = [one(builder, *piece) for piece in pieces]
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


def counted(builder: Builder) -> Value:
    """What the processor has counted: cycles, or ticks of a clock of its own."""
    return builder.call("llvm.readcyclecounter", LONG)


def in_counts(builder: Builder, cycles: int, target: Target) -> Value:
    """How far it counts in so many cycles of a usual processor."""
    if not target.is_arm:
        return LONG(cycles)
    each_second = builder.register("cntfrq_el0")
    return builder.binary("udiv", builder.times(each_second, cycles), LONG(CYCLES))


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
