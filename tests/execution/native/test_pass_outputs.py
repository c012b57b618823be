"""computed_in_place and begun_as_zeros: no copies of whole outputs, none of which is cleared."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.expressions import Affine, Dynamic, Load
from chainrule.execution.native.kernels import FusedKernel, Kernel, LoopKernel
from chainrule.execution.native.passes.legalise import legalise
from chainrule.execution.native.passes.lower import Lowered, lower
from chainrule.execution.native.passes.outputs import computed_in_place
from chainrule.execution.native.passes.zeros import begun_as_zeros
from tests.execution.native.by_hand import (
    apply,
    at,
    buffer,
    by_rows,
    computed,
    lines,
    loop,
    product,
    sums,
    whole_numbers,
)
from tests.execution.native.processors import AVX2

X = np.arange(12.0).reshape(3, 4)


def lowered(f: Callable[..., Any], *arrays: np.ndarray) -> Lowered:
    return lower(legalise(cr.trace(f, *arrays).graph), AVX2)


def test_a_copy_in_another_shape_is_computed_where_it_is_copied_to() -> None:
    """Whoever reads it besides reads the output."""

    def f(x: Any) -> Any:
        running = np.cumsum(x, axis=1)
        return np.reshape(running, (2, 6)), np.sum(running, axis=0), np.reshape(x @ x.T, 9)

    given = lowered(f, X)
    found = computed_in_place(given.kernels)
    assert len(found) == len(given.kernels) - 2
    assert not [k for kernel in found for k in kernel.written() if k.kind == "workspace"]
    run, total, product = computed(found, {given.inputs[0]: X}, given.outputs)
    np.testing.assert_array_equal(run, np.cumsum(X, axis=1).reshape(2, 6))
    np.testing.assert_array_equal(total, np.cumsum(X, axis=1).sum(axis=0))
    np.testing.assert_array_equal(product, (X @ X.T).ravel())


def test_of_two_copies_one_is_left() -> None:
    given = lowered(lambda x: (np.reshape(np.cumsum(x), (3, 4)), np.reshape(np.cumsum(x), (2, 6))), X)
    found = computed_in_place(given.kernels)
    for value in computed(found, {given.inputs[0]: X}, given.outputs):
        np.testing.assert_array_equal(value.ravel(), np.cumsum(X))


W, V, Y = buffer("workspace", "w", 3, 4), buffer("input", "v", 3, 4), buffer("output", "y", 4, 3)
MADE = loop(W, apply("multiply", V, 2.0))
PLACE = buffer("input", "n", dtype=int)
OTHERS: dict[str, list[Kernel]] = {
    "in another order": [
        MADE,
        LoopKernel(None, Y.shape, replace(at(W), place=Affine(0, {0: 1, 1: 4})), Y, at(Y).place),
    ],
    "an input": [loop(buffer("output", "y", 3, 4), at(V))],
    "to the workspace": [MADE, loop(buffer("workspace", "z", 3, 4), at(W))],
    "a part of it": [MADE, loop(buffer("output", "y", 2, 4), at(W))],
    "to a part": [MADE, LoopKernel(None, (2, 4), at(W), buffer("output", "y", 3, 4), at(W).place)],
    "further on": [
        MADE,
        replace(loop(buffer("output", "y", 3, 4), at(W)), expression=replace(at(W), place=Affine(4, {1: 1}))),
    ],
    "in another format": [MADE, loop(buffer("output", "y", 3, 4, dtype="float32"), at(W))],
    "added to what is there": [MADE, replace(loop(buffer("output", "y", 3, 4), at(W)), scatter=True)],
    "picked": [
        MADE,
        loop(buffer("output", "y", 3, 4), Load(W, at(W).place, (Dynamic(at(PLACE), 3, 4),))),
    ],
    "changed": [MADE, loop(buffer("output", "y", 3, 4), apply("negative", W))],
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_copies_are_made(name: str) -> None:
    assert computed_in_place(OTHERS[name]) == tuple(OTHERS[name])


OUT, ALSO = buffer("output", "o", 3, 4), buffer("output", "p", 3)
HERE = buffer("workspace", "h", 3, 4)


def cleared(target: Any) -> LoopKernel:
    """The first two rows of an array of zeros."""
    return replace(loop(target, at(V)), lengths=(2, 4), clear=True)


def test_outputs_are_not_cleared_but_given_as_zeros() -> None:
    """Whoever else writes to them does so; the workspace is cleared as ever."""
    again = replace(loop(OUT, apply("add", OUT, V)), clear=False)
    given = [cleared(OUT), again, cleared(HERE), sums(ALSO, HERE, 1)]
    found, zeroed = begun_as_zeros(given, [OUT, ALSO])
    assert zeroed == {OUT}
    assert [kernel.clear for kernel in found if isinstance(kernel, LoopKernel)] == [False, False, True, False]
    arrays = whole_numbers(V)
    expected = computed(given, {**arrays, OUT: np.full(OUT.shape, 7.0)}, [OUT, HERE, ALSO])
    made = computed(found, {**arrays, OUT: np.zeros(OUT.shape)}, [OUT, HERE, ALSO])
    for one, other in zip(made, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_clears_no_output_stays_as_it_is() -> None:
    one = loop(OUT, at(V))
    given = [
        cleared(HERE),
        FusedKernel((one, loop(buffer("output", "q", 3, 4), at(V)))),
        product(by_rows(V), by_rows(Y), buffer("output", "r", 3, 3), 4),
    ]
    found, zeroed = begun_as_zeros(given, [OUT])
    assert (lines(found), zeroed) == (lines(given), frozenset())
