"""The printed form of local Jacobians: from structured linear maps to matrices as formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..calculus import simplify
from ..graph import Graph, Node, cast
from ..linear_maps import (
    Add,
    Broadcast,
    Cast,
    Compose,
    Contract,
    Identity,
    LinearMap,
    Mask,
    Reshape,
    Scale,
    Sum,
    Transpose,
)
from .algebra import simplified
from .arithmetic import add, apply, coefficient, filled, is_zero, negative, product, scaled, zero
from .formula import ONE, Formula, number, ones, substituted
from .matrices import diagonal, identity, inverse, is_row, matmul, transpose
from .reading import read
from .segments import Anchor, relevant_nodes
from .totals import total


def local_jacobian(target: Anchor, source: Anchor) -> Formula | None:
    """∂target/∂vec[source], all else fixed, as a matrix; None where it has no form that is worth writing."""
    form = _Form(target)
    found: dict[Node, Formula | None] = {source.stand_in: identity(source.node.type.size)}
    for node in relevant_nodes(target, source):
        terms: list[Formula | None] = []
        for i, operand in enumerate(node.inputs):
            if operand in found and operand.type.is_float:
                terms.append(_times(form.of_node(node, i), found[operand]))
        found[node] = _total(terms)
    result = found[target.definition]
    if result is None:
        return None
    return _as_scalar(simplified(result), target, source)


def _total(terms: Sequence[Formula | None]) -> Formula | None:
    """The sum of Jacobians; diagonal ones are one."""
    known = [term for term in terms if term is not None]
    if len(known) < len(terms):
        return None
    split = [(scaled(term), term) for term in known]
    diagonals = [rest.parts[0].shape for (_, rest), _ in split if rest.kind == "diag"]
    kinds = {"diag", "identity"} if diagonals else set()
    inner = [_on_diagonal(scalars, rest, diagonals[0]) for (scalars, rest), _ in split if rest.kind in kinds]
    others = [term for (_, rest), term in split if rest.kind not in kinds]
    if len(inner) > 1 and len({x.shape for x in inner}) == 1:
        others.append(diagonal(simplified(add(*inner))))
        return add(*others)
    return add(*known)


def _on_diagonal(scalars: Sequence[Formula], matrix: Formula, shape: tuple[int, ...]) -> Formula:
    """What stands on the diagonal of a multiple of a diagonal matrix, which the identity is too."""
    if matrix.kind == "identity":
        return filled(product(*scalars) if scalars else ONE, shape)
    return product(*scalars, matrix.parts[0])


def _times(outer: Formula | None, inner: Formula | None) -> Formula | None:
    return None if outer is None or inner is None else chained(outer, inner)


def _as_scalar(matrix: Formula, target: Anchor, source: Anchor) -> Formula:
    """Between two numbers the Jacobian is a number: I of one row is 1."""
    if target.node.ndim or source.node.ndim:
        return matrix
    value = _as_sum(simplified(substituted(matrix, {identity(1): ONE})) if matrix.shape else matrix)
    return total(value, tuple(range(value.ndim)))


def _as_sum(x: Formula) -> Formula:
    """Σ v of 𝟏ᵀ v, which forward propagation may know."""
    front, rest = coefficient(x)
    first, *others = rest.parts if rest.kind == "matmul" else (rest,)
    sums = len(others) == 1 and others[0].ndim == 1 and first == transpose(ones(others[0].shape))
    return product(number(front), total(others[0], (0,))) if sums else x


def chained(*factors: Formula) -> Formula:
    """The product of Jacobians; two diagonal ones beside each other are one."""
    result = matmul(*factors)
    scalars, rest = scaled(result)
    if rest.kind != "matmul":
        return result
    merged = reduce(_merge, rest.parts, list[Formula]())
    return product(*scalars, matmul(*_sums_of_diagonal(merged)))


def _sums_of_diagonal(factors: list[Formula]) -> list[Formula]:
    """(𝟏ᵀ ⊗ I) diag(vec[A]) (𝟏 ⊗ I) as diag(Aᵀ 𝟏), and with I ⊗ 𝟏 as diag(A 𝟏)."""
    for k in range(len(factors) - 2):
        left, middle, right = factors[k : k + 3]
        if middle.kind != "diag" or middle.parts[0].ndim != 2 or left != transpose_of_kron(right):
            continue
        vectors = [axis for axis in (0, 1) if right.parts[axis] == ones(right.parts[axis].shape[:1])]
        if len(vectors) == 1:
            return [*factors[:k], diagonal(total(middle.parts[0], tuple(vectors))), *factors[k + 3 :]]
    return factors


def transpose_of_kron(x: Formula) -> Formula | None:
    """(A ⊗ B)ᵀ = Aᵀ ⊗ Bᵀ; None of what is no Kronecker product."""
    return kron(*map(transpose, x.parts)) if x.kind == "kron" else None


def _merge(left: list[Formula], factor: Formula) -> list[Formula]:
    if left and left[-1].kind == factor.kind == "diag":
        a, b = left[-1].parts[0], factor.parts[0]
        if a.shape == b.shape:
            return [*left[:-1], diagonal(product(a, b))]
    if left and left[-1].kind == factor.kind == "kron":
        mixed = _mixed_product(left[-1], factor)
        if mixed is not None:
            return [*left[:-1], mixed]
    if left and left[-1].ndim == 2 and factor.kind == "kron" and factor.parts[0].shape[0] == 1:
        row, eye = factor.parts
        if eye.kind == "identity" and left[-1].kind not in ("kron", "diag"):
            return [*left[:-1], kron(row, left[-1])]  # A (bᵀ ⊗ I) is bᵀ ⊗ A
    if left and factor.kind == "diag" and left[-1] == transpose(ones(factor.shape[:1])):
        return [*left[:-1], transpose(flat(factor.parts[0]))]
    if left and left[-1].kind == "diag" and factor.kind == "ones":
        return [*left[:-1], flat(left[-1].parts[0])]
    return [*left, factor]


def _mixed_product(left: Formula, right: Formula) -> Formula | None:
    """(A ⊗ B) (C ⊗ D) = A C ⊗ B D, of matrices that fit."""
    (a, b), (c, d) = left.parts, right.parts
    pairs = ((a, c), (b, d))
    rows_and_columns = any(is_row(x) and y.ndim == 1 for x, y in pairs)
    fit = all(x.ndim == 2 and y.ndim and x.shape[1] == y.shape[0] for x, y in pairs) and not rows_and_columns
    return kron(matmul(a, c), matmul(b, d)) if fit else None


def flat(x: Formula) -> Formula:
    """vec[x]."""
    if not x.shape:
        return filled(x, (1,))
    scalars, rest = scaled(x)
    if rest.ndim == 1:
        return x
    return product(*scalars, Formula("vec", (rest,), (math.prod(x.shape),)))


class _Form:
    """Forms of the maps in the definition of one named value."""

    def __init__(self, target: Anchor) -> None:
        self.target = target
        self.known = {anchor.stand_in: anchor.symbol for anchor in target.uses}
        self.known[target.definition] = target.symbol

    def of_map(self, map: LinearMap) -> Formula | None:
        """The matrix of a map."""
        rule = FORMS.get(type(map))
        return rule(self, map) if rule else None

    def of_node(self, node: Node, i: int) -> Formula | None:
        """The Jacobian of an operation by its i-th operand."""
        special = OPERATIONS.get(node.op)
        if special:
            return special(i, *map(self.part, (node, *node.inputs)))
        return self.of_map(node.primitive.jacobian(i, node))

    def part(self, node: Node) -> Formula:
        """A part of a map as a formula."""
        outputs = (cast(node, self.target.node.dtype) if node.dtype.kind == "b" else node,)
        graph = simplify(Graph(self._inputs(), (*outputs, self.target.definition)))
        known = {graph.outputs[1]: self.target.symbol} | self.known
        return simplified(read(graph.outputs[:1], known)[0])

    def _inputs(self) -> tuple[Node, ...]:
        return tuple(anchor.stand_in for anchor in self.target.uses)


def _diagonal(x: Formula) -> Formula:
    """diag(vec[x]); of 𝟏 bᵀ it is I ⊗ diag(b), of b 𝟏ᵀ it is diag(b) ⊗ I."""
    scalars, rest = scaled(x)
    if rest.kind != "spread" or rest.ndim != 2 or rest.parts[0].ndim != 1:
        return diagonal(x)
    each, other = diagonal(rest.parts[0]), identity(rest.shape[rest.data[0]])
    return product(*scalars, kron(other, each) if rest.data == (0,) else kron(each, other))


def _per_axis(shape: tuple[int, ...], axes: tuple[int, ...], transposed: bool) -> Formula:
    """For each axis 1ᵀ where it is summed, else I; neighbours of one sort together."""
    groups: list[tuple[bool, int]] = []
    for axis, n in enumerate(shape):
        summed = axis in axes
        if groups and groups[-1][0] == summed:
            groups[-1] = (summed, groups[-1][1] * n)
        else:
            groups.append((summed, n))
    factors = [(ones((n,)) if transposed else transpose(ones((n,)))) if s else identity(n) for s, n in groups]
    return reduce(kron, factors) if factors else identity(1)


def kron(a: Formula, b: Formula) -> Formula:
    """A ⊗ B."""
    (m, n), (p, q) = (x.shape if x.ndim == 2 else (*x.shape, 1) for x in (a, b))
    if is_zero(a) or is_zero(b) or "zeros" in (a.kind, b.kind):
        return zero((m * p, n * q))
    if a.kind == "identity" and m == 1:
        return b
    if b.kind == "identity" and p == 1:
        return a
    (front, a), (behind, b) = scaled(a), scaled(b)
    return product(*front, *behind, Formula("kron", (a, b), (m * p, n * q)))


def _contract(form: _Form, map: LinearMap) -> Formula | None:
    assert isinstance(map, Contract)
    x = form.part(map.other)
    source, target, other = map.source_letters, map.target_letters, map.other_letters
    sizes = dict(zip(source, map.source, strict=True))
    lengths = (len(source), len(target), len(other))
    if len(set(source)) != len(source) or max(lengths) > 2:
        return None
    if set(source) == set(target) == set(other):
        return diagonal(x if other == target else transpose(x)) if source == target else None
    if not target:
        return transpose(flat(x if other == source else transpose(x)))
    if not source:
        return flat(x if other == target else transpose(x))
    if set(source) & set(target) & set(other):
        return _row_by_row(x, source, target, other, map)
    kept = [letter for letter in source if letter in target and letter not in other]
    if not kept:
        return x if other == target + source else transpose(x)
    return _with_identity(x, source, target, other, kept[0], sizes) if len(kept) == 1 else None


def _row_by_row(x: Formula, source: str, target: str, other: str, map: Contract) -> Formula | None:
    """Products entry by entry, summed or repeated along one axis: (I ⊗ 𝟏ᵀ) diag(vec[X]) of the rows' sums."""
    long, short, shape = (source, target, map.source) if len(source) > 1 else (target, source, map.target)
    if set(other) != set(long) or len(short) != 1:
        return None
    entries = diagonal(x if other == long else transpose(x))
    axes = tuple(axis for axis, letter in enumerate(long) if letter not in short)
    if long is source:
        return matmul(_per_axis(shape, axes, transposed=False), entries)
    return matmul(entries, _per_axis(shape, axes, transposed=True))


def _with_identity(
    x: Formula, source: str, target: str, other: str, kept: str, sizes: dict[str, int]
) -> Formula | None:
    """One letter passes by the product: I ⊗ A or A ⊗ I, after K where that letter changes its place."""
    eye = identity(sizes[kept])
    new, summed = target.replace(kept, ""), source.replace(kept, "")
    if set(other) != set(new + summed):
        return None
    a = x if other == new + summed and (new or x.ndim == 2) else transpose(x)
    first_in_target = (target if len(target) == 2 else source)[0] == kept
    result = kron(eye, a) if first_in_target else kron(a, eye)
    if len(source) == len(target) == 2 and (source[0] == kept) != first_in_target:
        m, n = (sizes[letter] for letter in source)
        return matmul(result, Formula("commutation", (), (m * n, m * n), (m, n)))
    return result


def _transpose_form(form: _Form, map: LinearMap) -> Formula | None:
    assert isinstance(map, Transpose)
    if len(map.source) != 2 or map.axes != (1, 0):
        return None
    m, n = map.source
    return Formula("commutation", (), (m * n, m * n), (m, n))


def _compose(form: _Form, map: LinearMap) -> Formula | None:
    assert isinstance(map, Compose)
    factors = [form.of_map(factor) for factor in map.factors]
    return None if None in factors else chained(*[factor for factor in factors if factor is not None])


def _add(form: _Form, map: LinearMap) -> Formula | None:
    assert isinstance(map, Add)
    terms = [form.of_map(term) for term in map.terms]
    return _total(terms)


def _softmax(i: int, s: Formula, x: Formula) -> Formula | None:
    """diag(s) − s sᵀ."""
    return add(diagonal(s), negative(matmul(s, transpose(s)))) if s.ndim == 1 else None


def _log_softmax(i: int, y: Formula, x: Formula) -> Formula | None:
    """I − 1 sᵀ, where s is the softmax."""
    s = apply("exp", (y,), y.shape, np.exp)
    return add(identity(y.shape[0]), negative(matmul(ones(y.shape), transpose(s)))) if y.ndim == 1 else None


def _solve(i: int, x: Formula, a: Formula, b: Formula) -> Formula | None:
    """∂(A⁻¹B): −A⁻¹ ⊗ Xᵀ by A and A⁻¹ ⊗ I by B."""
    if x.ndim != 2 or a.ndim != 2:
        return None
    if i == 1:
        return kron(inverse(a), identity(b.shape[1]))
    return negative(kron(inverse(a), transpose(x)))


def _inv(i: int, y: Formula, a: Formula) -> Formula | None:
    """−A⁻¹ ⊗ A⁻ᵀ."""
    return negative(kron(y, transpose(y))) if y.ndim == 2 else None


OPERATIONS: dict[str, Callable[..., Formula | None]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "solve": _solve,
    "inv": _inv,
}

FORMS: dict[type[LinearMap], Callable[[_Form, Any], Formula | None]] = {
    Identity: lambda form, map: identity(math.prod(map.source)),
    Cast: lambda form, map: identity(math.prod(map.source)),
    Reshape: lambda form, map: identity(math.prod(map.source)),
    Scale: lambda form, map: _diagonal(form.part(map.d)),
    Mask: lambda form, map: diagonal(form.part(map.condition)),
    Sum: lambda form, map: _per_axis(map.source, map.axes, transposed=False),
    Broadcast: lambda form, map: _per_axis(map.target, map.axes, transposed=True),
    Transpose: _transpose_form,
    Contract: _contract,
    Compose: _compose,
    Add: _add,
}
