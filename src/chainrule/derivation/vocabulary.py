"""What the signs in a derivation mean: those that it uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..graph import all_primitives
from .arithmetic import repeats_scalar
from .calls import Call
from .formula import Formula, walk
from .function_names import WORDS
from .gamma import digamma, trigamma
from .gaps import gaps, sums
from .masks import phi
from .normal import cumulative, density
from .numbers import triangle
from .places import one_hot
from .reading import softplus
from .step import Step
from .writing import CONDITIONS, call_name, has_unit_axes


def notation_used(steps: Sequence[Step]) -> str:
    """A sentence on each kind of sign that occurs."""
    parts = {part for step in steps for part in walk(step.right)}
    first = [(sentence, next(filter(occurs, parts), None)) for sentence, occurs in SENTENCES]
    said = [sentence.format(_function(part)) for sentence, part in first if part is not None]
    return " ".join(["Vectors are columns.", *said])


def _function(part: Formula) -> str:
    return str(part.data[0]) if part.kind == "apply" else ""


def _acts_on_entries(part: Formula) -> bool:
    """Whether it is a function of numbers, applied to an array: tanh(z), but not cholesky(A)."""
    if part.kind != "apply" or not part.shape:
        return False
    call = part.data[1]
    evaluate = call.evaluate if isinstance(call, Call) else call
    known = [primitive.evaluate for primitive in all_primitives() if primitive.elementwise]
    return isinstance(evaluate, np.ufunc) or evaluate in (softplus, cumulative, density, trigamma, *known)


SENTENCES: tuple[tuple[str, Callable[[Formula], bool]], ...] = (
    (
        "∘ multiplies entry by entry.",
        lambda p: p.kind == "product" and sum(bool(part.shape) for part in p.parts) > 1,
    ),
    ("⊘ divides entry by entry.", lambda p: p.kind == "quotient" and bool(p.parts[1].shape)),
    (
        "∘² and other powers with a ring are taken entry by entry.",
        lambda p: p.kind == "power" and bool(p.shape),
    ),
    ("Functions of numbers act on each entry of an array.", _acts_on_entries),
    (
        "A number added to an array is added to each entry.",
        lambda p: p.kind == "add" and bool(p.shape) and any(not part.shape for part in p.parts),
    ),
    ("Indices in brackets count from 0, as in Python.", lambda p: p.kind in ("index", "put")),
    (
        "put[i](x) is zero but for x at [i], added where a place comes again.",
        lambda p: p.kind == "put" and one_hot(p) is None,
    ),
    ("onehot(k) is 1 at [k] and zero elsewhere.", lambda p: isinstance(one_hot(p), int)),
    ("Row i of onehot(k) is 1 at [kᵢ] and zero elsewhere.", lambda p: isinstance(one_hot(p), Formula)),
    ("None in brackets repeats along a new axis.", lambda p: _repeats(p) and not has_unit_axes(p)),
    (
        "An axis of length 1 is repeated where another operand is longer.",
        lambda p: _repeats(p) and has_unit_axes(p),
    ),
    (
        "An array of three axes is a stack of matrices: each is multiplied and transposed by itself.",
        lambda p: p.kind in ("matmul", "transpose") and p.ndim > 2,
    ),
    ("diag of a matrix is the vector on its diagonal.", lambda p: p.kind == "diagonal of"),
    (
        "cofactor(A) holds the cofactors of A: det(A) A⁻ᵀ, where A is invertible.",
        lambda p: p.kind == "apply" and p.data[0] == "cofactor",
    ),
    ("‖x‖₁ = Σᵢ |xᵢ|.", lambda p: p.kind == "sum" and p.parts[0].ndim == 1 and _is_size(p.parts[0])),
    ("softplus(x) = log(1 + exp(x)).", lambda p: p.kind == "apply" and p.data[0] == "softplus"),
    ("{} is the derivative of log Γ.", lambda p: p.kind == "apply" and p.data[1] is digamma),
    ("{} is the second derivative of log Γ.", lambda p: p.kind == "apply" and p.data[1] is trigamma),
    ("{}(x) = 1 / (1 + exp(−x)).", lambda p: p.kind == "apply" and p.data[0] in ("σ", WORDS["σ"])),
    (
        "{}(X) is X below its diagonal, half of it on the diagonal and 0 above.",
        lambda p: p.kind == "apply" and p.data[1] is phi,
    ),
    (
        "{}(x) = ½ (1 + erf(x/√2)) is the standard normal distribution function.",
        lambda p: p.kind == "apply" and p.data[1] is cumulative,
    ),
    (
        "{}(x) = exp(−½ x²) / √(2π) is its density.",
        lambda p: p.kind == "apply" and p.data[1] is density,
    ),
    (
        "tril(X) is X on and below its diagonal, and 0 above.",
        lambda p: p.kind == "apply" and p.data[0] == "tril" and len(p.parts) == 1,
    ),
    (
        "triu(X) is X on and above its diagonal, and 0 below.",
        lambda p: p.kind == "apply" and p.data[0] == "triu" and len(p.parts) == 1,
    ),
    ("tril(X, −1) is X below its diagonal.", lambda p: _is_strict(p, "tril")),
    ("triu(X, 1) is X above its diagonal.", lambda p: _is_strict(p, "triu")),
    (
        "gaps(λ)ᵢⱼ = λⱼ − λᵢ, and ∞ where that is 0: what is divided by it is 0 there.",
        lambda p: p.kind == "apply" and p.data[1] is gaps,
    ),
    (
        "sums(s)ᵢⱼ = sⱼ + sᵢ, and ∞ where that is 0.",
        lambda p: p.kind == "apply" and p.data[1] is sums,
    ),
    (
        "i and j number the rows and the columns.",
        lambda p: p.kind == "literal" and p.data.value.dtype == bool and bool(triangle(p.data.value)),
    ),
    ("Rows one below the other stand in brackets, with ; between.", lambda p: p.kind == "rows"),
    ("[a; b] is a above b.", lambda p: p.kind == "stack" and p.data == 0),
    ("[A, B] is A beside B.", lambda p: p.kind == "stack" and p.data == 1),
    (
        "An index outside the parentheses numbers the entries; Σ sums over those below it.",
        lambda p: p.kind == "contract",
    ),
    ("𝟏 holds ones.", lambda p: p.kind == "ones"),
    (
        "𝟙[·] is 1 where the condition holds and 0 elsewhere.",
        lambda p: p.kind == "indicator" and p.parts[0].kind in CONDITIONS,
    ),
    ("vec puts the rows of a matrix one after the other.", lambda p: _is_vec(p) or _names_vec(p)),
    ("(x ∗ y)ₙ = Σⱼ xₙ₋ⱼ yⱼ.", lambda p: p.kind == "convolution"),
    ("(x ⋆ y)ₙ = Σⱼ xₙ₊ⱼ yⱼ, where y lies within x.", lambda p: p.kind == "correlation"),
    (
        "x × y is (x₂y₃ − x₃y₂, x₃y₁ − x₁y₃, x₁y₂ − x₂y₁), of matrices row by row.",
        lambda p: p.kind == "cross",
    ),
    ("⊗ is the Kronecker product.", lambda p: p.kind == "kron"),
    ("Kₘₙ turns vec[X] into vec[Xᵀ], X being of m rows and n columns.", lambda p: p.kind == "commutation"),
    (
        "Subscript rows: of each row by itself.",
        lambda p: p.kind == "apply" and p.data[0].endswith("each row"),
    ),
    (
        "Subscript columns: of each column by itself.",
        lambda p: p.kind == "apply" and p.data[0].endswith("each column"),
    ),
)


def _is_size(part: Formula) -> bool:
    return part.kind == "apply" and part.data[0] == "absolute"


def _repeats(part: Formula) -> bool:
    return part.kind == "spread" and not repeats_scalar(part)


def _is_strict(part: Formula, name: str) -> bool:
    return part.kind == "apply" and part.data[0] == name and len(part.parts) == 2


def _is_vec(part: Formula) -> bool:
    return part.kind in ("vec", "reshape", "diag") and "vec" in call_name(part)


def _names_vec(part: Formula) -> bool:
    return part.kind == "symbol" and "vec[" in part.data.text
