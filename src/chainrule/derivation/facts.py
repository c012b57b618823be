"""What forward propagation says of its values: which matrices are symmetric, and what has a name already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .algebra import number_in_front, simplified, skew, symmetric
from .arithmetic import (
    add,
    coefficient,
    is_ufunc,
    negative,
    power,
    product,
    quotient,
    repeats_scalar,
    scaled,
    sides,
)
from .determinants import with_inverse
from .formula import ONE, Formula, is_number, mapped, number, substituted, walk
from .masks import condition_of_softmax, whole, without_masks
from .matrices import matmul, transpose
from .names import Name
from .normal import with_density, with_distribution
from .ordering import apart, ordered
from .segments import Anchor
from .stacking import blocks_of
from .styling import styled
from .sums import known_sum, known_sums
from .totals import total
from .zeros import with_places


@dataclass(frozen=True)
class Facts:
    """Facts that hold by the way the values are computed.

    Attributes:
        symmetric: the names of matrices that are their own transposes.
        definitions: the products of matrices that have a name, by their factors.
        sums: the sums of named values.
        picked: the names of what is picked from other values, and of inverses, by how it is computed.
        added: sums of terms of which a multiple has a name, by their terms: p + q is 2 m of m = ½ (p + q).
        multiplied: products and quotients of arrays that have a name, by their factors and divisors.
        outside: where alone a masked softmax is not 0, by its name.
        complements: the sums 1 − x that occur, by their terms.
        normal: whether Φ occurs, beside which φ is written by its letter.
    """

    symmetric: frozenset[Name]
    definitions: Mapping[tuple[Formula, ...], Formula]
    sums: Mapping[Formula, Formula]
    picked: Mapping[Formula, Formula]
    added: Mapping[frozenset[Formula], Formula]
    multiplied: Mapping[tuple[frozenset[Formula], frozenset[Formula]], Formula]
    outside: Mapping[Formula, Formula]
    complements: Mapping[frozenset[Formula], Formula]
    normal: bool = False

    def refined(self, formula: Formula) -> Formula:
        """An equal formula: symmetric matrices untransposed, named products by their names."""
        for _ in range(3):
            before = formula
            formula = simplified(mapped(formula, self._refined))
            if formula == before:
                break
        return formula

    def written(self, formula: Formula) -> Formula:
        """The formula as it is written, symmetric matrices untransposed."""
        found = self.with_letters(mapped(styled(mapped(formula, apart)), self._refined))
        found = mapped(found, lambda part: number_in_front(part) if part.kind == "product" else part)
        return mapped(found, ordered)

    def with_letters(self, formula: Formula) -> Formula:
        """The formula with Φ, and φ where that occurs, for what it is written out."""
        return mapped(mapped(formula, with_distribution), with_density) if self.normal else formula

    def _refined(self, part: Formula) -> Formula:
        part = without_masks(with_density(part) if self.normal else part, self.outside)
        if part.kind == "transpose" and part.ndim == 2:
            inner = part.parts[0]
            if symmetric(inner, self.symmetric):
                return inner
            if inner.kind == "inverse" and symmetric(inner.parts[0], self.symmetric):
                return inner
        if part.kind == "sum":
            return self._weighted_mean(part)
        if part.kind == "add" and part.ndim == 2 and part.shape[0] == 1:
            return _row_of_sum(part)
        if part.kind == "add" and whole(part) is not part:
            return whole(part)
        if part.kind == "add":
            part = self._with_own_divisors(part)
            found = self.added.get(frozenset(part.parts))
            return found if found is not None and found.shape == part.shape else _without_numbers(part)
        if part.kind in ("product", "quotient"):
            part = with_places(part, self.picked) if part.kind == "product" else part
            return self._with_factors(self._with_factors_of_sums(part))
        if part.kind == "matmul":
            return self._with_names(with_places(part, self.picked))
        return self.picked.get(part, part)

    def _with_own_divisors(self, added: Formula) -> Formula:
        """a + b / (x − 1) as a − b / (1 − x), where 1 − x stands in the function."""
        terms = [self._with_own_divisor(term) for term in added.parts]
        return Formula("add", tuple(terms), added.shape) if terms != list(added.parts) else added

    def _with_own_divisor(self, term: Formula) -> Formula:
        front, rest = coefficient(term)
        turned = negative(rest.parts[1]) if rest.kind == "quotient" else ONE
        own = self.complements.get(frozenset(turned.parts)) if front > 0 else None
        if own is None:
            return term
        turned = Formula("quotient", (rest.parts[0], own), rest.shape)
        return Formula("product", (number(-front), turned), term.shape)

    def _weighted_mean(self, part: Formula) -> Formula:
        """Σ p ∘ (x + c) as Σ p ∘ x + c, where the sum of p is known to be 1, or another number."""
        (x,) = part.parts
        if x.kind != "product" or x.ndim != 1 or len(x.parts) != 2:
            return known_sum(part, self.sums)
        for p, added in (x.parts, x.parts[::-1]):
            known = self.sums.get(total(p, (0,)))
            terms = added.parts if added.kind == "add" else ()
            numbers = [term for term in terms if not term.shape or repeats_scalar(term)]
            if known is not None and is_number(known) and numbers:
                rest = add(*[term for term in terms if term not in numbers])
                bare = [term.parts[0] if term.shape else term for term in numbers]
                return add(total(product(p, rest), (0,)), *[product(known, number) for number in bare])
        return known_sum(part, self.sums)

    def _with_names(self, product: Formula) -> Formula:
        """A product of matrices with named runs of factors replaced, the longest first."""
        if product.kind != "matmul":
            return product
        factors = product.parts
        for length in range(len(factors), 1, -1):
            for start in range(len(factors) - length + 1):
                run = factors[start : start + length]
                found = self.definitions.get(run)
                if found is None:
                    turned = self.definitions.get(tuple(self._turned(part) for part in reversed(run)))
                    found = None if turned is None else transpose(turned)
                if found is not None and found.ndim == matmul(*run).ndim:
                    return matmul(*factors[:start], found, *factors[start + length :])
        return product

    def _with_factors(self, part: Formula) -> Formula:
        """A product or quotient of arrays with named ones of some of its factors in their place."""
        part = with_inverse(part)
        if part.kind not in ("product", "quotient"):
            return part
        above, whole_below = sides(part)
        above = [_with_bare_numbers(factor) for factor in above]
        for (factors, divisors), named in self.multiplied.items():
            below = _with_roots(whole_below, divisors)
            apart = any(add(ONE, negative(factor)) in above for factor in factors)  # o ∘ (1 − o)
            fits = named.shape == part.shape and factors <= set(above) and divisors <= set(below)
            if fits and not apart:
                rest = product(*[factor for factor in above if factor not in factors], named)
                divided = list((Counter(below) - Counter(divisors)).elements())
                return self._with_factors(quotient(rest, product(*divided)) if divided else rest)
        return part

    def _with_factors_of_sums(self, part: Formula) -> Formula:
        """The same of a Σ b ∘ x, where a ∘ b has a name, c: Σ c ∘ x."""
        for i, added in enumerate(part.parts if part.kind == "product" and not part.shape else ()):
            if added.kind == "sum" and added.parts[0].kind == "product":
                whole = product(*part.parts[:i], *part.parts[i + 1 :], *added.parts)
                found = self._with_factors(whole)
                if found != whole:
                    return total(found, added.data)
        return part

    def _turned(self, part: Formula) -> Formula:
        return part if part.ndim == 2 and symmetric(part, self.symmetric) else transpose(part)


def _with_bare_numbers(factor: Formula) -> Formula:
    """x − μ, the number μ repeated or not."""
    if (
        factor.kind != "add"
        or not any(map(repeats_scalar, factor.parts))
        or all(map(repeats_scalar, factor.parts))
    ):
        return factor
    return add(*[term.parts[0] if repeats_scalar(term) else term for term in factor.parts])


def _with_roots(divisors: list[Formula], wanted: Collection[Formula]) -> list[Formula]:
    """√v and √v in place of a divisor v, where √v is wanted."""
    found: list[Formula] = []
    for divisor in divisors:
        root = power(divisor, number(0.5))
        found += [root, root] if root in wanted and divisor not in wanted else [divisor]
    return found


def _without_numbers(added: Formula) -> Formula:
    """(s + 1) − (x + 1) as s − x, where s is one number and x an array."""
    terms: list[Formula] = []
    for term in added.parts:
        front, rest = coefficient(term.parts[0] if repeats_scalar(term) else term)
        inner = rest.parts if rest.kind == "add" and any(map(is_number, rest.parts)) else (rest,)
        terms += [product(number(front), part) for part in inner]
    numbers = [term.data for term in terms if is_number(term)]
    if len(numbers) < 2 or sum(numbers):
        return added
    found = add(*[term for term in terms if not is_number(term)])
    return found if found.shape == added.shape else added


def _row_of_sum(added: Formula) -> Formula:
    """aᵀ − bᵀ as (a − b)ᵀ."""
    split = [scaled(term) for term in added.parts]
    if not all(rest.kind == "transpose" and rest.parts[0].ndim == 1 for _, rest in split):
        return added
    return transpose(simplified(add(*[product(*scalars, rest.parts[0]) for scalars, rest in split])))


def facts(order: Sequence[Anchor], symmetric_too: Collection[Name] = ()) -> Facts:
    """The facts of forward propagation, and those that follow where more matrices are symmetric."""
    found: set[Name] = set(symmetric_too)
    skewed: dict[Formula, Formula] = {}
    definitions: dict[tuple[Formula, ...], Formula] = {}
    picked: dict[Formula, Formula] = {}
    added: dict[frozenset[Formula], Formula] = {}
    multiplied: dict[tuple[frozenset[Formula], frozenset[Formula]], Formula] = {}
    for anchor in order:
        if anchor.is_argument:
            continue
        formula, shape = anchor.formula, anchor.node.shape
        known = frozenset(found)
        if skew(formula):
            skewed[anchor.symbol] = formula
        if len(shape) == 2 and shape[0] == shape[1] and symmetric(substituted(formula, skewed), known):
            found.add(anchor.name)
        if formula.kind == "matmul" and any(part.kind == "symbol" for part in walk(formula)):
            definitions[formula.parts] = anchor.symbol
        if formula.kind in ("index", "diagonal of", "inverse"):
            picked[formula] = anchor.symbol
        picked |= blocks_of(formula, anchor.symbol)
        above, below = sides(formula)
        spoken_of = anchor.own or anchor is order[-1]
        normalised = any(is_number(divisor.parts[1], 0.5) for divisor in below if divisor.kind == "power")
        if spoken_of and len(above + below) > 1 and (normalised or any(map(is_ufunc, above))):
            multiplied[frozenset(map(_with_bare_numbers, above)), frozenset(below)] = anchor.symbol
        front, rest = coefficient(formula)
        if rest.kind == "add" and anchor.own and not any(map(is_number, rest.parts)):
            added[frozenset(rest.parts)] = product(number(1 / front), anchor.symbol)
    parts = [part for anchor in order if not anchor.is_argument for part in walk(anchor.formula)]
    normal = any(with_distribution(part) is not part for part in parts)
    conditions = {anchor.symbol: condition_of_softmax(anchor.formula) for anchor in order}
    outside = {value: condition for value, condition in conditions.items() if condition is not None}
    sums = known_sums(tuple(order))
    complements = {frozenset(x.parts): x for x in parts if x.kind == "add" and x.parts[0] == ONE}
    names = frozenset(found)
    return Facts(names, definitions, sums, picked, added, multiplied, outside, complements, normal)
