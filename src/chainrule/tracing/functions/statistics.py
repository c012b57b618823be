"""Covariances and correlations of samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError
from ...graph import Node, as_node, cast, constant, op, reshape
from ..registry import covers
from .choosing import clip
from .indexing import diagonal
from .products import matmul
from .reductions import average, mean, sum_
from .shaping import atleast_2d, concatenate, expand_dims, transpose


@covers(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Node:
    """(X − X̄)(X − X̄)ᵀ/(n − ddof) for variables in rows, n samples in columns.

    A sample counts as often as its frequency says, and as much as its weight; n is then the sum of both.
    """
    given = [as_node(part) for part in (m, y) if part is not None]
    if any(part.ndim > 2 for part in given):
        raise ShapeError(
            f"np.cov of {' and '.join(str(part.shape) for part in given)}", expected="1 or 2 axes"
        )
    if ddof is not None and ddof != int(ddof):
        raise ArgumentError(f"np.cov with ddof={ddof!r}", expected="a whole number")
    common = np.result_type(np.float64, *[p.dtype for p in given]) if dtype is None else np.dtype(dtype)
    rows = [atleast_2d(cast(part, common)) for part in given]
    if not rowvar:
        rows = [row if part.ndim == 1 else transpose(row) for row, part in zip(rows, given, strict=True)]
    if not rows[0].shape[0]:
        return constant(np.zeros((0, 0)))
    X = concatenate(rows, 0)
    lost = ddof if ddof is not None else 0 if bias else 1
    weights = [cast(as_node(w), common) for w in (fweights, aweights) if w is not None]
    if any(w.shape != X.shape[1:] for w in weights):
        raise ShapeError(
            f"np.cov of {X.shape[1]} samples with weights of shape {weights[0].shape}", expected="one each"
        )
    if weights:
        w = weights[0] * weights[-1] if len(weights) == 2 else weights[0]
        count = sum_(w)
        effective = 1.0 if aweights is None else sum_(w * weights[-1]) / count
        centred = X - average(X, 1, w, keepdims=True)
        c = matmul(centred, transpose(centred * w)) / (count - lost * effective)
    else:
        centred = X - mean(X, 1, keepdims=True)
        c = matmul(centred, transpose(centred)) / float(max(X.shape[1] - lost, 0))
    return reshape(c, () if X.shape[0] == 1 else c.shape)


@covers(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Node:
    """cᵢⱼ/√(cᵢᵢ cⱼⱼ) of the covariances c."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviations = op.sqrt(diagonal(c))
    return clip(c / expand_dims(deviations, 1) / expand_dims(deviations, 0), -1, 1)
