"""The derivative of a determinant beside the determinant: cofactor(A) / det(A) is A⁻ᵀ."""

from __future__ import annotations

from .arithmetic import product, quotient
from .formula import ONE, Formula
from .matrices import inverse, transpose


def with_inverse(part: Formula) -> Formula:
    """A product of quotients with A⁻ᵀ for cofactor(A) / det(A)."""
    above, below = sides(part)
    for i, cofactors in enumerate(above):
        divisor = next((x for x in below if _is_determinant_of(x, cofactors)), None)
        if divisor is not None:
            (matrix,) = cofactors.parts
            above[i] = transpose(inverse(matrix))
            below.remove(divisor)
            return quotient(product(*above), product(*below)) if below else product(*above)
    return part


def _is_determinant_of(divisor: Formula, cofactors: Formula) -> bool:
    """Whether they are det(A) and cofactor(A)."""
    names = [x.data[0] for x in (divisor, cofactors) if x.kind == "apply"]
    return names == ["det", "cofactor"] and divisor.parts == cofactors.parts


def sides(part: Formula) -> tuple[list[Formula], list[Formula]]:
    """The factors above and below the bars of a product of quotients."""
    if part.kind == "product":
        found = [sides(factor) for factor in part.parts]
        return [x for above, _ in found for x in above], [x for _, below in found for x in below]
    if part.kind == "quotient":
        (above, under), (below, over) = map(sides, part.parts)
        return [x for x in above + over if x != ONE], under + below
    return [part], []
