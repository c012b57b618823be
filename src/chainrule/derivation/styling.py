"""The last form of a formula: broadcasting and sums as products with vectors of ones, as on paper."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .algebra import number_in_front
from .arithmetic import add, power, product, quotient, repeats_scalar, scaled, spread, zero
from .conditions import tightened
from .contractions import flat
from .formula import ONE, ZERO, Formula, is_number, mapped, number, ones
from .indices import Fixed
from .masks import masked
from .matrices import diagonal, matmul, transpose
from .normal import cumulative, with_distribution
from .numbers import strict_triangle, triangle
from .stacking import matrix_of_puts, stacked_puts
from .totals import trace

LETTERS = "ijklmnpqrs"  # of axes
MOST_ENTRIES = 6  # of a vector that is written out
ELEMENT_WISE = {"add", "product", "quotient", "power", "compare", "cases", "apply"}


def styled(formula: Formula) -> Formula:
    """The formula as it is written, with the same value."""
    result = mapped(formula, _change)
    return _outer(result)


def _change(formula: Formula) -> Formula:
    """One step of writing: of the innermost parts first."""
    shape = formula.shape
    scalars, rest = scaled(formula)
    if scalars and rest.kind in ("quotient", "sum"):  # what stands before them has come out of their parts
        return product(*scalars, _change(rest))
    if formula.kind in ELEMENT_WISE:
        formula = _with_bare_scalars(formula)
    else:
        formula = formula.of(*[_outer(part) for part in formula.parts])
    writer = WRITTEN.get(formula.kind)
    changed = writer(formula) if writer else formula
    return changed if changed.shape == shape else product(changed, ones(shape))


def _with_bare_scalars(formula: Formula) -> Formula:
    """Scalars are not repeated to a shape where another operand has it."""
    has_shape = any(part.shape == formula.shape and not repeats_scalar(part) for part in formula.parts)
    if formula.kind == "apply" and not _broadcasts(formula):
        return formula.of(*[_outer(part) for part in formula.parts])
    if not has_shape:
        return formula.of(*[_outer(part) for part in formula.parts])
    parts = tuple(part.parts[0] if repeats_scalar(part) else part for part in formula.parts)
    kept = parts if formula.kind in ("product", "quotient") else tuple(map(_outer, parts))
    return Formula(formula.kind, kept, formula.shape, formula.data)


def _broadcasts(formula: Formula) -> bool:
    """Whether a function takes a number in place of an array of that number."""
    return isinstance(formula.data[1], np.ufunc)


def _outer(formula: Formula) -> Formula:
    """An array repeated along new axes, as a product with ones."""
    scalars, rest = scaled(formula)
    if rest.kind != "spread":
        return formula
    (x,) = rest.parts
    if is_number(x, 0):
        return Formula("zeros", (), rest.shape)
    if rest.shape == (1,):
        return Formula("vector", (product(*scalars, x),), rest.shape)
    if not x.shape:
        return product(*scalars, x, ones(rest.shape))
    if x.kind == "matmul" and x.parts[-1].ndim == 1 and rest.data == (rest.ndim - 1,):
        return product(*scalars, matmul(*x.parts, transpose(ones(rest.shape[-1:]))))
    if rest.ndim != 2 or x.ndim != 1:
        return formula
    column = ones((rest.shape[rest.data[0]],))
    x = x.parts[0] if x.kind == "column" and x.parts[0].ndim == 2 and rest.data == (1,) else x
    outer = matmul(column, transpose(x)) if rest.data == (0,) else matmul(x, transpose(column))
    return product(*scalars, outer)


def _product(formula: Formula) -> Formula:
    """A ∘ 1bᵀ is A diag(b), A ∘ b1ᵀ is diag(b) A, and a1ᵀ ∘ 1bᵀ is a bᵀ."""
    kept = _cubes(tightened(formula.parts))
    if len(kept) < len(formula.parts):
        fewer = product(*kept)
        return _product(fewer) if fewer.kind == "product" else fewer
    vectors = [part for part in formula.parts if part.kind == "spread"]
    if formula.ndim > 2 and vectors and len(vectors) == len([part for part in formula.parts if part.shape]):
        return _with_letters(formula) or product(*map(_outer, formula.parts))
    if formula.ndim != 2 or not all(part.parts[0].ndim == 1 for part in vectors) or not vectors:
        return product(*map(_outer, formula.parts))
    others = [part for part in formula.parts if part.kind != "spread"]
    right = [part.parts[0] for part in vectors if part.data == (0,)]
    left = [part.parts[0] for part in vectors if part.data == (1,)]
    if not any(part.shape for part in others):
        outer = matmul(product(*left), transpose(product(*right))) if left and right else None
        return product(*others, outer) if outer else product(*map(_outer, formula.parts))
    factors = [product(*others)]
    if right:
        factors.append(diagonal(product(*right)))
    if left:
        factors.insert(0, diagonal(product(*left)))
    return matmul(*factors)


def _cubes(factors: list[Formula]) -> list[Formula]:
    """‖x‖² ‖x‖ as ‖x‖³."""
    for part in factors:
        length = Formula("length", part.parts, ())
        if part.kind == "norm" and length in factors:
            left = [factor for factor in factors if factor not in (part, length)]
            return [power(length, number(3)), *left]
    return factors


def _quotient(formula: Formula) -> Formula:
    above, below = formula.parts
    of_rows = below.kind == "spread" and below.ndim == 2 and below.parts[0].ndim == 1
    if of_rows and above.kind == "spread" and {above.data, below.data} == {(0,), (1,)}:
        inverse = quotient(ONE, below.parts[0])
        return _product(Formula("product", (above, spread(inverse, below.shape, below.data)), below.shape))
    if of_rows and above.shape == below.shape and not repeats_scalar(above):
        factor = diagonal(quotient(ONE, below.parts[0]))
        return matmul(above, factor) if below.data == (0,) else matmul(factor, above)
    if of_rows and (repeats_scalar(above) or not above.shape):
        over = above.parts[0] if above.shape else above
        return _outer(spread(quotient(over, below.parts[0]), below.shape, below.data))
    return quotient(_outer(above), _outer(below))


def _power(formula: Formula) -> Formula:
    """√(‖x‖²) is ‖x‖."""
    base, exponent = formula.parts
    if base.kind == "norm" and is_number(exponent):
        return power(Formula("length", base.parts, ()), number(2 * exponent.data))
    return power(_outer(base), exponent)


def _sum(formula: Formula) -> Formula:
    (x,) = formula.parts
    if x.ndim > 2 and len(formula.data) < x.ndim:
        repeated = x.kind == "product" and any(part.kind in ("spread", "contract") for part in x.parts)
        if repeated or max(formula.data) < x.ndim - 1:
            return _with_letters(x, formula.data) or formula
    if x.ndim >= 2 and formula.data == (x.ndim - 1,):
        return matmul(x, ones(x.shape[-1:]))
    if x.ndim == 2 and formula.data == (0,):
        return matmul(transpose(x), ones(x.shape[:1]))
    if len(formula.data) != x.ndim:
        return formula
    if x.kind == "power" and x.parts[1].data == 2 and not x.parts[1].parts:
        return Formula("norm", x.parts[:1], ())
    if x.kind == "product":
        return _inner_product(x, formula)
    return formula


def _with_letters(x: Formula, summed: tuple[int, ...] = ()) -> Formula | None:
    """A sum over axes of a product, each factor with the letters of its axes: (Σ_j x_ij y_ijk)_ik."""
    letters = LETTERS[: x.ndim]
    scalars, rest = scaled(x)
    factors, owns = [], []
    for part in rest.parts if rest.kind == "product" else (rest,):
        axes = part.data if part.kind == "spread" and not repeats_scalar(part) else ()
        factors.append(part.parts[0] if axes else part)
        owns.append("".join(letter for axis, letter in enumerate(letters) if axis not in axes))
    kept = "".join(letter for axis, letter in enumerate(letters) if axis not in summed)
    shape = tuple(n for axis, n in enumerate(x.shape) if axis not in summed)
    if not set(letters) <= set("".join(owns)):
        return None
    return product(*scalars, flat(Formula("contract", tuple(factors), shape, f"{','.join(owns)}->{kept}")))


def _inner_product(x: Formula, formula: Formula) -> Formula:
    if any(part.kind == "identity" for part in x.parts):
        return trace(product(*[part for part in x.parts if part.kind != "identity"]))
    scalars, rest = scaled(x)
    if x.ndim == 2 and rest.kind == "product" and len(rest.parts) == 2:
        for a, b in (rest.parts, rest.parts[::-1]):
            if b.kind == "matmul" and all(part.kind == "transpose" for part in b.parts):
                return product(*scalars, trace(matmul(transpose(b), a)))
    if x.ndim == 1:
        first, *others = x.parts
        return matmul(transpose(first), product(*others))
    return formula


def _of_puts(formula: Formula) -> Formula:
    """Numbers put at places of a vector, of which there are few, are that vector; slices are stacked."""
    blocks = stacked_puts(formula.parts) or matrix_of_puts(formula.parts)
    if blocks is not None:
        return blocks
    placed = [(term, place) for term in formula.parts if (place := _first_place(term)) is not None]
    if len(placed) < 2 or formula.shape[0] > MOST_ENTRIES:
        return add(*map(_outer, formula.parts))
    others = [_outer(term) for term in formula.parts if _first_place(term) is None]
    entries = [ZERO if formula.ndim == 1 else zero(formula.shape[1:])] * formula.shape[0]
    for term, place in placed:
        scalars, rest = scaled(term)
        entries[place] = add(entries[place], product(*scalars, rest.parts[0]))
    kind = "vector" if formula.ndim == 1 else "rows"
    return add(*others, Formula(kind, tuple(map(_outer, entries)), formula.shape))


def _first_place(term: Formula) -> int | None:
    """Where in a vector a number is put, or in a matrix a row; None of anything else."""
    _, rest = scaled(term)
    if rest.kind != "put" or not isinstance(rest.data, Fixed) or rest.ndim not in (1, 2):
        return None
    first, *others = rest.data.entries
    whole = all(entry == (0, 1, n) for entry, n in zip(others, rest.shape[1:], strict=True))
    return first if isinstance(first, int) and whole else None


def _put(formula: Formula) -> Formula:
    """A number put into a vector of one."""
    if formula.shape != (1,) or formula.parts[0].shape:
        return formula
    return Formula("vector", formula.parts[:1], formula.shape)


def _add(formula: Formula) -> Formula:
    """2 Φ(x) of 1 + erf(x/√2), and 2 (S Φ(x) − K Φ(y)) of several, so that ½ of them is without numbers."""
    found = with_distribution(formula)
    if found is not formula:
        return found
    return (
        number_in_front(formula)
        if any(map(_is_multiple_of_distribution, formula.parts))
        else _of_puts(formula)
    )


def _is_multiple_of_distribution(term: Formula) -> bool:
    factors = term.parts if term.kind == "product" else (term,)
    return any(factor.kind == "apply" and factor.data[1] is cumulative for factor in factors)


def _literal(formula: Formula) -> Formula:
    """A triangle of ones as triu(𝟏)."""
    value = formula.data.value
    of_numbers = value.dtype != bool and bool(triangle(value) or strict_triangle(value))
    return masked(formula, ones(formula.shape)) if of_numbers else formula


WRITTEN: dict[str, Callable[[Formula], Formula]] = {
    "add": _add,
    "literal": _literal,
    "put": _put,
    "product": _product,
    "quotient": _quotient,
    "power": _power,
    "sum": _sum,
}
