"""Calls of LAPACK's routines, with their arguments as NumPy hands them over: pointers, sizes and strides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate

from ....graph import Shape
from ..expressions import Buffer
from ..kernels import RoutineKernel
from ..llvm_ir import DOUBLE, LONG, POINTER, VOID, Builder, Type, Value

ITEM = 8  # bytes of a number


def emit_routine(builder: Builder, kernel: RoutineKernel, pointers: Mapping[Buffer, Value]) -> None:
    """Call a routine for all matrices of a batch."""
    sizes, given, found = kernel.routine.layout(tuple(buffer.shape for buffer in kernel.operands))
    places = [pointers[buffer] for buffer in kernel.operands]
    steps = [_bytes(shape) for shape in given]
    if kernel.routine.result is None:  # all results of a matrix stand one after the other
        lengths = [_bytes(shape) for shape in found]
        for start in accumulate([0, *lengths[:-1]]):
            places.append(builder.at(pointers[kernel.target], start))
            steps.append(sum(lengths))
    else:
        for position in range(len(found)):
            wanted = position == kernel.routine.result
            places.append(pointers[kernel.target] if wanted else builder.reserve(DOUBLE))
            steps.append(ITEM if wanted else 0)
    strides = [stride for shape in (*given, *found) for stride in _strides(shape)]
    builder.call(
        kernel.routine.symbol,
        VOID,
        _listed(builder, POINTER, places),
        _listed(builder, LONG, [LONG(n) for n in (math.prod(kernel.batch), *sizes)]),
        _listed(builder, LONG, [LONG(step) for step in (*steps, *strides)]),
        Value(POINTER, "null"),
    )


def _listed(builder: Builder, kind: Type, values: list[Value]) -> Value:
    """Values one after the other on the stack."""
    array = builder.reserve(f"[{len(values)} x {kind}]")
    for position, value in enumerate(values):
        builder.store(value, builder.element(array, LONG(position), kind))
    return array


def _bytes(shape: Shape) -> int:
    return ITEM * math.prod(shape)


def _strides(shape: Shape) -> list[int]:
    """Bytes from one index to the next of each axis."""
    return [_bytes(shape[axis + 1 :]) for axis in range(len(shape))]
