"""Products of arrays: all of them become contractions of two operands."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from string import ascii_letters
from typing import Any

import numpy as np

from ...errors import ShapeError, TraceError
from ...graph import Node, as_node, build, cast, op, reshape
from ..registry import covers
from .axes import axis_of
from .indexing import diagonal
from .shaping import listed


@dataclass(frozen=True, slots=True)
class Operand:
    """An array whose axes carry letters."""

    letters: str
    node: Node


@covers(np.matmul)
def matmul(a: Any, b: Any) -> Node:
    a, b = as_node(a), as_node(b)
    if not a.ndim or not b.ndim:
        raise ShapeError(f"matmul of shapes {a.shape} and {b.shape}", instead="a * b for a number")
    left, right = "..." + "ij"[2 - min(a.ndim, 2) :], "..." + "jk"[: min(b.ndim, 2)]
    _must_match(a, b, a.shape[-1], b.shape[-2] if b.ndim > 1 else b.shape[0], "matmul")
    output = "..." + ("i" if a.ndim > 1 else "") + ("k" if b.ndim > 1 else "")
    return einsum(f"{left},{right}->{output}", a, b)


@covers(np.dot)
def dot(a: Any, b: Any) -> Node:
    a, b = as_node(a), as_node(b)
    if not a.ndim or not b.ndim:
        return build("multiply", a, b)
    return tensordot(a, b, ((a.ndim - 1,), (max(b.ndim - 2, 0),)))


@covers(np.vdot)
def vdot(a: Any, b: Any) -> Node:
    a, b = as_node(a), as_node(b)
    return dot(reshape(a, (a.type.size,)), reshape(b, (b.type.size,)))


@covers(np.inner)
def inner(a: Any, b: Any) -> Node:
    a, b = as_node(a), as_node(b)
    return a * b if not a.ndim or not b.ndim else tensordot(a, b, ((a.ndim - 1,), (b.ndim - 1,)))


@covers(np.outer)
def outer(a: Any, b: Any) -> Node:
    a, b = as_node(a), as_node(b)
    return einsum("i,j->ij", reshape(a, (a.type.size,)), reshape(b, (b.type.size,)))


@covers(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Node:
    a, b = as_node(a), as_node(b)
    if isinstance(axes, int):
        axes = (tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes)))
    of_a, of_b = (tuple(np.atleast_1d(part).tolist()) for part in axes)
    first = list(ascii_letters[: a.ndim])
    second = list(ascii_letters[a.ndim : a.ndim + b.ndim])
    for at_a, at_b in zip(of_a, of_b, strict=True):
        _must_match(a, b, a.shape[at_a], b.shape[at_b], "product")
        second[axis_of(b, at_b)] = first[axis_of(a, at_a)]
    shared = set(first) & set(second)
    output = "".join(letter for letter in first + second if letter not in shared)
    return einsum(f"{''.join(first)},{''.join(second)}->{output}", a, b)


@covers(np.kron)
def kron(a: Any, b: Any) -> Node:
    a, b = as_node(a), as_node(b)
    ndim = max(a.ndim, b.ndim)
    a, b = (reshape(x, (1,) * (ndim - x.ndim) + x.shape) for x in (a, b))
    first, second = ascii_letters[:ndim], ascii_letters[ndim : 2 * ndim]
    woven = "".join(x + y for x, y in zip(first, second, strict=True))
    product = einsum(f"{first},{second}->{woven}", a, b)
    return reshape(product, tuple(m * n for m, n in zip(a.shape, b.shape, strict=True)))


@covers(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
    picked = diagonal(a, offset, axis1, axis2)
    return op.sum(picked, axis=(picked.ndim - 1,))


@covers(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any]) -> Node:
    product, *nodes = listed(arrays)
    for node in nodes:
        product = dot(product, node)
    return product


@covers(np.einsum)
def einsum(subscripts: str, *operands: Any, optimize: Any = None) -> Node:
    """Any einsum as contractions of two operands, the cheapest pair first."""
    if not isinstance(subscripts, str):
        subscripts, operands = _with_letters((subscripts, *operands))
    nodes = [as_node(operand) for operand in operands]
    dtype = np.result_type(*[node.dtype for node in nodes])
    terms, output = _explicit(subscripts, [cast(node, dtype) for node in nodes])
    pending = [_without_repeats(term) for term in _without_ones(terms)]
    while len(pending) > 1:
        a, b = min(combinations(pending, 2), key=_multiplications)
        pending = [term for term in pending if term is not a and term is not b]
        pending.append(_contract(a, b, set(output).union(*[term.letters for term in pending])))
    (result,) = pending
    result = _summed(result, set(output))
    return cast(_permuted(result, output), dtype)


def _with_letters(given: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """``einsum(a, [0, 1], b, [1, 2], [0, 2])``, whose axes have numbers, as ``einsum("ab,bc->ac", a, b)``."""
    lists = [*given[1::2], *given[len(given) - len(given) % 2 :]]
    if not all(isinstance(axes, (list, tuple)) for axes in lists) or len(given) < 2:
        raise TraceError(
            "np.einsum of arrays and lists of axes by turns",
            expected="a list of numbers after each array",
            instead='np.einsum("ij,jk->ik", a, b)',
        )
    texts = ["".join("..." if axis is Ellipsis else ascii_letters[axis] for axis in axes) for axes in lists]
    count = len(given) // 2
    subscripts = ",".join(texts[:count]) + "".join(f"->{text}" for text in texts[count:])
    return subscripts, tuple(given[: 2 * count : 2])


def _explicit(subscripts: str, nodes: Sequence[Node]) -> tuple[list[Operand], str]:
    """The operands with plain letters and the output's letters: no ellipsis, no implied output."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    specs = inputs.split(",")
    if len(specs) != len(nodes):
        raise ShapeError(f"einsum({subscripts!r}) of {len(nodes)} arrays", expected=f"{len(specs)} arrays")
    free = [letter for letter in ascii_letters if letter not in subscripts]
    lengths = [node.ndim - len(spec.replace("...", "")) for spec, node in zip(specs, nodes, strict=True)]
    dots = "".join(
        free[: max([n for spec, n in zip(specs, lengths, strict=True) if "..." in spec], default=0)]
    )
    terms = []
    for spec, node, length in zip(specs, nodes, lengths, strict=True):
        letters = spec.replace("...", dots[len(dots) - length :] if length > 0 else "")
        if len(letters) != node.ndim:
            raise ShapeError(
                f"einsum({subscripts!r}): {spec!r} for an array of shape {node.shape}",
                expected=f"a letter for each of the axes, which are {node.ndim}",
            )
        terms.append(Operand(letters, node))
    if not arrow:
        counts = Counter(inputs.replace(",", "").replace(".", ""))
        return terms, dots + "".join(sorted(letter for letter, count in counts.items() if count == 1))
    return terms, output.replace("...", dots)


def _without_ones(terms: Sequence[Operand]) -> Iterator[Operand]:
    """An axis of length 1 that stands for a longer one is dropped: it is broadcast."""
    sizes: dict[str, int] = {}
    for term in terms:
        for letter, n in zip(term.letters, term.node.shape, strict=True):
            known = sizes.get(letter, 1)
            if n != known and 1 not in (n, known):
                given = ", ".join(f"{each.letters} {each.node.shape}" for each in terms)
                raise ShapeError(
                    f"einsum of {given}: {letter!r} stands for lengths {known} and {n}",
                    expected="one length for each letter",
                )
            sizes[letter] = n if known == 1 else known
    for term in terms:
        stays = [n == sizes[letter] for letter, n in zip(term.letters, term.node.shape, strict=True)]
        letters = "".join(letter for letter, stay in zip(term.letters, stays, strict=True) if stay)
        shape = tuple(n for n, stay in zip(term.node.shape, stays, strict=True) if stay)
        yield Operand(letters, reshape(term.node, shape))


def _without_repeats(term: Operand) -> Operand:
    """A letter that stands twice in one operand means its diagonal."""
    letters, node = term.letters, term.node
    while len(set(letters)) < len(letters):
        letter = next(letter for letter, count in Counter(letters).items() if count > 1)
        first = letters.index(letter)
        second = letters.index(letter, first + 1)
        node = diagonal(node, 0, first, second)
        letters = letters[:first] + letters[first + 1 : second] + letters[second + 1 :] + letter
    return Operand(letters, node)


def _multiplications(pair: tuple[Operand, Operand]) -> int:
    """How many multiplications a contraction of two operands takes."""
    sizes = {c: n for term in pair for c, n in zip(term.letters, term.node.shape, strict=True)}
    return math.prod(sizes.values())


def _contract(a: Operand, b: Operand, kept: set[str]) -> Operand:
    a, b = _summed(a, kept | set(b.letters)), _summed(b, kept | set(a.letters))
    letters = "".join(letter for letter in dict.fromkeys(a.letters + b.letters) if letter in kept)
    if not a.letters or not b.letters:
        return Operand(a.letters + b.letters, a.node * b.node)
    return Operand(letters, op.einsum(a.node, b.node, spec=f"{a.letters},{b.letters}->{letters}"))


def _summed(term: Operand, kept: set[str]) -> Operand:
    """The operand summed over the letters that nothing else has."""
    axes = tuple(axis for axis, letter in enumerate(term.letters) if letter not in kept)
    if not axes:
        return term
    return Operand("".join(c for c in term.letters if c in kept), op.sum(term.node, axis=axes))


def _permuted(term: Operand, output: str) -> Node:
    if sorted(term.letters) != sorted(output):
        raise ShapeError(f"einsum: the output {output!r} has a letter that no operand has")
    if term.letters == output:
        return term.node
    operands, _, letters = term.node.params.get("spec", "").partition("->")
    if letters == term.letters:  # of a product that is made here; one that is given may have other letters
        return op.einsum(*term.node.inputs, spec=f"{operands}->{output}")
    return op.transpose(term.node, axes=tuple(term.letters.index(letter) for letter in output))


def _must_match(a: Node, b: Node, m: int, n: int, what: str) -> None:
    if m != n:
        raise ShapeError(
            f"{what} of shapes {a.shape} and {b.shape}: {m} columns against {n} rows",
            expected="the last axis of the first as long as the first of the second",
            instead=_that_fits(a, b, m, n),
        )


def _that_fits(a: Node, b: Node, m: int, n: int) -> str | None:
    """What to write instead, where one of two matrices is transposed; None where that fits no better."""
    if a.ndim > 1 and a.shape[-2] == n:
        return "the first one transposed: a.T @ b"
    if b.ndim > 1 and b.shape[-1] == m:
        return "the second one transposed: a @ b.T"
    return None
