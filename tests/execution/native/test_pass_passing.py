"""kept_by_blocks: what only follows from a product's rows is kept for a block of these at a time."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.execution.native.emission.dividing import NEAR
from chainrule.execution.native.expressions import Affine
from chainrule.execution.native.kernels import Kernel, LoopKernel, Matrix, ProductKernel
from chainrule.execution.native.passes.passing import kept_by_blocks
from chainrule.execution.native.target import Target
from tests.execution.native.by_hand import (
    apply,
    buffer,
    by_rows,
    computed,
    lines,
    loop,
    product,
    sums,
    whole_numbers,
)
from tests.execution.native.processors import ALL, AVX2

M, K, N = 30, 3, 8
A, B, D = (buffer("input", label, *shape) for label, shape in (("a", (M, K)), ("b", (K, N)), ("d", (M, N))))
C, Y, S = buffer("workspace", "c", M, N), buffer("output", "y", M, N), buffer("output", "s", N)
FOLLOWS = loop(Y, apply("multiply", apply("maximum", C, 0.0), D))
PRODUCT = product(by_rows(A), by_rows(B), C, K, following=(FOLLOWS,))


@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_what_only_follows_from_rows_is_not_kept(target: Target) -> None:
    (found,) = kept_by_blocks([PRODUCT], target)
    assert isinstance(found, ProductKernel)
    assert found.passing
    assert found.written() == [Y]
    arrays = whole_numbers(A, B, D)
    (y,) = computed([found], arrays, [Y])
    np.testing.assert_array_equal(y, np.maximum(arrays[A] @ arrays[B], 0) * arrays[D])


def test_what_follows_needs_no_other_rows() -> None:
    """Each block of rows by itself, as when nothing is kept of the others."""
    (found,) = kept_by_blocks([PRODUCT], AVX2)
    assert isinstance(found, ProductKernel)
    arrays = whole_numbers(A, B, D)
    expected = np.maximum(arrays[A] @ arrays[B], 0) * arrays[D]
    blocks = []
    for first in range(0, M, 10):
        rows = slice(first, first + 10)
        a, d, c, y = (
            buffer("workspace", label, 10, n) for label, n in zip("adcy", (K, N, N, N), strict=True)
        )
        part = loop(y, apply("multiply", apply("maximum", c, 0.0), d))
        assert isinstance(part, LoopKernel)
        own = replace(found, m=10, a=by_rows(a), c=by_rows(c), following=(part,))
        blocks += computed([own], {a: arrays[A][rows], B: arrays[B], d: arrays[D][rows]}, [y])
    np.testing.assert_array_equal(np.concatenate(blocks), expected)


OUT = buffer("output", "o", M, N)
WIDE = NEAR // 8 // 24 + 1  # columns, of which so many rows as a piece has at least are more than is near
FAR = [buffer("workspace", label, M, WIDE) for label in "by"]
WITHIN = buffer("workspace", "w", M, N + 1)
OTHERS: dict[str, list[Kernel]] = {
    "nothing follows": [replace(PRODUCT, following=())],
    "what follows is in registers": [replace(PRODUCT, following=(), epilogue=(FOLLOWS,))],
    "read by another": [PRODUCT, sums(S, C, 0)],
    "an output": [replace(PRODUCT, c=by_rows(OUT), following=(loop(Y, apply("negative", OUT)),))],
    "rows of a wider matrix": [replace(PRODUCT, c=Matrix(WITHIN, Affine(), N + 1, 1))],
    "by columns": [replace(PRODUCT, c=Matrix(C, Affine(), 1, M))],
    "a block that is not near": [
        replace(PRODUCT, n=WIDE, c=by_rows(FAR[0]), following=(loop(FAR[1], apply("negative", FAR[0])),))
    ],
    "no product": [FOLLOWS],
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_kernels_stay_as_they_are(name: str) -> None:
    assert kept_by_blocks(OTHERS[name], AVX2) == OTHERS[name]
    assert lines(kept_by_blocks(OTHERS[name], AVX2)) == lines(OTHERS[name])


def test_what_is_read_elsewhere_is_kept() -> None:
    assert kept_by_blocks([PRODUCT], AVX2, [C]) == [PRODUCT]
    (found,) = kept_by_blocks([PRODUCT], AVX2, [Y])
    assert found != PRODUCT
