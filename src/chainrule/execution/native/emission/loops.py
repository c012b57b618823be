"""For loop kernels: nests of loops in LLVM IR."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from ..expressions import Buffer, loads
from ..kernels import FusedKernel, LoopKernel
from ..llvm_ir import Builder, Value, when
from ..target import Target
from .nests import Nest
from .reductions import emit_reduction
from .scalars import INSTRUCTIONS, memory_type
from .spans import Span


def emit_loops(
    builder: Builder,
    kernel: LoopKernel | FusedKernel,
    pointers: Mapping[Buffer, Value],
    target: Target,
    span: Span | None = None,
    standing: Mapping[int, Value] | None = None,
) -> None:
    """Write the kernel at the builder's position, or the pieces of it in a span, ``standing`` loops at one
    step."""
    parts = kernel.parts if isinstance(kernel, FusedKernel) else (kernel,)
    unstored = kernel.unstored if isinstance(kernel, FusedKernel) else frozenset()
    result = kernel.result if isinstance(kernel, FusedKernel) else None
    first, standing = parts[0], standing or {}
    if first.clear:
        builder.clear(pointers[first.target], first.target.size * first.target.dtype.itemsize)
    nest = Nest(builder, parts, pointers, target, span, standing, result)
    if first.combine:
        body = partial(emit_reduction, nest)
    else:
        body = partial(_emit_plain, nest, parts, unstored, standing)
    if first.unless_finite:
        _unless_finite(builder, first.unless_finite, pointers, body)
    else:
        body()


def _unless_finite(
    builder: Builder, number: Buffer, pointers: Mapping[Buffer, Value], body: Callable[[], None]
) -> None:
    """Run the body where a number is not finite."""
    value = builder.load(pointers[number], memory_type(number.dtype))
    difference = builder.fsub(value, value)  # 0 for a finite number, else NaN
    when(builder, builder.compare("fcmp une", difference, value.type(0.0)), body)


def _emit_plain(
    nest: Nest, parts: Sequence[LoopKernel], unstored: Collection[Buffer], standing: Collection[int]
) -> None:
    """Write kernels that compute each place by itself."""
    _read_ahead(nest, parts)
    each = partial(_emit_place, nest, parts, unstored)
    nest.loops(nest.around(standing), lambda: nest.side_by_side(each))


def _read_ahead(nest: Nest, parts: Sequence[LoopKernel]) -> None:
    """Read what is the same at all places before the loops, if these have any."""
    if not all(nest.kernel.lengths):
        return
    written = {part.target for part in parts}
    found = (load for part in parts for load in loads(part.expression))
    nest.places.read_ahead(load for load in found if load.is_number and load.buffer not in written)


def _emit_place(nest: Nest, parts: Sequence[LoopKernel], unstored: Collection[Buffer]) -> None:
    """Compute and store what belongs to where the loops stand."""
    places = nest.places
    places.forget()
    for part in parts:
        value = places.value(part.expression)
        if part.scatter:
            at = places.pointer(part.target, part.place, part.dynamic)
            so_far = nest.builder.load(at, value.type)
            value = INSTRUCTIONS["add"](nest.builder, part.target.dtype, [so_far, value])
        if part.target in unstored:
            places.known[part.target, str(part.place)] = value
        else:
            places.store(value, part.target, part.place, part.dynamic)
