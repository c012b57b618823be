"""The pass from kernels to LLVM IR.

module writes a function for every kernel by its kind: loops (vectorising, vectors), products (tiles), panels,
calls of LAPACK. scalars has an instruction for every operation on numbers, mathematics and error_function
those that no processor has. dividing and spans cut large kernels into pieces, sharing hands the pieces to
threads.
gathering, entry, stack and processor are what programs need around their kernels.
"""
