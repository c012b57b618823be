"""Sums, products, quotients and powers of formulas, in the form in which one writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from ..graph import Shape
from .formula import ONE, REBUILT, ZERO, Formula, Parts, is_number, number
from .numbers import exact, times


def filled(value: Formula, shape: Shape) -> Formula:
    """A scalar repeated to a shape."""
    return spread(value, shape, tuple(range(len(shape))))


def add(*terms: Formula) -> Formula:
    """The sum of terms of one shape, or of scalars that are added to every element."""
    flat = [part for term in terms for part in (term.parts if term.kind == "add" else (term,))]
    kept = _numbers_together(_alike_together([term for term in flat if not is_zero(term)]))
    shape = _common_shape(flat)
    if not kept:
        return zero(shape)
    if len(kept) == 1:
        return kept[0] if kept[0].shape == shape else filled(kept[0], shape)
    return spread_outside(kept, shape, add) or Formula("add", tuple(kept), shape)


def _alike_together(terms: list[Formula]) -> list[Formula]:
    """x + y + x as 2 x + y."""
    names = [term for term in terms if term.kind == "symbol"]
    twice = {name for name in names if names.count(name) > 1}
    if not twice:
        return terms
    found = {name: product(number(names.count(name)), name) for name in twice}
    return [
        found.get(term, term) for i, term in enumerate(terms) if term not in twice or term not in terms[:i]
    ]


def _numbers_together(terms: list[Formula]) -> list[Formula]:
    """ν − 3 − 1 as ν − 4: what stands where the first number stood."""
    fractions = {i: found[0] for i, term in enumerate(terms) if (found := _fraction(term)) is not None}
    if len(fractions) < 2:
        return terms
    first, whole = min(fractions), number(float(sum(fractions.values())))
    rest = [whole if i == first else term for i, term in enumerate(terms) if i not in fractions or i == first]
    return [term for term in rest if not is_zero(term)]


def _fraction(term: Formula) -> tuple[Fraction, str] | None:
    """The fraction that a number is; None of a multiple of π or of other terms."""
    found = exact(term.data) if is_number(term) else None
    return found if found and not found[1] else None


def zero(shape: Shape) -> Formula:
    """0, or an array of zeros."""
    return filled(ZERO, shape) if shape else ZERO


def is_zero(formula: Formula) -> bool:
    """Whether it is 0 or an array of zeros."""
    return is_number(formula, 0) or (repeats_scalar(formula) and is_number(formula.parts[0], 0))


def is_nothing(formula: Formula) -> bool:
    """Whether it is written as 0 or 𝟎."""
    return is_zero(formula) or formula.kind == "zeros"


def spread_outside(parts: Sequence[Formula], shape: Shape, build: Callable[..., Formula]) -> Formula | None:
    """An operation on arrays that are repeated in the same way, done before they are; else None."""
    ways = {part.data if part.kind == "spread" else None for part in parts if part.shape}
    if len(ways) != 1 or None in ways or all(not part.shape or repeats_scalar(part) for part in parts):
        return None
    inner = [part.parts[0] if part.shape else part for part in parts]
    (axes,) = ways
    return spread(build(*inner), shape, axes or ())


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
    coefficient = times(part.data for part in flat if is_number(part))
    sign, rest = _signs_outside(_powers_together([part for part in flat if not is_number(part)]))
    coefficient *= sign
    if _complemented(rest):
        coefficient, rest = -coefficient, _complemented(rest)
    if coefficient == 0:
        return zero(shape)
    scalars = [part for part in rest if not part.shape]
    arrays = [part for part in rest if part.shape]
    if shape and not arrays:
        return filled(product(number(coefficient), *scalars), shape)
    if coefficient == -1 and len(rest) == 1 and _has_negative_term(rest[0]):
        return negative(rest[0])
    turned = _turned(rest, coefficient == -1) if coefficient < 0 else None
    if turned is not None:
        return product(number(-coefficient), *turned)
    together = spread_outside(arrays, shape, product) if len(arrays) > 1 else None
    if together is not None:
        return product(number(coefficient), *scalars, together)
    fractions = [part for part in scalars if part.kind == "quotient" and part.parts[0] != ONE]
    if not shape and fractions and len(scalars) > 1:
        others = [part for part in scalars if part not in fractions]
        above, below = zip(*[part.parts for part in fractions], strict=True)
        return product(number(coefficient), quotient(product(*others, *above), product(*below)))
    inverses = [part for part in arrays if part.kind == "quotient" and part.parts[0] == ONE]
    if len(arrays) > 1 and len(inverses) == 1:
        others = [part for part in arrays if part is not inverses[0]]
        return product(number(coefficient), *scalars, quotient(product(*others), inverses[0].parts[1]))
    kept = ([number(coefficient)] if coefficient != 1 or not rest else []) + scalars + arrays
    return kept[0] if len(kept) == 1 else Formula("product", tuple(kept), shape)


def _signs_outside(factors: list[Formula]) -> tuple[int, list[Formula]]:
    """−1 and a + b of the sum −a − b, if it is not the only factor."""
    found = [negative(part) if _is_negative_sum(part) and len(factors) > 1 else part for part in factors]
    return (-1) ** sum(a is not b for a, b in zip(found, factors, strict=True)), found


def _powers_together(factors: list[Formula]) -> list[Formula]:
    """x ∘ x∘² as x∘³, each where its base stood first; only what stands there as it is."""
    factors = _with_one_more(factors)
    split = [base_and_power(factor) for factor in factors]
    bases = list(dict.fromkeys(base for base, _ in split))
    if len(bases) == len(factors):
        return factors
    return [power(base, number(sum(n for other, n in split if other == base))) for base in bases]


def _with_one_more(factors: list[Formula]) -> list[Formula]:
    """x ∘ x^∘(k − 1) as x^∘k."""
    for raised in factors:
        open_exponent = raised.kind == "power" and not is_number(raised.parts[1])
        if open_exponent and raised.parts[0] in factors:
            base, exponent = raised.parts
            left = [factor for factor in factors if factor not in (base, raised)]
            return _with_one_more([*left, power(base, add(exponent, ONE))])
    return factors


def base_and_power(factor: Formula) -> tuple[Formula, float]:
    """x and 3 of x∘³; x and 1 of any other x, a root too."""
    if factor.kind == "power" and is_number(factor.parts[1]) and not is_number(factor.parts[1], 0.5):
        return factor.parts[0], factor.parts[1].data
    return factor, 1.0


def _complemented(factors: list[Formula]) -> list[Formula]:
    """The factors of −x (x − 1) with 1 − x in place of x − 1; none where these do not occur together."""
    for i, factor in enumerate(factors):
        if factor.kind == "add" and len(factor.parts) == 2:
            x, last = factor.parts
            if is_number(last, -1) and x in factors:
                return [*factors[:i], add(ONE, negative(x)), *factors[i + 1 :]]
    return []


def _turned(factors: list[Formula], bare: bool) -> list[Formula] | None:
    """The factors of −(x − 1) y with 1 − x in place of x − 1, also above a fraction bar, or of A (x − 1).

    ``bare``: no number stands in front; then y − x stands in place of −(x − y) too.
    """
    for i, factor in enumerate(factors):
        if factor.kind == "matmul" and any(map(_has_negative_number, factor.parts)):
            k = next(k for k, part in enumerate(factor.parts) if _has_negative_number(part))
            turned = (*factor.parts[:k], _negative_last(factor.parts[k]), *factor.parts[k + 1 :])
            return [*factors[:i], factor.of(*turned), *factors[i + 1 :]]
        above = factor.parts[0] if factor.kind == "quotient" else factor
        inner = (
            _turned(list(above.parts), False)
            if factor.kind == "quotient" and above.kind == "product"
            else None
        )
        if inner is not None:
            return [*factors[:i], quotient(product(*inner), factor.parts[1]), *factors[i + 1 :]]
        alone = len(factors) == 1 and factor.kind == "quotient" and _has_negative_term(above)
        if factor.kind == "quotient" and _has_negative_number(factor.parts[1]):
            whole = quotient(above, _negative_last(factor.parts[1]))
            return [*factors[:i], whole, *factors[i + 1 :]]
        if not (alone or _has_negative_number(above) or (bare and _is_difference(above))):
            continue
        changed = _negative_last(above)
        whole = quotient(changed, factor.parts[1]) if factor.kind == "quotient" else changed
        return [*factors[:i], whole, *factors[i + 1 :]]
    return None


def _negative_last(added: Formula) -> Formula:
    """b − a of the sum a − b."""
    return add(*sorted(map(negative, added.parts), key=lambda term: coefficient(term)[0] < 0))


def _is_difference(formula: Formula) -> bool:
    """Whether it is x − y, neither of them a number."""
    terms = formula.parts if formula.kind == "add" and not any(map(is_number, formula.parts)) else ()
    return sorted(coefficient(term)[0] < 0 for term in terms) == [False, True]


def _has_negative_number(formula: Formula) -> bool:
    return formula.kind == "add" and any(is_number(term) and term.data < 0 for term in formula.parts)


def _has_negative_term(formula: Formula) -> bool:
    return formula.kind == "add" and any(coefficient(term)[0] < 0 for term in formula.parts)


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


def sides(part: Formula) -> tuple[list[Formula], list[Formula]]:
    """The factors above and below the bars of a product of quotients."""
    if part.kind == "product":
        found = [sides(factor) for factor in part.parts]
        return [x for above, _ in found for x in above], [x for _, below in found for x in below]
    if part.kind == "quotient":
        (above, under), (below, over) = map(sides, part.parts)
        return [x for x in above + over if x != ONE], under + below
    return [part], []


def negative(formula: Formula) -> Formula:
    """−x."""
    if formula.kind == "add":
        return add(*[negative(term) for term in formula.parts])
    return product(number(-1), formula)


def quotient(above: Formula, below: Formula) -> Formula:
    """Element by element, numbers in front; what divides an array is a factor 1/x of it."""
    if is_zero(above) and not is_zero(below):
        return zero(_common_shape((above, below)))
    if repeats_scalar(below):
        below = below.parts[0]
    if is_number(below) and below.data != 0:
        return product(number(1 / below.data), above)
    repeated = _of_repeated_number(above, below) if repeats_scalar(above) else None
    if repeated is not None:
        return repeated
    (front, rest), (under, divisor) = coefficient(_sign_outside(above)), coefficient(below)
    (factors, rest), (divisors, divisor) = scaled(rest), scaled(divisor)
    if factors or divisors:
        outside = [*factors, quotient(ONE, product(*divisors))] if divisors else factors
        return product(number(front / under), *outside, quotient(rest, divisor))
    if rest.shape and not divisor.shape:
        return product(number(front / under), quotient(ONE, divisor), rest)
    if divisor.shape and not rest.shape and rest != ONE:
        return product(number(front / under), rest, quotient(ONE, divisor))
    if rest.kind == "quotient":
        rest, divisor = rest.parts[0], product(rest.parts[1], divisor)
    rest, divisor = _over_root(*_sign_over_size(rest, divisor))
    if divisor == ONE:
        return product(number(front / under), rest)
    shape = _common_shape((rest, divisor))
    lifted = spread_outside((rest, divisor), shape, quotient)
    return product(number(front / under), lifted or Formula("quotient", (rest, divisor), shape))


def _of_repeated_number(above: Formula, below: Formula) -> Formula | None:
    """A number over one that is repeated, or over what is repeated alike, repeated afterwards."""
    if below.kind == "spread" and above.shape == below.shape:
        return spread(quotient(above.parts[0], below.parts[0]), below.shape, below.data)
    return None if below.shape else filled(quotient(above.parts[0], below), above.shape)


def _sign_over_size(above: Formula, below: Formula) -> tuple[Formula, Formula]:
    """sign(x) / |x| is 1 / x."""
    if below.kind != "apply" or below.data[0] != "absolute":
        return above, below
    sign = apply("sign", below.parts, below.shape, np.sign)
    factors = list(above.parts) if above.kind == "product" else [above]
    if sign not in factors:
        return above, below
    factors.remove(sign)
    return product(*factors) if factors else ONE, below.parts[0]


def _over_root(above: Formula, below: Formula) -> tuple[Formula, Formula]:
    """x / √x is √x."""
    factors = list(above.parts) if above.kind == "product" else [above]
    if below.kind != "power" or not is_number(below.parts[1], 0.5) or below.parts[0] not in factors:
        return above, below
    factors[factors.index(below.parts[0])] = below
    return product(*factors), ONE


def _is_negative_sum(formula: Formula) -> bool:
    return formula.kind == "add" and all(coefficient(term)[0] < 0 for term in formula.parts)


def _sign_outside(formula: Formula) -> Formula:
    """−a − b as −(a + b)."""
    if _is_negative_sum(formula):
        return Formula("product", (number(-1), negative(formula)), formula.shape)
    return formula


def power(base: Formula, exponent: Formula) -> Formula:
    """Element by element; √x to a whole power is a power of x."""
    exponent = _one_number(exponent) or exponent if base.shape == exponent.shape else exponent
    if exponent.shape and not base.shape:
        base = filled(base, exponent.shape)
    if base.kind == "power" and is_number(base.parts[1], 0.5) and is_number(exponent):
        return power(base.parts[0], number(exponent.data / 2))
    if is_number(exponent, 1):
        return base
    if base.kind == "quotient" and base.parts[0] == ONE and is_number(exponent):
        return quotient(ONE, power(base.parts[1], exponent))
    if base.kind == "column" and is_number(exponent):
        return replace(base, parts=(power(base.parts[0], exponent),))
    lifted = spread_outside((base,), base.shape, lambda x: power(x, exponent)) if not exponent.shape else None
    return lifted or Formula("power", (base, exponent), base.shape)


def _one_number(x: Formula) -> Formula | None:
    """The number that all elements are, if the way an array is written says so."""
    if not x.shape or repeats_scalar(x):
        return x.parts[0] if x.shape else x
    parts = [_one_number(part) for part in x.parts] if x.kind in ("add", "product") else [None]
    known = [part for part in parts if part is not None]
    return {"add": add, "product": product}[x.kind](*known) if len(known) == len(parts) else None


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


def apply(name: str, parts: Parts, shape: Shape, call: Any = None) -> Formula:
    """A function by its name; ``call`` evaluates it where the name alone does not say how."""
    if isinstance(call, np.ufunc):
        lifted = spread_outside(
            parts, shape, lambda *inner: apply(name, inner, _common_shape(inner), call)
        )  # fmt: skip
        if lifted is not None:
            return lifted
    return Formula("apply", parts, shape, (name, call))


def is_ufunc(x: Formula) -> bool:
    """Whether it is a function of numbers, applied to each entry."""
    return x.kind == "apply" and isinstance(x.data[1], np.ufunc)


def cases(condition: Formula, then: Formula, otherwise: Formula) -> Formula:
    """One formula where a condition holds, and another elsewhere."""
    return Formula("cases", (condition, then, otherwise), _common_shape((then, otherwise)))


REBUILT.update(
    {
        "add": lambda f, parts: add(*parts),
        "product": lambda f, parts: product(*parts),
        "quotient": lambda f, parts: quotient(*parts),
        "power": lambda f, parts: power(*parts),
        "spread": lambda f, parts: spread(parts[0], f.shape, f.data),
    }
)
