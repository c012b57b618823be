"""The derivative of a determinant beside the determinant: cofactor(A) / det(A) is A⁻ᵀ."""

from __future__ import annotations

from .arithmetic import product, quotient, sides
from .formula import Formula
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
