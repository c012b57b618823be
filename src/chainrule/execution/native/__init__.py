"""Native execution: a graph becomes machine code through LLVM, in passes.

1. legalise, outer, turning: operations that have no loop of their own are written with ones that do;
2. fusion: which values are stored, and which are computed where they are used;
3. lower (access, contractions, packing): kernels, which are loops around expressions over buffers; what has
   no machine code is a step that NumPy computes;
4. grouping: loops made simpler and fewer, also inside products; before it outputs, accumulating, streaming,
   for a repeated step estimating, carrying, inplace: where results go; after it storing, packing, passing:
   what of them is copied, and kept; beginning: what sums begin with; concurrent: what threads compute at the
   same time;
5. memory: a place for every buffer in one workspace, or, in a small program, on the stack;
6. emission: LLVM IR, a function for every kernel;
7. machine_code: object code of it, which LLVM makes of its parts side by side.

The first five are in ``passes``. They turn a graph into what ``expressions`` and ``kernels`` describe;
emission turns that into what ``llvm_ir`` does.

planning runs the passes up to LLVM IR for one call, step_planning for a step repeated over minibatches,
of which looping writes the loop; either prints what each pass has made. They run once: before any of
them, machine_code looks on the disk for the graph's text, and finds the object code with all that calls
need to know. program calls it once, repeating for many steps, both with what ``runtime`` has: helping
threads, Ctrl-C, NumPy's steps. Calls that go on with the same values are made by running, over loops that
are ready for certain arrays, in pieces. Small programs are called straight from C (direct).
"""

from .direct import compile_direct
from .program import NativeProgram, compile_native
from .repeating import RepeatedStep, compile_repeated
from .running import Running, ends_each_step, run_epochs

__all__ = [
    "NativeProgram",
    "RepeatedStep",
    "Running",
    "compile_direct",
    "compile_native",
    "compile_repeated",
    "ends_each_step",
    "run_epochs",
]
