"""The passes from a graph to kernels with a place in memory for every buffer.

In order: legalise (softmaxes, entropies, thresholds), outer and turning rewrite the graph; layouts, for a
repeated step, and fusion (anew) choose how and what is stored; lower (access, bounds, contractions, summing,
packing, decompositions, suspects) makes kernels; outputs, accumulating and streaming, for a repeated step
estimating, carrying and inplace, say where results go, and how; grouping makes kernels fewer, of which
packing and passing have products copy and keep less; for a repeated step, concurrent finds what threads can
compute at the same time; memory gives every buffer its place. What must lie in one order of memory is found
by meetings, on the graph and among kernels alike.

What a pass has made is kept under its name in a plan's ``passes``, and printed by ``ir(stage=name)``.
"""
