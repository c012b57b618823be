"""Native execution: a graph becomes machine code through LLVM, in passes.

1. legalise, outer, turning: operations that have no loop of their own are written with ones that do;
2. fusion: which values are stored, and which are computed where they are used;
3. lower: kernels, which are loops around expressions over buffers, products of matrices and the like; what
   has no machine code is a step that NumPy computes;
4. from kernels to kernels: where results go, which loops can be one, what products copy and keep, what is
   computed at the same time;
5. memory: a place for every buffer in one workspace, or, in a small program, on the stack;
6. emission: LLVM IR, of short kernels where they run, of others as functions;
7. machine_code: object code of it, which LLVM makes of its parts side by side.

The first five are in ``passes``. They turn a graph into what ``expressions`` and ``kernels`` describe;
emission turns that into what ``llvm_ir`` does. For a call, and for a step that is repeated over minibatches,
these run, in this order:

>>> import numpy as np, chainrule as cr
>>> from chainrule.execution.native.planning import planned
>>> from chainrule.execution.native.step_planning import planned_step
>>> from chainrule.execution.native.target import host
>>> def step(W, rate, X):
...     return np.mean((X @ W) ** 2), W - rate * W
>>> graph = cr.trace(step, np.ones((3, 2)), 0.1, np.ones((8, 3))).graph
>>> print(*planned(graph, host()).passes)
legalise outer turning lower outputs accumulating streaming grouping storing packing passing beginning zeros
>>> print(*planned_step(graph, 1, host()).passes)
simplify legalise outer turning lower outputs estimating carrying panels inplace grouping storing packing
passing beginning concurrent

Fusion is a part of lower, before which layouts lays out a step's matrices; memory comes last. Their package
says what each of them does.

When a function is compiled, by ``core.compiling`` above and by ``core.repeating`` below::

    program        a graph -> a program, whose plan planning makes
    direct         a graph -> a function called straight from C, if it is small
    planning       a graph -> a plan, which is what each pass has made of it -> LLVM IR

    repeating      a step's graph -> a loop over minibatches of one size, whose plan step_planning makes
    step_planning  a step's graph -> a plan
    looping        a step's plan -> LLVM IR of the loop

All ask ``machine_code.loading`` for the code of a graph: it is found on the disk by the graph's text, with
what calls need to know, or the passes run. When it is called, a step by ``core.repetition``, too::

    program        arrays -> the outputs

    running        carried values, and the rows of each minibatch -> losses, and the next values
    pieces         the steps of a call -> pieces, between which Python looks up, for running
    ready          a loop and the arrays that it works on -> their addresses, with which running calls it

Both have what ``runtime`` has: helping threads, Ctrl-C, NumPy's steps, memory. The rest is what passes and
emission ask: ``target``, what the processor can do; ``costs``, how much work a kernel is; ``routines``,
LAPACK's as NumPy brings them; ``interpreter`` and ``pool``, the Python and the threads that it runs in.
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
