"""Formulas of matrix algebra: what a line of a derivation says, to be written, simplified and evaluated.

Vectors are columns, of shape (n,); a transposed vector is a row, of shape (1, n). A formula is evaluated by
the rules of matrix algebra as it is written, so a transpose that is missing on paper is missing in its value
too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from ..graph import Shape

Parts = tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """``kind`` applied to ``parts``; the shape of its value; ``data`` is what else the kind needs."""

    kind: str
    parts: Parts
    shape: Shape
    data: Any = None

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def of(self, *parts: Formula) -> Formula:
        """The same operation on other parts of the same shapes."""
        return self if parts == self.parts else REBUILT.get(self.kind, _replaced)(self, parts)


def _replaced(formula: Formula, parts: Parts) -> Formula:
    return replace(formula, parts=parts)


def symbol(name: Any, shape: Shape) -> Formula:
    """A value that has a name."""
    return Formula("symbol", (), shape, name)


def number(value: float) -> Formula:
    """A number."""
    return Formula("number", (), (), float(value))


ZERO, ONE = number(0), number(1)


def ones(shape: Shape) -> Formula:
    """An array of ones."""
    return Formula("ones", (), shape)


def is_number(formula: Formula, value: float | None = None) -> bool:
    """Whether a formula is a number, or that number."""
    return formula.kind == "number" and (value is None or formula.data == value)


def filled(value: Formula, shape: Shape) -> Formula:
    """A scalar repeated to a shape."""
    return spread(value, shape, tuple(range(len(shape))))


def add(*terms: Formula) -> Formula:
    """The sum of terms of one shape, or of scalars that are added to every element."""
    flat = [part for term in terms for part in (term.parts if term.kind == "add" else (term,))]
    kept = [term for term in flat if not _is_zero(term)]
    shape = _common_shape(flat)
    if not kept:
        return filled(ZERO, shape) if shape else ZERO
    if len(kept) == 1:
        return kept[0] if kept[0].shape == shape else filled(kept[0], shape)
    return Formula("add", tuple(kept), shape)


def _is_zero(formula: Formula) -> bool:
    return is_number(formula, 0) or (repeats_scalar(formula) and is_number(formula.parts[0], 0))


def repeats_scalar(formula: Formula) -> bool:
    """Whether it is one number repeated to a shape."""
    return formula.kind == "spread" and not formula.parts[0].shape


def _common_shape(parts: Any) -> Shape:
    return max((part.shape for part in parts), key=len, default=())


def product(*factors: Formula) -> Formula:
    """The element-wise product of factors of one shape, and of scalars; its number stands first."""
    shape = _common_shape(factors)
    bare = [factor.parts[0] if repeats_scalar(factor) else factor for factor in factors]
    flat = [part for factor in bare for part in (factor.parts if factor.kind == "product" else (factor,))]
    if any(map(repeats_scalar, flat)):
        return product(*flat)
    coefficient = reduce(lambda value, part: value * part.data, filter(is_number, flat), 1.0)
    rest = [part for part in flat if not is_number(part)]
    if coefficient == 0:
        return filled(ZERO, shape) if shape else ZERO
    scalars = [part for part in rest if not part.shape]
    arrays = [part for part in rest if part.shape]
    if shape and not arrays:
        return filled(product(number(coefficient), *scalars), shape)
    kept = ([number(coefficient)] if coefficient != 1 or not rest else []) + scalars + arrays
    return kept[0] if len(kept) == 1 else Formula("product", tuple(kept), shape)


def scaled(formula: Formula) -> tuple[list[Formula], Formula]:
    """The scalar factors of an array, and the array without them."""
    if formula.kind != "product" or not formula.shape:
        return [], formula
    scalars = [part for part in formula.parts if not part.shape]
    return scalars, product(*[part for part in formula.parts if part.shape])


def coefficient(formula: Formula) -> tuple[float, Formula]:
    """The number in front of a formula, and the formula without it."""
    if is_number(formula):
        return formula.data, ONE
    if formula.kind == "product" and is_number(formula.parts[0]):
        return formula.parts[0].data, product(*formula.parts[1:])
    return 1.0, formula


def negative(formula: Formula) -> Formula:
    """−x."""
    if formula.kind == "add":
        return add(*[negative(term) for term in formula.parts])
    return product(number(-1), formula)


def quotient(above: Formula, below: Formula) -> Formula:
    """Element by element; division by a number is multiplication with its inverse."""
    if repeats_scalar(below):
        below = below.parts[0]
    if is_number(below) and below.data != 0:
        return product(number(1 / below.data), above)
    if repeats_scalar(above) and not below.shape:
        return filled(quotient(above.parts[0], below), above.shape)
    front, rest = coefficient(above)
    shape = _common_shape((above, below))
    return product(number(front), Formula("quotient", (rest, below), shape))


def power(base: Formula, exponent: Formula) -> Formula:
    """Element by element."""
    return base if is_number(exponent, 1) else Formula("power", (base, exponent), base.shape)


def transpose(x: Formula) -> Formula:
    """Xᵀ; a column becomes a row."""
    if not x.shape:
        return x
    if x.kind == "transpose":
        return x.parts[0]
    if x.kind == "matmul":
        return matmul(*[transpose(part) for part in reversed(x.parts)])
    scalars, rest = scaled(x)
    if scalars:
        return product(*scalars, transpose(rest))
    if rest.kind == "identity":
        return rest
    return Formula("transpose", (x,), (1, *x.shape) if x.ndim == 1 else x.shape[::-1])


def is_row(x: Formula) -> bool:
    """Whether it is a transposed vector, or a product that begins with one."""
    if x.kind == "matmul":
        return is_row(x.parts[0])
    return x.kind == "transpose" and x.parts[0].ndim == 1


def matmul(*factors: Formula) -> Formula:
    """The product of matrices, columns and rows; scalar factors stand in front."""
    outside: list[Formula] = []
    inside: list[Formula] = []
    for factor in factors:
        scalars, rest = scaled(factor) if factor.shape else ([factor], None)
        outside += scalars
        if rest is not None:
            inside += rest.parts if rest.kind == "matmul" else (rest,)
    if not inside:
        return product(*outside)
    inside = [part for part in inside if part.kind != "identity"] or inside[:1]
    if len(inside) == 1:
        return product(*outside, inside[0]) if outside else inside[0]
    rows = () if is_row(inside[0]) and inside[-1].ndim == 1 else inside[0].shape[:1]
    shape = rows + (inside[-1].shape[1:] if inside[-1].ndim > 1 else ())
    return product(*outside, Formula("matmul", tuple(inside), shape))


def total(x: Formula, axes: tuple[int, ...]) -> Formula:
    """The sum over axes, scalar factors in front."""
    scalars, rest = scaled(x)
    shape = tuple(n for axis, n in enumerate(x.shape) if axis not in axes)
    if rest.kind == "spread" and set(rest.data) == set(axes):
        count = 1
        for axis in axes:
            count *= x.shape[axis]
        return product(number(count), *scalars, rest.parts[0])
    return product(*scalars, Formula("sum", (rest,), shape, axes)) if axes else x


def spread(x: Formula, shape: Shape, axes: tuple[int, ...]) -> Formula:
    """x repeated along new axes, to a shape."""
    if not axes:
        return x
    scalars, rest = scaled(x)
    if scalars:
        return product(*scalars, spread(rest, shape, axes))
    if repeats_scalar(x):
        return filled(x.parts[0], shape)
    return Formula("spread", (x,), shape, axes)


def diagonal(x: Formula) -> Formula:
    """diag(x), of the elements of x in order."""
    scalars, rest = scaled(x)
    size = 1
    for n in x.shape:
        size *= n
    if not x.shape:
        return product(x, identity(1))
    if repeats_scalar(rest):
        return product(*scalars, rest.parts[0], identity(size))
    if rest.kind == "ones":
        return product(*scalars, identity(size))
    return product(*scalars, Formula("diag", (rest,), (size, size)))


def identity(n: int) -> Formula:
    """The identity matrix."""
    return Formula("identity", (), (n, n))


def apply(name: str, parts: Parts, shape: Shape, call: Any = None) -> Formula:
    """A function by its name; ``call`` evaluates it where the name alone does not say how."""
    return Formula("apply", parts, shape, (name, call))


def cases(condition: Formula, then: Formula, otherwise: Formula) -> Formula:
    """One formula where a condition holds, and another elsewhere."""
    return Formula("cases", (condition, then, otherwise), _common_shape((then, otherwise)))


def walk(formula: Formula) -> Iterator[Formula]:
    """A formula and all formulas in it."""
    pending = [formula]
    while pending:
        found = pending.pop()
        yield found
        pending += found.parts


def mapped(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """A formula with a change made to all formulas in it, the innermost first."""
    return change(formula.of(*[mapped(part, change) for part in formula.parts]))


def substituted(formula: Formula, values: Mapping[Formula, Formula]) -> Formula:
    """A formula with others in place of some of its parts."""
    return mapped(formula, lambda part: values.get(part, part))


REBUILT: dict[str, Callable[[Formula, Parts], Formula]] = {
    "add": lambda f, parts: add(*parts),
    "product": lambda f, parts: product(*parts),
    "quotient": lambda f, parts: quotient(*parts),
    "power": lambda f, parts: power(*parts),
    "matmul": lambda f, parts: matmul(*parts),
    "transpose": lambda f, parts: transpose(*parts),
    "sum": lambda f, parts: total(parts[0], f.data),
    "spread": lambda f, parts: spread(parts[0], f.shape, f.data),
    "diag": lambda f, parts: diagonal(*parts),
}
