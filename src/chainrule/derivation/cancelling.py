"""Values that the user gave no name, put into a formula where something cancels: y/z of z = x y is 1/x."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .chain import Chain
from .formula import Formula, substituted, walk
from .legibility import cost
from .matrices import matmul, transpose
from .segments import Anchor

KINDS = {"add", "product", "quotient", "power"}
LONGEST = 8  # operations in a definition that is put in
MOST = 4  # values that are tried


def cancelled(chain: Chain, formula: Formula) -> Formula:
    """The formula with the definitions of values put in that divide, where it is shorter so."""
    for anchor in list(_candidates(chain, formula))[:MOST]:
        found = chain.facts.refined(substituted(formula, {anchor.symbol: anchor.formula}))
        found = substituted(found, {anchor.formula: anchor.symbol})
        if cost(found) < cost(formula):
            formula = found
    return formula


def in_one_form(chain: Chain, formula: Formula) -> Formula:
    """The formula as it is written: S⁻¹ d without its name v, which the user did not give, beside S⁻ᵀ d."""
    mixed = {a.symbol: a.formula for a in chain.order if not a.own and _beside_transpose(formula, a)}
    if not mixed:
        return chain.facts.written(formula)
    named = chain.facts.definitions.items()
    facts = replace(chain.facts, definitions={parts: name for parts, name in named if name not in mixed})
    return facts.written(facts.refined(substituted(formula, mixed)))


def _beside_transpose(formula: Formula, anchor: Anchor) -> bool:
    """Whether a value A⁻¹ x stands beside A⁻ᵀ x."""
    if anchor.formula.kind != "matmul" or anchor.formula.parts[0].kind != "inverse":
        return False
    (first, *rest), parts = anchor.formula.parts, set(walk(formula))
    turned = matmul(transpose(first), *rest).parts
    return anchor.symbol in parts and any(
        part.kind == "matmul" and turned in [part.parts[i : i + len(turned)] for i in range(len(part.parts))]
        for part in parts
    )


def with_what_happened(rule: str, before: Formula, after: Formula) -> str:
    """A rule, and what has made the formula shorter: factors that cancel, or terms that are alike."""
    fractions, terms = _count(before, "quotient") - _count(after, "quotient"), _terms(before) - _terms(after)
    if fractions > 0:
        return f"{rule}: factors cancel"
    return f"{rule}: like terms are one" if terms > 0 else rule


def _count(formula: Formula, kind: str) -> int:
    return sum(part.kind == kind for part in walk(formula))


def _terms(formula: Formula) -> int:
    return sum(len(part.parts) - 1 for part in walk(formula) if part.kind == "add")


def _candidates(chain: Chain, formula: Formula) -> Iterator[Anchor]:
    """The values below a bar, the last first: their definitions may name others of them."""
    below = {part for whole in walk(formula) if whole.kind == "quotient" for part in walk(whole.parts[1])}
    for anchor in reversed(chain.order):
        short = sum(1 for _ in walk(anchor.formula)) <= LONGEST
        if anchor.symbol in below and not anchor.own and short and anchor.formula.kind in KINDS:
            yield anchor
