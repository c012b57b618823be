"""Native execution: a graph becomes machine code through LLVM, in passes.

1. legalise: operations that have no loop of their own are written with ones that do;
2. fusion: which values are stored, and which are computed where they are used;
3. lower (access, contractions, packing): kernels, which are loops around expressions over buffers;
4. grouping (inplace, for a repeated step): loops made simpler and fewer, also inside products;
5. memory: a place for every buffer in one workspace;
6. module (loops, products, panels, over vectors, scalars, mathematics, assembly): LLVM IR;
   (dividing, spans, sharing: pieces of large kernels for several threads)
7. cache, linking: object code, kept on disk, as functions;
8. program, repeating, crowd, interrupts, and for small programs direct, entry: calling them.
"""

from .direct import compile_direct
from .program import NativeProgram, compile_native
from .repeating import RepeatedStep, compile_repeated

__all__ = ["NativeProgram", "RepeatedStep", "compile_direct", "compile_native", "compile_repeated"]
