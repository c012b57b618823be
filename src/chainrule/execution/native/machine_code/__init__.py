"""From LLVM IR to functions in memory, or from the disk where they were made before.

loading looks for the code of a graph by its text (fingerprint) on the disk (cache). Where it is not there, it
has it made (objects), and makes functions of it (linking). manifest is what calls need to know beside it;
residence keeps the memory that LLVM itself takes small.
"""
