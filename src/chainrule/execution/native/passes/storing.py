"""After grouping: what later products read in panels of columns is stored there by the product that computes
it, rather than copied there afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeGuard

from ..emission.dividing import divided
from ..emission.tiles import panel_width_of
from ..expressions import Affine, Buffer, Load, loads
from ..kernels import Kernel, LoopKernel, Matrix, PackKernel, ProductKernel, changed
from ..target import Target


def stored_in_panels(
    kernels: Sequence[Kernel], target: Target, elsewhere: Collection[Buffer] = ()
) -> list[Kernel]:
    """The kernels after grouping, without copies in panels of what a product computes in panels of the same
    columns. Where only loops read it besides, they read the panels; the buffers in ``elsewhere`` are read by
    others.

    Measured on Granite Rapids, not with narrower registers, for which nothing is changed.
    """
    found = list(kernels)
    copies = [kernel for kernel in kernels if isinstance(kernel, PackKernel)]
    for copy in copies if target.wide else []:
        source = copy.source.buffer
        before = found[: found.index(copy)]
        products = [kernel for kernel in before if _computes(kernel, copy, target)]
        readers = [kernel for kernel in found if source in kernel.buffers() and kernel is not copy]
        alone = source.kind == "workspace" and source not in elsewhere
        if products and alone and all(_follows(reader, copy) for reader in readers):
            changes: dict[Kernel, Kernel] = {reader: _read_in_panels(reader, copy) for reader in readers}
            changes[products[0]] = _by_panels(products[0], copy)
            found = [changes.get(kernel, kernel) for kernel in found if kernel is not copy]
    return found


def _computes(kernel: Kernel, copy: PackKernel, target: Target) -> TypeGuard[ProductKernel]:
    """Whether a kernel is a product that computes all of a matrix panel by panel, of which each is copied."""
    if not isinstance(kernel, ProductKernel) or copy.source.buffer not in kernel.written():
        return False
    division, width = divided(kernel, target), panel_width_of(kernel, target)
    source = copy.source.buffer
    places = {kernel.c.buffer: kernel.place} | {part.target: part.place for part in kernel.parts}
    return (
        copy.source == Matrix(source, Affine(), kernel.n, 1)
        and (copy.rows, copy.columns, copy.width) == (kernel.m, kernel.n, width)
        and source.size == kernel.m * kernel.n
        and places[source] == Affine(0, {0: kernel.n, 1: 1})
        and bool(division and division.axis == "tiles")
        and not (kernel.following or kernel.on_the_way or kernel.n % width)
    )


def _by_panels(product: ProductKernel, copy: PackKernel) -> ProductKernel:
    """A product as one for each panel, stored where it was copied."""
    width, b, source = copy.width, product.b, copy.source.buffer
    panels = product.n // width
    own = Affine(0, {0: copy.rows * width, 1: width, 2: 1})

    def split(load: Load) -> Load:
        row, column = load.place.coefficient(0), load.place.coefficient(1)
        if load.buffer is source:
            return Load(copy.target, own)
        place = Affine(load.place.constant) + Affine(0, {0: column * width, 1: row, 2: column})
        return Load(load.buffer, place)

    lengths = panels, product.m, width
    parts = [replace(changed(part, split, split), lengths=lengths) for part in product.epilogue]
    b_panel = product.k * width if b.packed else width
    c = replace(product.c, place=product.c.place + Affine(0, {0: width}))
    if product.c.buffer is source:
        c = Matrix(copy.target, Affine(0, {0: copy.rows * width}), width, 1)
    return replace(
        product,
        batch=(panels,),
        n=width,
        b=replace(b, place=b.place + Affine(0, {0: b_panel}), packed=0),
        c=c,
        epilogue=tuple(parts),
    )


def _follows(reader: Kernel, copy: PackKernel) -> bool:
    """Whether a kernel is a loop over the columns of what is copied, among others over its rows."""
    if not isinstance(reader, LoopKernel) or reader.dynamic or reader.scan or reader.scatter or reader.clear:
        return False
    return not reader.unless_finite and _column(reader, copy) is not None


def _column(reader: LoopKernel, copy: PackKernel) -> int | None:
    """The loop over columns, if it is one over all of them, which are not combined."""
    found: set[int | None] = set()
    for load in loads(reader.expression):
        if load.buffer is copy.source.buffer:
            terms = load.place.terms
            over = [v for v, step in terms.items() if step == 1 and reader.lengths[v] == copy.columns]
            rows = [step for v, step in terms.items() if v not in over]
            whole = len(over) == 1 and not (load.place.constant or load.dynamic)
            found.add(over[0] if whole and not any(step % copy.columns for step in rows) else None)
    column = found.pop() if len(found) == 1 else None
    return column if column is not None and column < len(reader.lengths) - reader.reduced else None


def _read_in_panels(reader: Kernel, copy: PackKernel) -> LoopKernel:
    """A loop over columns as two: over panels, outside all others, and over the columns of each."""
    assert isinstance(reader, LoopKernel)
    column, width = _column(reader, copy), copy.width
    assert column is not None

    def split(load: Load) -> Load:
        own, terms = load.buffer is copy.source.buffer, load.place.terms
        inner = {
            v + 1: step // copy.columns * width if own and v != column else step for v, step in terms.items()
        }
        apart = width * (copy.rows if own else terms.get(column, 0))
        place = Affine(load.place.constant, inner) + Affine(0, {0: apart})
        return Load(copy.target if own else load.buffer, place, load.dynamic)

    lengths = [width if v == column else n for v, n in enumerate(reader.lengths)]
    return replace(changed(reader, split, split), lengths=(copy.columns // width, *lengths))
