"""The pass from kernels to LLVM IR.

module writes the kernels in order: short ones where they run, others as functions, which alike ones share
(functions, alike), each by its kind: loops (nests, vectorising, vectors), products (tiles, operands,
epilogues), panels, calls of LAPACK. scalars has an instruction for every operation on numbers; exponentials,
logarithms, trigonometry, powers, general_powers and error_function, by what floats has, make those that no
processor has, library calls the C library for the rest.
dividing and spans cut large kernels into pieces, sharing hands the pieces to threads. gathering, entry, stack
and processor are what programs need around their kernels.
"""
