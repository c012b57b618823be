"""Other shapes of the same elements."""

from __future__ import annotations

import math

from ..graph import Shape
from .arithmetic import apply, filled, is_ufunc, product, repeats_scalar, scaled
from .formula import REBUILT, Formula, ones
from .places import without_unit_axes


def reshaped(x: Formula, shape: Shape) -> Formula:
    """x's elements in another shape; a reshape of a reshape is one."""
    scalars, x = scaled(x)
    if scalars:
        return product(*scalars, reshaped(x, shape))
    x = _unshaped(x)
    if x.shape == shape:
        return x
    within = _columns_inside(x, shape)
    if within is not None:
        return within
    if repeats_scalar(x):
        return filled(x.parts[0], shape)
    if x.kind == "ones":
        return ones(shape)
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
    if _is_entrywise(x):
        arrays = [part for part in x.parts if part.shape]
        bare = [_unshaped(part) for part in arrays]
        if len({part.shape for part in bare}) == 1 and bare != arrays:
            parts = [_unshaped(part) if part.shape else part for part in x.parts]
            return _of_shape(x, tuple(parts), bare[0].shape)
    return x


def _columns_inside(x: Formula, shape: Shape) -> Formula | None:
    """A column of what is computed entry by entry from columns of vectors, as computed from the vectors."""
    same = [n for n in x.shape if n != 1] == [n for n in shape if n != 1]
    if not same or not _is_entrywise(x) or not any(part.kind in ("column", "reshape") for part in x.parts):
        return None
    return _of_shape(x, tuple(reshaped(part, shape) if part.shape else part for part in x.parts), shape)


def _is_entrywise(x: Formula) -> bool:
    return x.kind in ("add", "product", "quotient", "power") or is_ufunc(x)


def _of_shape(x: Formula, parts: tuple[Formula, ...], shape: Shape) -> Formula:
    return apply(x.data[0], parts, shape, x.data[1]) if x.data else x.of(*parts)


REBUILT["reshape"] = REBUILT["column"] = lambda f, parts: reshaped(parts[0], f.shape)
