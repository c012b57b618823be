"""The passes from a graph to kernels with a place in memory for every buffer.

In order: legalise (softmaxes, thresholds) and turning rewrite the graph; fusion chooses what is stored; lower
(access, bounds, contractions, summing, packing, decompositions, suspects) makes kernels; outputs, inplace and
grouping make them fewer; memory gives every buffer its place.
"""
