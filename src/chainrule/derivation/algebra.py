"""Simplification: what stands element by element is ordinary algebra, and sympy knows that.

A region is a part of a formula in which every operation works element by element: sums, products, quotients,
whole powers. What it is made of (symbols, functions, matrix products, sums over axes) are its atoms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from .arithmetic import (
    add,
    base_and_power,
    coefficient,
    filled,
    is_ufunc,
    negative,
    power,
    product,
    repeats_scalar,
)
from .factoring import merged, with_common_factor
from .formula import ONE, Formula, is_number, mapped, number, symbol
from .legibility import StandIn, cost, longest_sum
from .matrices import transpose
from .translation import Translation, in_region

LARGEST = 50  # operations in a region that is looked at
MOST_ATOMS = 12
MOST_WAYS = 4  # to merge terms of a sum that are tried
WORTH_IT = 0.85  # of the cost: what is hardly shorter is not worth multiplying out

Change = Callable[[Formula], Formula]


def simplified(formula: Formula) -> Formula:
    """An equal formula, or the same one where none is shorter."""
    return _simplified(formula, {}, lambda region: _factored(_shorter(region)))


def tidied(formula: Formula) -> Formula:
    """The formula as its author wrote it, numbers in front; no parentheses are multiplied out."""
    return _simplified(formula, {}, lambda region: region)


def _simplified(formula: Formula, known: dict[Formula, Formula], change: Change) -> Formula:
    if formula not in known:
        if in_region(formula):
            atoms = {atom: _simplified(atom, known, change) for atom in _atoms(formula)}
            known[formula] = number_in_front(change(_with_atoms(formula, atoms)))
        else:
            known[formula] = formula.of(*[_simplified(part, known, change) for part in formula.parts])
    return known[formula]


def number_in_front(formula: Formula) -> Formula:
    """½ a − ½ b as ½ (a − b), and −a + b as b − a."""
    if formula.kind != "add":
        return _number_inside(formula)
    split = [coefficient(term) for term in formula.parts]
    size = abs(split[0][0])
    if all(value == -size for value, _ in split):
        return product(number(-1), number_in_front(negative(formula)))
    if split[0][0] < 0 and any(value > 0 for value, _ in split):
        split.sort(key=lambda pair: pair[0] < 0)
    inner = _fraction_of_sum(split)
    if inner is None and any(abs(value) != size or rest == ONE for value, rest in split):
        return add(*[product(number(value), rest) for value, rest in split])
    size = inner or size
    inside = add(*[product(number(value / size), rest) for value, rest in split])
    return product(number(size), inside)


def _fraction_of_sum(split: Sequence[tuple[float, Formula]]) -> float | None:
    """½ of ½ (a + b) + 3/2 c, as ½ (a + b + 3 c) has no sum within a sum; else None."""
    sums = [(abs(value), rest) for value, rest in split if rest.kind == "add"]
    terms = [term for _, rest in split for term in (rest.parts if rest.kind == "add" else (rest,))]
    if len(sums) != 1 or any(is_number(term) or repeats_scalar(term) for term in terms):
        return None
    ((size, _),) = sums
    return size if size < 1 and all((value / size).is_integer() for value, _ in split) else None


def _number_inside(formula: Formula) -> Formula:
    """½ (a + 2 b) as ½ a + b, where that leaves fewer numbers to read."""
    front, added = coefficient(formula)
    if added.kind != "add" or any(map(is_number, added.parts)):
        return formula
    inside = [coefficient(term)[0] for term in added.parts]
    before = _to_read(front) + sum(map(_to_read, inside))
    after = sum(_to_read(front * value) for value in inside)
    return add(*[product(number(front), term) for term in added.parts]) if after < before else formula


def _to_read(value: float) -> int:
    """How much a number is in front of a term: a fraction more than a whole number, and 1 nothing."""
    return 0 if abs(value) == 1 else 1 if value.is_integer() else 2


def _with_number(formula: Formula) -> Formula:
    """½ a + b + ½ as ½ (a + 1) + b."""
    sizes = {abs(term.data) for term in formula.parts if is_number(term)} - {1}
    if formula.kind != "add" or len(sizes) != 1:
        return formula
    (size,) = sizes
    inside = [term for term in formula.parts if abs(coefficient(term)[0]) == size]
    if len(inside) == 1 or len(inside) == len(formula.parts):
        return formula
    halves = add(*[product(number(1 / size), term) for term in inside])
    return add(product(number(size), halves), *[term for term in formula.parts if term not in inside])


def _atoms(formula: Formula) -> Iterator[Formula]:
    """The parts at which a region ends."""
    for part in formula.parts:
        if in_region(part) or repeats_scalar(part):
            yield from _atoms(part)
        else:
            yield part


def _with_atoms(formula: Formula, atoms: dict[Formula, Formula]) -> Formula:
    if formula in atoms:
        return atoms[formula]
    return formula.of(*[_with_atoms(part, atoms) for part in formula.parts])


def _shorter(formula: Formula) -> Formula:
    """The shortest of the forms that sympy finds, if it is shorter than the formula itself."""
    formula = _with_shorter_sums(formula)
    ways = [simplified(way) for way in merged(formula)[:MOST_WAYS]]
    shortest = min(ways, key=cost, default=formula)
    if len(ways) == 1 or cost(shortest) < cost(formula):
        return shortest
    if not in_region(formula) or not _may_shrink(formula):
        return formula
    atoms = dict.fromkeys(part for part in _region(formula) if not (in_region(part) or _is_fixed(part)))
    stand_ins = {atom: symbol(StandIn(k, cost(atom)), atom.shape) for k, atom in enumerate(atoms)}
    shortest = _shortest(_with_atoms(formula, stand_ins))
    return _with_atoms(shortest, {stand_in: atom for atom, stand_in in stand_ins.items()})


def _with_shorter_sums(formula: Formula) -> Formula:
    """A region with the sums that are factors in it merged, where that is shorter."""
    if not in_region(formula):
        return formula
    parts = [_with_shorter_sums(part) for part in formula.parts]
    for i, part in enumerate(parts):
        if part.kind == "add" and formula.kind != "add":
            parts[i] = min([part, *map(simplified, merged(part)[:MOST_WAYS])], key=cost)
    return formula if tuple(parts) == formula.parts else formula.of(*parts)


def _factored(formula: Formula) -> Formula:
    """A region in whose sums no factor stands in front of every term."""
    if not in_region(formula):
        return formula
    return with_common_factor(formula.of(*map(_factored, formula.parts)))


def _is_fixed(part: Formula) -> bool:
    """Whether it is a number, repeated or not."""
    return is_number(part) or repeats_scalar(part) or part.kind == "ones"


@lru_cache(maxsize=1024)
def _shortest(formula: Formula) -> Formula:
    """The same of a region alone, whatever its atoms are: that of every layer is one."""
    best, least = formula, cost(formula)
    for found in _forms(formula):
        whole = found if found.shape == formula.shape else filled(found, formula.shape)
        longer = longest_sum(whole) > longest_sum(formula)
        size = cost(whole) / (WORTH_IT if longer else 1)
        if size < least:
            best, least = whole, size
    return _with_number(mapped(mapped(best, _squares_apart), _powers_apart))


def _squares_apart(part: Formula) -> Formula:
    """(x − 1) (x + 1) as −(1 − x²), and x (x² − 1) as −x (1 − x²): what tanh has for its derivative."""
    factors = part.parts if part.kind == "product" else ()
    for less in factors:
        x, last = less.parts if less.kind == "add" and len(less.parts) == 2 else (ONE, ONE)
        if not is_number(last, -1):
            continue
        others = list(factors)
        others.remove(less)
        more = add(x, ONE)
        if more in others:
            others.remove(more)
            return product(number(-1), *others, add(ONE, negative(power(x, number(2)))))
        base, n = base_and_power(x)
        if n == 2 and base in others:
            return product(number(-1), *others, add(ONE, negative(x)))
    return part


def _powers_apart(part: Formula) -> Formula:
    """x − x² as x (1 − x), and 2 x³ − 2 x as −2 x (1 − x²): what is left of x by a sigmoid's derivative."""
    if part.kind != "add" or len(part.parts) != 2:
        return part
    (first, x), (second, y) = map(coefficient, part.parts)
    if first != -second:
        return part
    (base, n), (other, m) = base_and_power(x), base_and_power(y)
    if base != other or base == ONE or n == m:
        return part
    (least, most, front) = (n, m, first) if n < m else (m, n, second)
    rest = add(ONE, negative(power(base, number(most - least))))
    return product(number(front), power(base, number(least)), rest)


def _forms(formula: Formula) -> Iterator[Formula]:
    """The forms that sympy finds; also those in which 1 − σ and 1 − tanh² stay together."""
    translation = Translation()
    expression = translation.to_sympy(formula)
    for other in _rewritten(expression):
        yield from translation.forms(other)
    together = dict.fromkeys(part for part in _region(formula) if _is_complement(part))
    stand_ins = {part: symbol(StandIn(-1 - k, 0), part.shape) for k, part in enumerate(together)}
    if not stand_ins or formula in stand_ins:
        return
    expression = translation.to_sympy(_with_atoms(formula, stand_ins))
    back = {stand_in: part for part, stand_in in stand_ins.items()}
    whole = [translation.symbols[stand_in] for stand_in in back if stand_in in translation.symbols]
    for other in dict.fromkeys([*_rewritten(expression), _collected(expression, whole)]):
        for form in translation.forms(other):
            yield _with_atoms(form, back)


def _is_complement(part: Formula) -> bool:
    """Whether it is 1 − x or 1 − x², x being an atom."""
    if part.kind != "add" or len(part.parts) != 2 or not _is_one(part.parts[0]):
        return False
    value, x = coefficient(part.parts[1])
    base = x.parts[0] if x.kind == "power" else x
    return value == -1 and base.kind == "symbol"


def _is_one(part: Formula) -> bool:
    return is_number(part.parts[0] if repeats_scalar(part) else part, 1) or part.kind == "ones"


def _collected(expression: Any, symbols: Sequence[Any]) -> Any:
    """The terms with one of these factors together, a x + b x³ as a x (1 + b/a x²)."""
    import sympy

    def factored(sum_of_terms: Any) -> Any:
        found = sympy.factor_terms(sum_of_terms, clear=False)
        return sympy.Mul(*[_from_one(factor) for factor in sympy.Mul.make_args(found)])

    return sympy.collect(expression, symbols, factored)


def _from_one(factor: Any) -> Any:
    """2 + x as 2 (1 + ½ x)."""
    import sympy

    front, rest = factor.as_coeff_Add()
    if not rest.is_Add and front not in (0, 1) and factor.is_Add:
        return sympy.Mul(front, 1 + rest / front, evaluate=False)
    return factor


def _may_shrink(formula: Formula) -> bool:
    """Whether anything stands twice, or a quotient stands in a quotient or a product."""
    parts = list(_region(formula))
    atoms = [part for part in parts if not in_region(part) and not is_number(part)]
    nested = sum(part.kind == "quotient" for part in parts) and sum(part.kind == "product" for part in parts)
    doubled = sum(part.kind in ("quotient", "power") for part in parts) > 1
    doubled = doubled or any(part.kind == "power" and coefficient(part.parts[0])[0] != 1 for part in parts)
    small = len(parts) <= LARGEST and len(set(atoms)) <= MOST_ATOMS
    return small and (len(set(atoms)) < len(atoms) or bool(nested) or doubled)


def _region(formula: Formula) -> Iterator[Formula]:
    yield formula
    if in_region(formula) or repeats_scalar(formula):
        for part in formula.parts:
            yield from _region(part)


def _rewritten(expression: Any) -> list[Any]:
    """The expression in the forms that sympy knows, each once."""
    import sympy

    cancelled = sympy.cancel(expression)
    others = (sympy.factor(expression), sympy.factor_terms(expression), sympy.factor_terms(cancelled))
    apart = _fractions_together(expression)
    return list(dict.fromkeys([expression, sympy.expand(expression), cancelled, *others, *apart]))


def _fractions_together(expression: Any) -> list[Any]:
    """a + b/x + c/x as a + (b + c)/x: only fractions with one denominator become one."""
    import sympy

    groups: dict[Any, list[Any]] = {}
    for term in sympy.Add.make_args(expression):
        groups.setdefault(term.as_numer_denom()[1], []).append(term)
    if len(groups) < 2 or all(len(group) < 2 or below.is_number for below, group in groups.items()):
        return []
    sums = [(below.is_number, sympy.Add(*group)) for below, group in groups.items()]
    forms = (sympy.cancel, sympy.factor)
    return [sympy.Add(*[one if whole else form(one) for whole, one in sums]) for form in forms]


def symmetric(formula: Formula, known: frozenset[Any]) -> bool:
    """Whether a matrix is its own transpose, by the way it is written; ``known`` are names of such.

    A product of such matrices element by element is one too; so is A B Aᵀ, and the square of each entry where
    Aᵀ = −A.
    """
    if not formula.shape:
        return True
    if formula.ndim != 2 or formula.shape[0] != formula.shape[1]:
        return False
    if formula.kind in ("identity", "diag", "ones"):
        return True
    if formula.kind == "symbol":
        return formula.data in known
    if formula.kind == "add" and set(formula.parts) == {transpose(term) for term in formula.parts}:
        return True
    if formula.kind == "power" and is_number(formula.parts[1]) and formula.parts[1].data % 2 == 0:
        base = formula.parts[0]
        return symmetric(base, known) or skew(base)
    if formula.kind in ("add", "product", "inverse", "power", "quotient") or is_ufunc(formula):
        return all(symmetric(part, known) for part in formula.parts)
    if formula.kind == "matmul":
        turned = [part if symmetric(part, known) else transpose(part) for part in reversed(formula.parts)]
        return tuple(turned) == formula.parts
    return repeats_scalar(formula)


def skew(formula: Formula) -> bool:
    """Whether a matrix is the negative of its transpose, by the way it is written: x 𝟏ᵀ − 𝟏 xᵀ."""
    square = formula.kind == "add" and formula.ndim == 2 and formula.shape[0] == formula.shape[1]
    return square and set(formula.parts) == {negative(transpose(term)) for term in formula.parts}
