"""Products of matrices, transposes, diagonals and inverses, written as short as they read.

A vector is a column; the transpose of one is a row.
"""

from __future__ import annotations

from ..graph import Shape
from .arithmetic import is_zero, product, repeats_scalar, scaled, spread, zero
from .formula import REBUILT, Formula, ones


def transpose(x: Formula) -> Formula:
    """Xᵀ; a column becomes a row, and each matrix of a stack is transposed."""
    if not x.shape:
        return x
    shape = (1, *x.shape) if x.ndim == 1 else (*x.shape[:-2], x.shape[-1], x.shape[-2])
    if is_zero(x):
        return zero(shape)
    if x.kind == "transpose":
        return x.parts[0]
    if _bare_column(x) is not x:
        return transpose(_bare_column(x))
    if x.kind == "matmul" and not _of_stack_and_vector(x):
        return matmul(*[transpose(part) for part in reversed(x.parts)])
    scalars, rest = scaled(x)
    if scalars:
        return product(*scalars, transpose(rest))
    if rest.kind in ("identity", "diag"):
        return rest
    if rest.kind == "spread" and rest.ndim == 2 and rest.parts[0].ndim == 1:
        return spread(rest.parts[0], shape, (1 - rest.data[0],))
    return Formula("transpose", (x,), shape)


def inverse(a: Formula) -> Formula:
    """A⁻¹; of Aᵀ the transpose of A⁻¹."""
    if a.kind == "transpose":
        return transpose(inverse(a.parts[0]))
    return a if a.kind == "identity" else Formula("inverse", (a,), a.shape)


def is_row(x: Formula) -> bool:
    """Whether it is a transposed vector, or a product that begins with one."""
    if x.kind == "matmul":
        return is_row(x.parts[0])
    return x.kind == "transpose" and x.parts[0].ndim == 1


def matmul(*factors: Formula) -> Formula:
    """The product of matrices, columns and rows, or of each in a stack; scalar factors stand in front."""
    outside: list[Formula] = []
    inside: list[Formula] = []
    for k, factor in enumerate(factors):
        scalars, rest = scaled(factor) if factor.shape else ([factor], None)
        outside += scalars
        if rest is not None:
            rest = rest if k == len(factors) - 1 else _bare_column(rest)
            inside += rest.parts if rest.kind == "matmul" and not _of_stack_and_vector(rest) else (rest,)
    if not inside:
        return product(*outside)
    inside = _without_inverses(inside)
    inside = [part for part in inside if part.kind != "identity"] or inside[:1]
    column = _bare_column(inside[-1])
    if column is not inside[-1] and len(inside) > 1:
        whole = matmul(*outside, *inside[:-1], column)
        return Formula("column", (whole,), (*whole.shape, 1))
    inside = _diagonals_together(inside)
    if len(inside) == 1:
        return product(*outside, inside[0]) if outside else inside[0]
    if inside[0].kind == "diag" and inside[-1].ndim == 1 and inside[0].parts[0].ndim == 1:
        return product(*outside, inside[0].parts[0], matmul(*inside[1:]))
    first, last = inside[0], inside[-1]
    rows = () if is_row(first) and last.ndim == 1 else first.shape[-2:-1] or first.shape
    stack: Shape = max([part.shape[:-2] for part in inside], key=len)
    shape = stack + rows + (last.shape[-1:] if last.ndim > 1 else ())
    if any(map(is_zero, inside)):
        return zero(shape)
    return product(*outside, Formula("matmul", tuple(inside), shape))


def _without_inverses(factors: list[Formula]) -> list[Formula]:
    """I for A A⁻¹, and for A⁻ᵀ Aᵀ."""
    found: list[Formula] = []
    for factor in factors:
        square = factor.ndim == 2 and factor.shape[0] == factor.shape[1]
        if found and square and (found[-1] == inverse(factor) or inverse(found[-1]) == factor):
            found[-1] = identity(factor.shape[0])
        else:
            found.append(factor)
    return found


def _bare_column(x: Formula) -> Formula:
    """The vector that is written as a matrix of one column, which reads the same."""
    return x.parts[0] if x.kind == "column" and x.parts[0].ndim == 1 else x


def _of_stack_and_vector(x: Formula) -> bool:
    """Whether it is a vector for each matrix of a stack: together a matrix, whose factors stay together."""
    return x.parts[-1].ndim == 1 and any(part.ndim > 2 for part in x.parts)


def _diagonals_together(factors: list[Formula]) -> list[Formula]:
    """diag(a) diag(b) as diag(a ∘ b), and diag(a) 𝟏 as a."""
    if len(factors) > 1 and factors[-1].kind == "ones" and factors[-1].ndim == 1:
        factors = _diagonals_together(factors[:-1])
        vector = factors[-1].parts[0] if factors[-1].kind == "diag" else None
        last = vector if vector is not None and vector.ndim == 1 else ones(factors[-1].shape[-1:])
        return [*(factors[:-1] if last is vector else factors), last]
    found = factors[:1]
    for factor in factors[1:]:
        same = found[-1].kind == factor.kind == "diag" and found[-1].parts[0].shape == factor.parts[0].shape
        if same:
            found[-1] = diagonal(product(found[-1].parts[0], factor.parts[0]))
        else:
            found.append(factor)
    return found


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


REBUILT["matmul"] = lambda f, parts: matmul(*parts)
REBUILT["transpose"] = lambda f, parts: transpose(*parts)
REBUILT["diag"] = lambda f, parts: diagonal(*parts)
REBUILT["inverse"] = lambda f, parts: inverse(*parts)
