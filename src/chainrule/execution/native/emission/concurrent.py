"""Kernels that are computed at the same time, as one function of pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ..costs import work
from ..expressions import Buffer
from ..llvm_ir import LONG, POINTER, Builder, Module, Value, function, when
from ..target import Target
from .functions import Form, call_function, emit
from .spans import Division

Chain = tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pieces of one of several chains that follow each other: so many, from a ``place`` among all on."""

    chain: int
    place: int
    pieces: int


def in_stretches(chains: Sequence[Chain]) -> list[Stretch]:
    """All pieces of some chains in the order in which they lie between threads that take the first ones and
    those that take the last; a chain that is not divided is one piece.

    Long pieces are taken first, so that short ones are left when threads come to an end. Of a divided kernel
    one half lies at each end: the same thread computes the same half of every kernel, and finds in its cache
    what it has computed before.
    """
    front: list[tuple[int, int]] = []
    back: list[tuple[int, int]] = []
    ahead = 0.0  # by how much more work there is in front
    sizes = [_work_of_piece(chain) for chain in chains]
    for number in sorted(range(len(chains)), key=lambda number: -sizes[number]):
        pieces = _pieces(chains[number])
        first = (pieces + (ahead <= 0)) // 2
        front.append((number, first))
        back.append((number, pieces - first))
        ahead += sizes[number] * (2 * first - pieces)
    found: list[Stretch] = []
    place = 0
    for number, pieces in (*front, *back[::-1]):
        found += [Stretch(number, place, pieces)] if pieces else []
        place += pieces
    return found


def in_all(stretches: Sequence[Stretch]) -> Division:
    """All pieces of some stretches."""
    return Division("pieces", sum(stretch.pieces for stretch in stretches), 1)


def define_pieces(
    module: Module,
    name: str,
    chains: Sequence[Chain],
    stretches: Sequence[Stretch],
    buffers: Sequence[Buffer],
    target: Target,
    in_place: Callable[[Builder, Form], bool],
) -> None:
    """The function of an array of pointers to the buffers, the first piece and the one after the last. Of all
    pieces, chain follows chain."""
    if name in module.functions:
        return
    numbers = {buffer: number for number, buffer in enumerate(buffers)}
    with function(module, name, [POINTER, LONG, LONG], linkage="internal") as (build, (array, begin, end)):

        def pointer(buffer: Buffer) -> Value:
            return build.load_unchanging(build.element(array, LONG(numbers[buffer]), POINTER), POINTER)

        def compute(chain: Chain, span: tuple[Value, Value]) -> None:
            for form in chain:
                build.comment(str(form.kernel))
                pointers = {buffer: pointer(buffer) for buffer in form.buffers}
                if in_place(build, form):
                    emit(build, form.kernel, pointers, target)
                else:
                    call_function(build, form, pointers, target, span if form.division else ())

        for number, chain in enumerate(chains):
            own = [stretch for stretch in stretches if stretch.chain == number]
            span = _before(build, own, begin), _before(build, own, end)
            when(build, build.compare("icmp slt", *span), partial(compute, chain, span))
        build.give()


def _pieces(chain: Chain) -> int:
    division = chain[0].division
    return division.pieces if division else 1


def _work_of_piece(chain: Chain) -> float:
    """About how many operations a piece takes."""
    return sum(work(form.kernel) for form in chain) / _pieces(chain)


def _before(build: Builder, own: Sequence[Stretch], place: Value) -> Value:
    """How many pieces in some stretches lie before a place."""
    total = LONG(0)
    for stretch in own:
        beyond = build.intrinsic("smax", LONG, build.plus(place, -stretch.place), LONG(0))
        total = build.add(total, build.intrinsic("smin", LONG, beyond, LONG(stretch.pieces)))
    return total
