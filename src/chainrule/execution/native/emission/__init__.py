"""The pass from kernels to LLVM IR.

The program as a whole::

    module         the function in which kernels run in order, and the calls of those that are functions
    functions      a kernel as a function, or written where it runs, by its kind
    alike          which kernels can share a function
    stack          small programs, whose workspace lies on the stack
    entry          a program as a function that Python calls straight from C
    gathering      for loops over minibatches: a step's rows are copied,
    asking         and those of a later step are asked for
    processor      what is said to the processor and to the system themselves

Loop kernels::

    loops          what is computed at each place
    nests          the loops around it,
    vectorising    of which one runs in vector registers
    vectors        expressions at one place, or at as many as a register has lanes
    reductions     loops that combine, or store every partial result;
    turns          several sums of one result, which take turns,
    cascades       long sums in blocks,
    across         and the lanes of registers combined

Products of matrices, and what belongs to them::

    products       the loops over tiles of results,
    tiles          the shapes of these,
    operands       what a tile reads,
    epilogues      and what is computed from its results,
    weaving        perhaps while the next ones are summed up
    streams        a vector times a far matrix
    panels         copies in panels,
    squares        turned block by block
    calls          LAPACK's routines

Pieces for threads::

    dividing       which kernels are divided, and how
    spans          pieces, and the loops over them
    concurrent     the pieces of kernels that are computed at the same time
    sharing        handing pieces out

Numbers::

    scalars        an instruction for every operation
    floats         what formulas are made of,
    formulas       where they are written
    library        functions of the C library, for the rest

The formulas, each for what its name says: exponentials, single_numbers, logarithms, decimal_logarithm,
trigonometry, inverse_sine, inverse_tangent, hyperbolic, inverse_hyperbolic, powers, whole_powers,
general_powers, cube_root, hypotenuse, remainders, error_function; and roots, for quotients by a root.
"""
