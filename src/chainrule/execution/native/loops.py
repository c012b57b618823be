"""Fourth pass, for loop kernels: nests of loops in LLVM IR, which LLVM vectorises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from llvmlite import ir

from .counting import counted
from .expressions import Affine, Apply, Buffer, Dynamic, Expression, Literal, Load, loads
from .kernels import FusedKernel, LoopKernel
from .scalars import INSTRUCTIONS, LONG, convert, literal, memory_type, register_type

IDENTITY = {"add": 0.0, "multiply": 1.0, "maximum": -np.inf, "minimum": np.inf}
REDUCTION_FLAGS = ("reassoc", "contract")


def emit_loops(builder: ir.IRBuilder, kernel: LoopKernel, pointers: Mapping[Buffer, Any]) -> None:
    """Write the kernel at the builder's position."""
    emit = _LoopEmitter(builder, kernel, pointers)
    if kernel.clear:
        emit.clear()
    if kernel.combine is None:
        with emit.nest(range(len(kernel.lengths))):
            emit.store(emit.value(kernel.expression))
    elif kernel.scan:
        emit.scan()
    elif _rows_are_contiguous(kernel):
        emit.reduce_rows()
    else:
        emit.reduce_inner()


def emit_fused(builder: ir.IRBuilder, kernel: FusedKernel, pointers: Mapping[Buffer, Any]) -> None:
    """Write the parts of a fused kernel into one nest of loops."""
    emitters = [_LoopEmitter(builder, part, pointers) for part in kernel.parts]
    with emitters[0].nest(range(len(kernel.lengths))):
        for emit in emitters:
            emit.variables = emitters[0].variables
            emit.store(emit.value(emit.kernel.expression))


def _rows_are_contiguous(kernel: LoopKernel) -> bool:
    """Whether neighbours in memory belong to neighbouring results: then whole rows are combined at a time."""
    kept = len(kernel.lengths) - kernel.reduced
    if not kept:
        return False
    last_kept, last_reduced = kept - 1, len(kernel.lengths) - 1
    found = list(loads(kernel.expression))
    along_kept = sum(abs(load.place.coefficient(last_kept)) == 1 for load in found)
    along_reduced = sum(abs(load.place.coefficient(last_reduced)) == 1 for load in found)
    return kernel.place.coefficient(last_kept) == 1 and along_kept > along_reduced


class _LoopEmitter:
    def __init__(self, builder: ir.IRBuilder, kernel: LoopKernel, pointers: Mapping[Buffer, Any]) -> None:
        self.builder = builder
        self.kernel = kernel
        self.pointers = pointers
        self.variables: dict[int, Any] = {}

    @contextmanager
    def nest(self, which: Sequence[int]) -> Iterator[None]:
        """Loops over the given variables, outermost first; the code inside is what they repeat."""
        with ExitStack() as stack:
            for variable in which:
                loop = counted(self.builder, self.kernel.lengths[variable], f"i{variable}")
                self.variables[variable] = stack.enter_context(loop)
            yield

    def place(self, affine: Affine, dynamic: Sequence[Dynamic] = ()) -> Any:
        total: Any = LONG(affine.constant)
        for variable, coefficient in affine.terms.items():
            term = self.variables[variable]
            term = term if coefficient == 1 else self.builder.mul(term, LONG(coefficient), flags=("nsw",))
            total = self.builder.add(total, term, flags=("nsw",))
        for part in dynamic:
            total = self.builder.add(total, self._dynamic_place(part))
        return total

    def _dynamic_place(self, part: Dynamic) -> Any:
        index = convert(self.builder, self.value(part.index), part.index.dtype, np.dtype(np.int64))
        negative = self.builder.icmp_signed("<", index, LONG(0))
        index = self.builder.select(negative, self.builder.add(index, LONG(part.length)), index)
        return self.builder.mul(index, LONG(part.stride))

    def pointer(self, buffer: Buffer, place: Any) -> Any:
        return self.builder.gep(self.pointers[buffer], [place], source_etype=memory_type(buffer.dtype))

    def load(self, buffer: Buffer, place: Any) -> Any:
        value = self.builder.load(self.pointer(buffer, place), typ=memory_type(buffer.dtype))
        return self.builder.trunc(value, register_type(buffer.dtype)) if buffer.dtype.kind == "b" else value

    def value(self, expression: Expression) -> Any:
        if isinstance(expression, Literal):
            return literal(expression.value, expression.dtype)
        if isinstance(expression, Load):
            return self.load(expression.buffer, self.place(expression.place, expression.dynamic))
        return self._applied(expression)

    def _applied(self, expression: Apply) -> Any:
        operands = [self.value(operand) for operand in expression.operands]
        if expression.instruction == "astype":
            return convert(self.builder, operands[0], expression.operands[0].dtype, expression.dtype)
        return INSTRUCTIONS[expression.instruction](self.builder, expression.dtype, operands)

    def store(self, value: Any) -> None:
        target = self.kernel.target
        where = self.pointer(target, self.place(self.kernel.place, self.kernel.dynamic))
        if self.kernel.scatter:
            value = self.combined(self.builder.load(where, typ=memory_type(target.dtype)), value, "add", ())
        self.builder.store(self._in_memory(value), where)

    def _in_memory(self, value: Any) -> Any:
        target = self.kernel.target
        return self.builder.zext(value, memory_type(target.dtype)) if target.dtype.kind == "b" else value

    def combined(self, a: Any, b: Any, combine: str, flags: Sequence[str] = REDUCTION_FLAGS) -> Any:
        if self.kernel.target.dtype.kind == "f" and combine in ("add", "multiply"):
            return getattr(self.builder, {"add": "fadd", "multiply": "fmul"}[combine])(a, b, flags=flags)
        return INSTRUCTIONS[combine](self.builder, self.kernel.target.dtype, [a, b])

    def identity(self) -> Any:
        dtype, combine = self.kernel.target.dtype, self.kernel.combine
        value = IDENTITY[combine or "add"]
        if dtype.kind == "f" or np.isfinite(value):
            return literal(value, dtype)
        if dtype.kind == "b":
            return literal(value > 0, dtype)
        return literal(np.iinfo(dtype).max if value > 0 else np.iinfo(dtype).min, dtype)

    def reduce_inner(self) -> None:
        """Each result is combined in a register."""
        kept = len(self.kernel.lengths) - self.kernel.reduced
        register = self.builder.alloca(self.identity().type)
        with self.nest(range(kept)):
            self.builder.store(self.identity(), register)
            with self.nest(range(kept, len(self.kernel.lengths))):
                so_far = self.builder.load(register, typ=self.identity().type)
                self.builder.store(self._step(so_far), register)
            self.store(self.builder.load(register, typ=self.identity().type))

    def reduce_rows(self) -> None:
        """All results side by side are combined at a time, in memory."""
        kernel = self.kernel
        kept = len(kernel.lengths) - kernel.reduced
        with self.nest(range(kept - 1)):
            with self.nest([kept - 1]):
                self.store(self.identity())
            with self.nest([*range(kept, len(kernel.lengths)), kept - 1]):
                so_far = self.load(kernel.target, self.place(kernel.place))
                self.store(self._step(so_far))

    def scan(self) -> None:
        """The running result stays in a register and is stored at each place."""
        last = len(self.kernel.lengths) - 1
        register = self.builder.alloca(self.identity().type)
        with self.nest(range(last)):
            self.builder.store(self.identity(), register)
            with self.nest([last]):
                so_far = self.builder.load(register, typ=self.identity().type)
                total = self.combined(
                    so_far, self.value(self.kernel.expression), self.kernel.combine or "add", ()
                )
                self.builder.store(total, register)
                self.store(total)

    def _step(self, so_far: Any) -> Any:
        return self.combined(so_far, self.value(self.kernel.expression), self.kernel.combine or "add")

    def clear(self) -> None:
        """Fill the target with zeros."""
        target = self.kernel.target
        size = ir.Constant(LONG, target.size * target.dtype.itemsize)
        kinds = [self.pointers[target].type, LONG]
        signature = ir.FunctionType(ir.VoidType(), [kinds[0], ir.IntType(8), LONG, ir.IntType(1)])
        function = self.builder.module.declare_intrinsic("llvm.memset", kinds, signature)
        self.builder.call(function, [self.pointers[target], ir.IntType(8)(0), size, ir.IntType(1)(0)])
