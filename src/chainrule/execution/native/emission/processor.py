"""What is said to the processor and to the system themselves."""

from __future__ import annotations

from collections.abc import Callable

from ..llvm_ir import INT, VOID, Builder
from ..target import Target

FLUSH_SUBNORMALS = 0x8040  # bits of the x86 control register: subnormal results and operands count as 0


def flush_subnormals(builder: Builder, target: Target) -> Callable[[], None]:
    """Let subnormal numbers count as zero from here on; the function returned ends that.

    They slow some processors tenfold, and Adam's averages decay through them.
    """
    if not _is_x86(target):
        return lambda: None
    before, inside = builder.reserve(INT), builder.reserve(INT)
    builder.call("llvm.x86.sse.stmxcsr", VOID, before)
    changed = builder.binary("or", builder.load(before, INT), INT(FLUSH_SUBNORMALS))
    builder.store(changed, inside)
    builder.call("llvm.x86.sse.ldmxcsr", VOID, inside)

    def restore() -> None:
        builder.call("llvm.x86.sse.ldmxcsr", VOID, before)

    return restore


def end_streams(builder: Builder, target: Target) -> None:
    """Let other threads see what was streamed before anything that is stored from here on."""
    if _is_x86(target):
        builder.call("llvm.x86.sse.sfence", VOID)
    else:
        builder.fence()


def pause(builder: Builder, target: Target) -> None:
    """Tell the processor that it waits for another."""
    if _is_x86(target):
        builder.call("llvm.x86.sse2.pause", VOID)


def sleep(builder: Builder, target: Target, microseconds: int) -> None:
    """Leave the processor to others for a while, where the system has a call for that."""
    if _is_posix(target):
        builder.call("usleep", INT, INT(microseconds))


def give_way(builder: Builder, target: Target) -> None:
    """Let another thread run first, where the system has a call for that."""
    if _is_posix(target):
        builder.call("sched_yield", INT)


def _is_posix(target: Target) -> bool:
    return "windows" not in target.triple


def _is_x86(target: Target) -> bool:
    return target.triple.startswith("x86_64")
