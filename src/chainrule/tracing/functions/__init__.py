"""The NumPy functions that are covered beside the element-wise ufuncs, one file a family."""

from . import choosing, indexing, products, reductions, shaping

__all__ = ["choosing", "indexing", "products", "reductions", "shaping"]
