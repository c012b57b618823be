"""Copies in panels that a product makes itself, just before it reads each panel."""

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.expressions import Affine, Buffer
from chainrule.execution.native.kernels import Matrix, PackKernel, ProductKernel
from chainrule.execution.native.passes.packing import LARGE, copied_on_the_way

N = 600
W, X, Y, Z = (Buffer("workspace", (N, N), np.dtype(float), f"t{i}") for i in range(4))
PANELS = Buffer("workspace", (-(-N // 16), N, 16), np.dtype(float), "p1")
COPY = PackKernel(N, N, Matrix(W, Affine(), 1, N), PANELS, 16)
NODE = cr.trace(lambda x: x @ x, np.ones((2, 2))).graph.outputs[0]


def product(target: Buffer, b: Buffer = PANELS) -> ProductKernel:
    whole = Matrix(X, Affine(), N, 1)
    right = Matrix(b, Affine(), 16, 1, 16) if b is PANELS else replace(whole, buffer=b)
    return ProductKernel(NODE, (), N, N, N, whole, right, replace(whole, buffer=target))


def test_the_only_reader_of_a_large_copy_makes_it() -> None:
    other, reader = product(Z, Y), product(Y)
    first, merged = copied_on_the_way([COPY, other, reader])
    assert first is other
    assert isinstance(merged, ProductKernel)
    assert merged.on_the_way is COPY
    assert PANELS not in merged.buffers()
    assert W in merged.buffers()


@pytest.mark.parametrize(
    ("kernels", "elsewhere"),
    [
        ([COPY, product(W)], []),  # written over by what reads it
        ([COPY, product(W, Y), product(Y)], []),  # changed in between
        ([COPY, product(Y), product(Z)], []),  # read twice
        ([COPY, product(Y)], [PANELS]),
        ([COPY, replace(product(Y), batch=(2,))], []),
    ],
)
def test_other_copies_are_made_beforehand(
    kernels: list[PackKernel | ProductKernel], elsewhere: list[Buffer]
) -> None:
    assert copied_on_the_way(kernels, elsewhere) == kernels


def test_what_stays_in_a_near_cache_is_copied_beforehand() -> None:
    near = Buffer("workspace", (LARGE // 2**14, 100, 16), np.dtype(float), "p1")
    copy = replace(COPY, target=near)
    reader = replace(product(Y), b=Matrix(near, Affine(), 16, 1, 16))
    assert copied_on_the_way([copy, reader]) == [copy, reader]


def test_panels_of_a_few_rows_more_than_512_are_copied_on_the_way() -> None:
    rows, width = 513, 64
    panels = Buffer(
        "workspace", (-(-LARGE // (4 * rows * width)) + 1, rows, width), np.dtype(np.float32), "p1"
    )
    copy = PackKernel(rows, panels.size // rows, Matrix(W, Affine(), 1, rows), panels, width)
    reader = replace(product(Y), b=Matrix(panels, Affine(), width, 1, width))
    (merged,) = copied_on_the_way([copy, reader])
    assert isinstance(merged, ProductKernel)
    assert merged.on_the_way is copy


def test_a_long_sum_whose_right_factor_is_copied_is_not_cut() -> None:
    rng = np.random.default_rng(0)
    X, V = rng.normal(size=(20, 1000)), rng.normal(size=(33, 1000))
    forward = cr.compile(lambda X, V: X @ V.T)
    np.testing.assert_allclose(forward(X, V), X @ V.T, rtol=1e-12, atol=1e-12)
    assert "for each of" not in forward.explain(X, V)
    gradient = cr.compile(lambda X, V: X.T @ V)
    np.testing.assert_allclose(gradient(X.T, V.T), X @ V.T, rtol=1e-12, atol=1e-12)
    assert "for each of" in gradient.explain(np.ascontiguousarray(X.T), np.ascontiguousarray(V.T))
