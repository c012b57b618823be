"""begun_with_terms: a short sum begins with what is added to it, and is the same number."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.execution.native.expressions import Affine, Expression, loads
from chainrule.execution.native.kernels import Kernel, LoopKernel, ProductKernel
from chainrule.execution.native.passes.beginning import SHORT, begun_with_terms
from tests.execution.native.by_hand import (
    apply,
    at,
    buffer,
    by_rows,
    computed,
    lines,
    loop,
    product,
    whole_numbers,
)

M, N = 3, 5
A, B, D, E = (
    buffer("input", label, *shape)
    for label, shape in (("a", (M, SHORT)), ("b", (SHORT, N)), ("d", (M, N)), ("e", (M, N)))
)
C, Z, Y = buffer("workspace", "c", M, N), buffer("output", "z", M, N), buffer("output", "y", M, N)


def layer(expression: Expression, *others: LoopKernel, stored: bool = False) -> ProductKernel:
    """C = A·B, and what is computed from each of its elements."""
    unstored = frozenset() if stored else frozenset({C})
    return product(
        by_rows(A), by_rows(B), C, SHORT, epilogue=(loop(Z, expression), *others), unstored=unstored
    )


SHORT_SUMS: dict[str, Expression] = {
    "c + d": apply("add", C, D),
    "d + c": apply("add", D, C),
    "c - d": apply("subtract", C, D),
    "c + 2": apply("add", C, 2.0),
    "c + d - e": apply("subtract", apply("add", C, D), E),
    "e + (c - d)": apply("add", E, apply("subtract", C, D)),
    "max(c + d, 0)": apply("maximum", apply("add", C, D), 0.0),
    "d (e + c)": apply("multiply", D, apply("add", E, C)),
    "-(c - d)": apply("negative", apply("subtract", C, D)),
}


@pytest.mark.parametrize("name", SHORT_SUMS)
def test_a_short_sum_begins_with_the_terms_from_memory(name: str) -> None:
    given = layer(SHORT_SUMS[name], loop(Y, apply("multiply", Z, 2.0)))
    (found,) = begun_with_terms([given])
    assert isinstance(found, ProductKernel)
    terms = [load.buffer for load in loads(found.start)] if found.start else []
    assert str(found.start).startswith(
        ("add(0.0, ", "subtract(0.0, ", "add(subtract(0.0, ", "subtract(add(0.0")
    )
    assert C not in terms
    left = [load.buffer for part in found.epilogue for load in loads(part.expression)]
    assert not {D, E}.intersection(terms) & set(left)
    arrays = whole_numbers(A, B, D, E)
    for one, other in zip(*(computed([k], arrays, [Z, Y]) for k in (given, found)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_where_nothing_is_left_to_compute_the_sum_is_stored_at_once() -> None:
    given = layer(apply("add", C, D), loop(Y, apply("negative", Z)))
    (found,) = begun_with_terms([given])
    assert isinstance(found, ProductKernel)
    assert found.c == by_rows(Z)
    assert [part.target for part in found.epilogue] == [Y]
    assert found.written() == [Z, Y]


def test_what_goes_elsewhere_is_still_stored_there() -> None:
    """The transpose of A·B + D."""
    z = buffer("output", "z", N, M)
    turned = replace(loop(Z, apply("add", C, D)), target=z, place=Affine(0, {0: 1, 1: M}))
    (found,) = begun_with_terms([replace(layer(at(C)), epilogue=(turned,))])
    assert isinstance(found, ProductKernel)
    assert found.start is not None
    arrays = whole_numbers(A, B, D)
    (made,) = computed([found], arrays, [z])
    np.testing.assert_array_equal(made, (arrays[A] @ arrays[B] + arrays[D]).T)


@pytest.mark.parametrize("added", [-0.0, 0.0])
@pytest.mark.parametrize("instruction", ["add", "subtract"])
def test_a_sum_of_no_numbers_is_never_minus_zero(instruction: str, added: float) -> None:
    """A sum begins with 0, which plus or minus any 0 is 0."""
    given = layer(apply(instruction, C, D))
    arrays = {A: np.full(A.shape, -0.0), B: np.ones(B.shape), D: np.full(D.shape, added)}
    for kernels in ([given], begun_with_terms([given])):
        (z,) = computed(kernels, arrays, [Z])
        np.testing.assert_array_equal(z, 0)
        assert not np.signbit(z).any()


LONG = replace(layer(apply("add", C, D)), k=SHORT + 1)
OTHERS: dict[str, Kernel] = {
    "a long sum": LONG,
    "one that is stored": layer(apply("add", C, D), stored=True),
    "one that is read twice": layer(apply("multiply", apply("add", C, D), C)),
    "one that another part reads": layer(apply("add", C, D), loop(Y, at(C))),
    "what it is subtracted from": layer(apply("subtract", D, C)),
    "what it is multiplied by": layer(apply("multiply", C, D)),
    "what is computed for it": layer(apply("add", C, apply("sqrt", D))),
    "nothing added": layer(at(C)),
    "nothing computed": product(by_rows(A), by_rows(B), C, SHORT),
    "no product": loop(Z, apply("add", D, E)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_kernels_stay_as_they_are(name: str) -> None:
    assert lines(begun_with_terms([OTHERS[name]])) == [str(OTHERS[name])]
