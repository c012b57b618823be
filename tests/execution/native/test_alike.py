"""Kernels share a function if nothing but the buffers they work on tells them apart."""

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import chain

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.emission.alike import shared_name
from chainrule.execution.native.expressions import Affine, Apply, Buffer, Dynamic, Literal, Load
from chainrule.execution.native.kernels import (
    FusedKernel,
    Kernel,
    LoopKernel,
    Matrix,
    PackKernel,
    ProductKernel,
)

F4, F8 = np.dtype("f4"), np.dtype("f8")
NODE = cr.trace(np.tanh, np.ones(3)).graph.nodes[-1]


def buffer(label: str, *shape: int, dtype: np.dtype = F8, streamed: bool = False) -> Buffer:
    return Buffer("workspace", shape, dtype, label, streamed=streamed)


def loops(target: Buffer, source: Buffer) -> LoopKernel:
    expression = Apply("add", (Load(source, Affine(0, {0: 1})), Literal(1.0, F8)), F8)
    return LoopKernel(NODE, (8, 8), expression, target, Affine(0, {0: 1}))


def name(kernel: Kernel) -> str:
    return shared_name(kernel, list(dict.fromkeys([*kernel.written(), *kernel.buffers()])))


def product(a: Buffer, b: Buffer, c: Buffer, d: Buffer) -> ProductKernel:
    wide = [Matrix(each, Affine(), 8, 1) for each in (a, b, c)]
    return ProductKernel(NODE, (), 8, 8, 8, *wide, epilogue=(loops(d, c),))


OTHER = {
    "lengths": (8, 4),
    "place": Affine(1, {0: 1}),
    "dynamic": (Dynamic(Literal(1, np.dtype("i8")), 8, 1),),
    "combine": "add",
    "reduced": 1,
    "scan": True,
    "scatter": True,
    "clear": True,
    "unless_finite": buffer("z"),
    "batch": (3,),
    **dict.fromkeys(("m", "k", "n", "rows", "columns", "width", "row_stride", "column_stride", "packed"), 5),
}


def buffers() -> list[Buffer]:
    return [buffer(label, 8, 8) for label in "abcd"]


def kernels(a: Buffer, b: Buffer, c: Buffer, d: Buffer) -> list[Kernel]:
    fused = FusedKernel((loops(b, a), loops(c, b)))
    return [loops(b, a), fused, product(a, b, c, d), PackKernel(8, 8, Matrix(a, Affine(), 8, 1), b, 4)]


def variants(kernel: Kernel) -> Iterator[Kernel]:
    """The kernel with one field changed, each in turn."""
    for field in fields(kernel):
        if field.name in OTHER:
            yield replace(kernel, **{field.name: OTHER[field.name]})
    if isinstance(kernel, LoopKernel):
        for other in (Literal(-0.0, F8), Literal(0, F8), Literal(0.0, F8), Literal(0.0, F4)):
            yield replace(kernel, expression=other)
    if isinstance(kernel, FusedKernel):
        yield replace(kernel, unstored=frozenset({kernel.parts[0].target}))
        yield replace(kernel, result=kernel.parts[0].target)
        yield replace(kernel, parts=kernel.parts[:1])
    if isinstance(kernel, ProductKernel):
        yield replace(kernel, epilogue=(), following=kernel.epilogue)
        yield replace(kernel, unstored=frozenset({kernel.c.buffer}))
        yield replace(kernel, on_the_way=PackKernel(8, 8, kernel.b, buffer("p", 8, 8), 4))
        for field in fields(Matrix):
            if field.name in OTHER:
                yield replace(kernel, a=replace(kernel.a, **{field.name: OTHER[field.name]}))


@pytest.mark.parametrize("number", range(4))
def test_kernels_are_alike_whatever_their_buffers_and_differ_by_any_field(number: int) -> None:
    kernel = kernels(*buffers())[number]
    assert name(kernel) == name(kernels(*buffers())[number])
    names = [name(each) for each in chain([kernel], variants(kernel))]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "other",
    [buffer("a", 8, 9), buffer("a", 8, 8, dtype=F4), buffer("a", 8, 8, streamed=True)],
    ids=["size", "dtype", "streamed"],
)
def test_kernels_differ_by_what_their_buffers_are_like(other: Buffer) -> None:
    a, *rest = buffers()
    for one, different in zip(kernels(a, *rest), kernels(other, *rest), strict=True):
        assert name(one) != name(different)


def test_each_of_two_arrays_of_zeros_is_cleared_whole() -> None:
    """The zeros around a slice's derivative, in memory where other numbers stood."""

    def f(*arrays):  # type: ignore[no-untyped-def]
        return sum((np.cumsum(np.cumsum(x)[2:7]) ** 2).sum() for x in arrays)

    arrays = np.ones(5000), np.ones(9000)
    gradient = cr.grad(lambda x, y: f(x, y), wrt=("x", "y"))
    for found, expected in zip(cr.compile(gradient)(*arrays), gradient(*arrays), strict=True):
        np.testing.assert_array_equal(found, expected)
