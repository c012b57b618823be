"""Other shapes of the same elements."""

from __future__ import annotations

import math

import numpy as np

from ..graph import Shape
from .formula import REBUILT, Formula, apply, filled, product, repeats_scalar, scaled
from .places import without_unit_axes


def reshaped(x: Formula, shape: Shape) -> Formula:
    """x's elements in another shape; a reshape of a reshape is one."""
    scalars, x = scaled(x)
    if scalars:
        return product(*scalars, reshaped(x, shape))
    x = _unshaped(x)
    if x.shape == shape:
        return x
    if repeats_scalar(x):
        return filled(x.parts[0], shape)
    found = without_unit_axes(x, shape)
    if found is not None:
        return found
    if not shape:
        return Formula("sum", (x,), (), tuple(range(x.ndim)))
    if math.prod(shape) == 1 and not x.shape:
        return filled(x, shape)
    if shape in ((*x.shape, 1), x.shape[:1]) and math.prod(shape) == math.prod(x.shape):
        return Formula("column", (x,), shape)
    return Formula("reshape", (x,), shape)


def _unshaped(x: Formula) -> Formula:
    """An array before it was reshaped; of what is computed entry by entry, before its operands were."""
    if x.kind in ("reshape", "column"):
        return x.parts[0]
    if x.kind in ("add", "product", "quotient", "power") or _is_ufunc(x):
        arrays = [part for part in x.parts if part.shape]
        bare = [_unshaped(part) for part in arrays]
        if len({part.shape for part in bare}) == 1 and bare != arrays:
            parts = [_unshaped(part) if part.shape else part for part in x.parts]
            return apply(x.data[0], tuple(parts), bare[0].shape, x.data[1]) if x.data else x.of(*parts)
    return x


def _is_ufunc(x: Formula) -> bool:
    return x.kind == "apply" and isinstance(x.data[1], np.ufunc)


REBUILT["reshape"] = REBUILT["column"] = lambda f, parts: reshaped(parts[0], f.shape)
