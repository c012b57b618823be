"""Native execution: a graph becomes machine code through LLVM, in passes.

legalise (operations with loops of their own) → fusion (what is stored, what is inlined) → lower (kernels:
loops over buffers) → packing (operands of products) → memory (one workspace) → loops, products (LLVM IR) →
module (optimise) → linking → program (call).
"""

from .program import NativeProgram, compile_native
from .repeating import RepeatedStep, compile_repeated

__all__ = ["NativeProgram", "RepeatedStep", "compile_native", "compile_repeated"]
