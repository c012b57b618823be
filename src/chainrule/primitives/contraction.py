"""Products of two arrays summed over shared axes: matmul, dot, inner, outer, tensordot, kron, einsum.

All are one primitive, ``einsum`` of two operands, each of whose letters stands in at least two of (first
operand, second operand, output). Such a contraction is symmetric in these three, so its local Jacobians are
contractions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph import ArrayType, Node, Sample
from ..linear_maps import Contract, LinearMap
from .records import structural

Kernel = Callable[[np.ndarray, np.ndarray], Any]


def parse(spec: str) -> tuple[str, str, str]:
    """The letters of the first operand, the second operand and the output.

    >>> parse("ij,j->i")
    ('ij', 'j', 'i')
    """
    operands, output = spec.split("->")
    first, second = operands.split(",")
    return first, second, output


def _contracted(a: ArrayType, b: ArrayType, *, spec: str) -> ArrayType:
    first, second, output = parse(spec)
    sizes: dict[str, int] = {}
    for letters, operand in ((first, a), (second, b)):
        if len(letters) != operand.ndim:
            raise ShapeError(
                f"einsum({spec!r}) of shapes {a.shape} and {b.shape}", expected="a letter an axis"
            )
        for letter, n in zip(letters, operand.shape, strict=True):
            if sizes.setdefault(letter, n) != n:
                raise ShapeError(f"shapes {a.shape} and {b.shape} do not match: {sizes[letter]} against {n}")
    return ArrayType(tuple(sizes[letter] for letter in output), np.result_type(a.dtype, b.dtype))


def _evaluate(a: np.ndarray, b: np.ndarray, *, spec: str) -> Any:
    return _kernel(spec)(a, b)


def absorbing(contract: Kernel, a: np.ndarray, b: np.ndarray) -> Any:
    """The contraction with 0·∞ = 0: such terms are left out where a sum is not finite because of them."""
    with np.errstate(invalid="ignore"):
        result = contract(a, b)
    if np.all(np.isfinite(result)):
        return result
    finite_a, finite_b = np.isfinite(a), np.isfinite(b)
    finite = contract(np.where(finite_a, a, 0), np.where(finite_b, b, 0))
    infinite = contract(np.where(finite_a, 0.0, 1.0), np.where(b != 0, 1.0, 0.0))
    infinite = infinite + contract(np.where(a != 0, 1.0, 0.0), np.where(finite_b, 0.0, 1.0))
    return np.where(infinite > 0, result, finite)


@lru_cache(maxsize=1024)
def _kernel(spec: str) -> Kernel:
    """The NumPy calls that compute a contraction: a broadcast product, or one matmul."""
    first, second, output = parse(spec)
    summed = "".join(letter for letter in first if letter not in output)
    if not summed:
        of_a, of_b = _aligner(first, output), _aligner(second, output)
        return lambda a, b: of_a(a) * of_b(b)
    batch = "".join(letter for letter in output if letter in first and letter in second)
    left = "".join(letter for letter in output if letter in first and letter not in batch)
    right = "".join(letter for letter in output if letter in second and letter not in batch)
    if not batch and len(left) <= 1 and len(right) <= 1 and len(summed) == 1:
        return _matmul_kernel(first != left + summed, second != summed + right, output != left + right)
    if _is_stacked_product(first, second, output):
        return np.matmul

    of_a, of_b = _aligner(first, batch + left + summed), _aligner(second, batch + summed + right)
    of_result = _aligner(batch + left + right, output)

    def contract(a: np.ndarray, b: np.ndarray) -> Any:
        sizes = dict(zip(first + second, a.shape + b.shape, strict=True))
        rows, inner, columns = ([sizes[letter] for letter in letters] for letters in (left, summed, right))
        outer, n = [sizes[letter] for letter in batch], math.prod(inner)
        product = of_a(a).reshape(*outer, math.prod(rows), n) @ of_b(b).reshape(*outer, n, math.prod(columns))
        return of_result(product.reshape(outer + rows + columns))

    return contract


def _matmul_kernel(turn_a: bool, turn_b: bool, turn_result: bool) -> Kernel:
    if not (turn_a or turn_b or turn_result):
        return np.matmul

    def matmul(a: np.ndarray, b: np.ndarray) -> Any:
        result = (a.T if turn_a else a) @ (b.T if turn_b else b)
        return result.T if turn_result else result

    return matmul


def _aligner(letters: str, order: str) -> Callable[[np.ndarray], Any]:
    """Puts axes in another order, with one of length 1 for each letter that the array does not have."""
    if letters == order:
        return lambda x: x
    axes = [letters.index(letter) for letter in order if letter in letters]
    index = tuple(slice(None) if letter in letters else None for letter in order)
    if axes == sorted(axes):
        return lambda x: x[index]
    return lambda x: x.transpose(axes)[index]


def _operand_map(i: int, node: Node) -> LinearMap:
    first, second, output = parse(node.params["spec"])
    letters = (first, second)
    source, other = node.inputs[i], node.inputs[1 - i]
    singular = node.op == "absorbing_einsum"
    return Contract(source.shape, node.shape, letters[i], output, other, letters[1 - i], singular)


def _text(a: str, b: str, *, spec: str) -> str:
    function, operands = _call(a, b, spec)
    infix = {"np.multiply": " * ", "np.matmul": " @ "}.get(function)
    return infix.join(operands) if infix else f"{function}({', '.join(operands)})"


def _absorbing_text(a: str, b: str, *, spec: str) -> str:
    function, operands = _call(a, b, spec)
    if function == "np.einsum":
        return f"absorbing(lambda p, q: np.einsum('{spec}', p, q), {a}, {b})"
    return f"absorbing({function}, {', '.join(operands)})"


def _call(a: str, b: str, spec: str) -> tuple[str, list[str]]:
    """The function of NumPy that contracts, and what it takes."""
    first, second, output = parse(spec)
    summed = [letter for letter in first if letter not in output]
    if output in (first, second) and "" in (first, second):
        return "np.multiply", [a, b]
    if _is_stacked_product(first, second, output):
        return "np.matmul", [a, b]
    if len(summed) == 1 and max(len(first), len(second)) <= 2 and len(output) == len(first + second) - 2:
        return "np.matmul", _factors(a, b, first, second, output, summed[0])
    if not summed and len(first) == len(second) == 1 and len(output) == 2:
        return "np.outer", [a, b] if output == first + second else [b, a]
    return "np.einsum", [f"'{spec}'", a, b]


def _is_stacked_product(first: str, second: str, output: str) -> bool:
    """Whether it is the product of each matrix of a stack with the one at its place in another."""
    batch = output[:-2]
    rows, inner, columns = first[-2:-1], first[-1:], second[-1:]
    return bool(batch) and (first, second, output) == (
        batch + rows + inner, batch + inner + columns, batch + rows + columns
    )  # fmt: skip


def _factors(a: str, b: str, first: str, second: str, output: str, summed: str) -> list[str]:
    """Two matrices or vectors in the order of their product, transposed where they must be."""
    if output and output[0] in second and len(first + second) > 3:
        a, b, first, second = b, a, second, first
    return [a if first[-1] == summed else f"{a}.T", b if second[0] == summed else f"{b}.T"]


def _samples(rng: np.random.Generator) -> list[Sample]:
    sizes = {"i": 2, "j": 3, "k": 4, "b": 2, "z": 0}
    specs = (
        "ij,jk->ik", "ij,kj->ik", "ji,jk->ki", "ij,j->i", "i,ij->j", "i,i->", "i,j->ij", "i,j->ji",
        "bij,bjk->bik", "ijk,jk->i", "ij,ij->ij", "iz,zj->ij", ",i->i", "bi,kij->bkj",
    )  # fmt: skip
    return [
        Sample(
            tuple(rng.normal(size=[sizes[c] for c in letters]) for letters in parse(spec)[:2]), {"spec": spec}
        )
        for spec in specs
    ]


structural(
    "einsum",
    type_rule=_contracted,
    evaluate=_evaluate,
    jacobian=_operand_map,
    show=_text,
    lower="product",
    samples=_samples,
)

structural(
    "absorbing_einsum",
    type_rule=_contracted,
    evaluate=lambda a, b, *, spec: absorbing(_kernel(spec), a, b),
    jacobian=_operand_map,
    show=_absorbing_text,
    lower="product",
    helpers=(absorbing,),
    samples=_samples,
)
