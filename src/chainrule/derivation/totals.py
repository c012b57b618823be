"""Sums over axes and traces, what does not vary along the axes in front."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .arithmetic import add, filled, product, quotient, repeats_scalar, scaled, spread
from .formula import ONE, REBUILT, Formula, number
from .matrices import is_row, matmul
from .places import puts_in_each_row, without_unit_axes


def total(x: Formula, axes: tuple[int, ...]) -> Formula:
    """The sum over axes, scalar factors in front."""
    scalars, rest = scaled(x)
    if rest.shape == (1,) and axes:
        only = _only_entry(rest)
        if only is not None:
            return product(*scalars, only)
    known = OF_KINDS[rest.kind](rest, axes) if axes and rest.kind in OF_KINDS else None
    if known is not None:
        return product(*scalars, known)
    if rest.kind == "sum" and axes:
        kept = [axis for axis in range(rest.parts[0].ndim) if axis not in rest.data]
        return product(*scalars, total(rest.parts[0], tuple(sorted((*rest.data, *[kept[i] for i in axes])))))
    if rest.kind in ("product", "quotient") and axes:
        outside, inside = zip(*[_taken_out(part, axes) for part in rest.parts], strict=True)
        if set(outside) != {ONE} and any(part.shape == rest.shape for part in inside):
            build = product if rest.kind == "product" else quotient
            return product(*scalars, build(*outside), total(build(*inside), axes))
    shape = tuple(n for axis, n in enumerate(x.shape) if axis not in axes)
    if rest.kind == "spread" and set(axes) <= set(rest.data):
        count = math.prod(x.shape[axis] for axis in axes)
        kept = [axis for axis in range(x.ndim) if axis not in axes]
        left = tuple(i for i, axis in enumerate(kept) if axis in rest.data)
        return product(number(count), *scalars, spread(rest.parts[0], shape, left))
    return product(*scalars, Formula("sum", (rest,), shape, axes)) if axes else x


def totals_of_terms(x: Formula, axes: tuple[int, ...]) -> list[Formula]:
    """The sums over axes of each of x's terms, of which scalars are added to every element."""
    return [total(term if term.shape else filled(term, x.shape), axes) for term in x.parts]


def _of_literal(x: Formula, axes: tuple[int, ...]) -> Formula | None:
    """The sums of a constant, where they are all one whole number: 𝟏 of one-hot rows."""
    sums = np.sum(x.data.value, axis=axes)
    same = sums.size and np.all(sums == sums.flat[0]) and float(sums.flat[0]).is_integer()
    value = number(sums.flat[0]) if same else None
    return filled(value, sums.shape) if value and sums.shape else value


def _of_put(x: Formula, axes: tuple[int, ...]) -> Formula | None:
    """The sum of what is zero elsewhere: over all entries, or over rows into each of which one is put."""
    whole, value = len(axes) == x.ndim, x.parts[0]
    if not whole and not (axes == (1,) and puts_in_each_row(x)):
        return None
    bare = filled(ONE, value.shape) if value.kind == "ones" else value
    return total(bare, tuple(range(value.ndim))) if whole else bare


def _of_diagonal(x: Formula, axes: tuple[int, ...]) -> Formula | None:
    """The vector on a diagonal, of the sums of rows or of columns."""
    if len(axes) != 1 or (x.parts and x.parts[0].ndim != 1):
        return None
    return x.parts[0] if x.parts else filled(ONE, x.shape[:1])


def _only_entry(x: Formula) -> Formula | None:
    """The number in a sum of one number that is picked from an array, or of several."""
    if x.kind == "add":
        return add(*totals_of_terms(x, (0,)))
    return without_unit_axes(x, ())


def _repeated(x: Formula, axes: tuple[int, ...]) -> bool:
    return x.kind == "spread" and x.data == axes and not repeats_scalar(x)


def _taken_out(x: Formula, axes: tuple[int, ...]) -> tuple[Formula, Formula]:
    """What is the same all along axes, a factor or divisor, and what is left of x without it."""
    if _repeated(x, axes):
        return x.parts[0], ONE
    if x.kind == "quotient" and _repeated(x.parts[1], axes):
        return quotient(ONE, x.parts[1].parts[0]), x.parts[0]
    return ONE, x


def trace(x: Formula) -> Formula:
    """tr(X); of A u vᵀ B it is the number vᵀ B A u."""
    scalars, rest = scaled(x)
    if rest.kind == "add" and any(map(_holds_outer_product, rest.parts)):
        return product(*scalars, add(*map(trace, rest.parts)))
    if rest.kind == "matmul":
        for k in range(1, len(rest.parts)):
            if rest.parts[k - 1].ndim == 1 and is_row(rest.parts[k]):
                return product(*scalars, matmul(*rest.parts[k:], *rest.parts[:k]))
    return product(*scalars, Formula("trace", (rest,), ()))


def _holds_outer_product(x: Formula) -> bool:
    return trace(x).kind not in ("trace", "product") if x.kind != "add" else False


OF_KINDS: dict[str, Callable[[Formula, tuple[int, ...]], Formula | None]] = {
    "literal": _of_literal,
    "put": _of_put,
    "diag": _of_diagonal,
    "identity": _of_diagonal,
    "diagonal of": lambda x, axes: trace(*x.parts),
}

REBUILT["sum"] = lambda f, parts: total(parts[0], f.data)
REBUILT["trace"] = lambda f, parts: trace(*parts)
