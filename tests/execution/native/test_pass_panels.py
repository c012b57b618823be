"""read_in_blocks: products that read a matrix by rows and by columns read one copy in square blocks."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.execution.native.expressions import Affine
from chainrule.execution.native.kernels import Kernel, Matrix, PackKernel
from chainrule.execution.native.passes.panels import read_in_blocks
from chainrule.execution.native.target import Target
from tests.execution.native import by_hand
from tests.execution.native.by_hand import buffer, by_rows, computed, lines, turned, whole_numbers
from tests.execution.native.processors import ALL, AVX512

# A matrix X of which a product reads the rows, Z = X·W, and another the columns, G = Xᵀ·E.
ROWS, COLUMNS, WIDTH, OUTPUTS = 13, 9, 4, 5
X, W, E = (
    buffer("input", label, *shape)
    for label, shape in (("x", (ROWS, COLUMNS)), ("w", (COLUMNS, OUTPUTS)), ("e", (ROWS, OUTPUTS)))
)
Z, G = buffer("output", "z", ROWS, OUTPUTS), buffer("output", "g", COLUMNS, OUTPUTS)
PANELS = buffer("workspace", "p", -(-COLUMNS // WIDTH), ROWS, WIDTH)
COPY = PackKernel(ROWS, COLUMNS, by_rows(X), PANELS, WIDTH)
DIRECT = by_hand.product(by_rows(X), by_rows(W), Z, COLUMNS)
ACROSS = by_hand.product(Matrix(PANELS, Affine(), 1, WIDTH, WIDTH), by_rows(E), G, ROWS)


def test_rows_and_columns_are_read_from_the_same_blocks() -> None:
    """Then nobody reads the matrix itself but the copy."""
    kernels, copy = read_in_blocks([DIRECT, ACROSS], COPY, AVX512)
    assert copy.in_blocks
    assert copy.source == COPY.source
    assert not any(buffer in kernel.buffers() for kernel in kernels for buffer in (X, PANELS))
    assert all(copy.target in kernel.buffers() for kernel in kernels)
    arrays = whole_numbers(X, W, E)
    z, g = computed([copy, *kernels], arrays, [Z, G])
    np.testing.assert_array_equal(z, arrays[X] @ arrays[W])
    np.testing.assert_array_equal(g, arrays[X].T @ arrays[E])


OTHERS: dict[str, list[Kernel]] = {
    "read by columns only": [ACROSS],
    "some of the rows": [replace(DIRECT, m=ROWS - 1), ACROSS],
    "some of the columns": [replace(DIRECT, k=COLUMNS - 1), ACROSS],
    "rows of another": [
        replace(DIRECT, a=replace(DIRECT.a, buffer=buffer("input", "y", ROWS, COLUMNS))),
        ACROSS,
    ],
    "for each of a batch": [replace(DIRECT, batch=(2,)), ACROSS],
    "panels as a right operand": [
        DIRECT,
        by_hand.product(
            turned(E), Matrix(PANELS, Affine(), WIDTH, 1, WIDTH), buffer("output", "t", 5, COLUMNS), ROWS
        ),
    ],
    "one panel alone": [DIRECT, replace(ACROSS, a=replace(ACROSS.a, place=Affine(ROWS * WIDTH)), m=WIDTH)],
    "panels in a loop": [
        DIRECT,
        ACROSS,
        by_hand.loop(buffer("output", "l", *PANELS.shape), by_hand.at(PANELS)),
    ],
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_copies_stay_in_panels(name: str) -> None:
    kernels, copy = read_in_blocks(OTHERS[name], COPY, AVX512)
    assert (lines(kernels), copy) == (lines(OTHERS[name]), COPY)


def test_so_do_panels_that_are_wider_than_a_tile_is_high() -> None:
    width = AVX512.tile_rows + 1
    wide = replace(COPY, width=width, target=buffer("workspace", "p", -(-COLUMNS // width), ROWS, width))
    given = [DIRECT, replace(ACROSS, a=Matrix(wide.target, Affine(), 1, width, width))]
    kernels, copy = read_in_blocks(given, wide, AVX512)
    assert (kernels, copy) == (given, wide)


@pytest.mark.parametrize("target", [target for target in ALL.values() if not target.wide])
def test_so_do_those_for_narrower_registers(target: Target) -> None:
    assert read_in_blocks([DIRECT, ACROSS], COPY, target) == ([DIRECT, ACROSS], COPY)
