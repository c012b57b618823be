"""Lanes of registers combined with each other: of several registers at once, in fewer instructions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..llvm_ir import Builder, Value

BLOCK = 16  # bytes, within which lanes are moved quickly, also in wider registers

Combine = Callable[[Value, Value], Value]


def across(builder: Builder, combine: Combine, register: Value) -> Value:
    """All lanes of a register combined: halves with halves."""
    width = register.type.lanes
    while width > 1:
        width //= 2
        lower = builder.shuffle(register, register, range(width))
        upper = builder.shuffle(register, register, range(width, 2 * width))
        register = combine(lower, upper)
    return builder.extract(register, 0)


def across_several(
    builder: Builder, combine: Combine, registers: Sequence[Value], itemsize: int
) -> list[Value]:
    """For each register all its lanes combined, in the same order for each, however many there are.

    Neighbours are combined with neighbours, of two registers at once: within blocks of lanes, then blocks.

    Args:
        builder: where the instructions go.
        combine: two registers, lane by lane.
        registers: of one type.
        itemsize: the bytes of a lane.
    """
    count = 1 << (len(registers).bit_length() - 1)
    if count < len(registers):
        parts = (registers[:count], registers[count:])
        return [value for part in parts for value in across_several(builder, combine, part, itemsize)]

    def neighbours(registers: Sequence[Value], group: int, unit: int) -> list[Value]:
        several = min(2, len(registers))
        lower = _every_second(registers[0].type.lanes, several, group, unit)
        upper = [lane + unit for lane in lower]
        pairs = [(registers[i], registers[i + several - 1]) for i in range(0, len(registers), several)]
        return [combine(builder.shuffle(a, b, lower), builder.shuffle(a, b, upper)) for a, b in pairs]

    left = block = min(registers[0].type.lanes, BLOCK // itemsize)
    while left > 1:  # lanes of one register in a block
        fewer = block // 2 if len(registers) == 1 else block
        registers, left, block = neighbours(registers, block, 1), left // 2, fewer
    blocks = registers[0].type.lanes // block
    while blocks > 1:
        registers, blocks = neighbours(registers, registers[0].type.lanes, block), blocks // 2
    found = [builder.extract(register, i) for register in registers for i in range(register.type.lanes)]
    return found[:count]


def _every_second(lanes: int, registers: int, group: int, unit: int) -> list[int]:
    """The lanes of every second unit, group by group, in each group those of all registers."""
    return [
        register * lanes + start + lane
        for start in range(0, lanes, group)
        for register in range(registers)
        for lane in range(group)
        if lane // unit % 2 == 0
    ]
