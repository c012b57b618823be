"""Whole functions and loops: what is written inside them is said by Python code inside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from .builder import Builder, Phi
from .definitions import Definition, Module
from .values import LONG, POINTER, VOID, Type, Value

LONG_BODY = 80  # lines, from which on LLVM takes long over how a loop counts


@contextmanager
def function(
    module: Module,
    name: str,
    kinds: Sequence[Type],
    result: Type = VOID,
    attributes: str = "nounwind",
    linkage: str = "",
    alone: bool = False,
) -> Iterator[tuple[Builder, tuple[Value, ...]]]:
    """Define a function of a module: the code inside writes it; it gets the builder and the arguments.

    ``alone`` says that what the pointers point to does not overlap.
    """
    builder = Builder(module)
    arguments = tuple(Value(kind, f"%a{position}") for position, kind in enumerate(kinds))
    yield builder, arguments
    told = " noalias" if alone else ""
    listed = ", ".join(f"{a.type}{told if a.type == POINTER else ''} {a.text}" for a in arguments)
    body = "\n".join(["entry:", *builder.reserved, *builder.lines])
    module.functions[name] = Definition(linkage, f'{result} @"{name}"({listed})', attributes, body)


def loop(
    builder: Builder,
    count: int | Value,
    carried: Sequence[Value],
    body: Callable[[Value, list[Value]], Sequence[Value]],
    begin: Value | None = None,
    written_out: bool = False,
) -> list[Value]:
    """Repeat ``body(i, values)``, which gives the values for the next time, for i from ``begin`` below
    ``count``; gives the last values. ``written_out``: one step after the other, without a loop, where their
    number is known."""
    if begin is None and isinstance(count, int) and (written_out or count < 2):
        return _written_out(count, carried, body)
    first = LONG(0) if begin is None else begin
    last = LONG(count) if isinstance(count, int) else count
    inside, after, before = builder.label("loop"), builder.label("end"), builder.block
    certain = begin is None and isinstance(count, int)
    if certain:
        builder.go(inside)
    else:
        builder.branch(builder.compare("icmp slt", first, last), inside, after)
    builder.start(inside)
    index, begun = builder.phi(LONG), len(builder.lines)
    phis = [builder.phi(value.type) for value in carried]
    results = body(index.value, [phi.value for phi in phis])
    following = builder.plus(index.value, 1)
    if builder.module.settles_counts and len(builder.lines) - begun > LONG_BODY:
        following = builder.settled(following)
    end = builder.block
    builder.branch(builder.compare("icmp slt", following, last), inside, after)
    index.join((first, before), (following, end))
    _join(phis, (carried, before), (results, end))
    builder.start(after)
    if certain:
        return list(results)
    final = [builder.phi(value.type) for value in carried]
    return _join(final, (carried, before), (results, end))


def _written_out(
    count: int, carried: Sequence[Value], body: Callable[[Value, list[Value]], Sequence[Value]]
) -> list[Value]:
    """So many steps one after the other."""
    values = list(carried)
    for i in range(count):
        values = list(body(LONG(i), values))
    return values


def _join(phis: Sequence[Phi], *ways: tuple[Sequence[Value], str]) -> list[Value]:
    """Say what some values are, coming from each block, and give them."""
    blocks = [block for _, block in ways]
    for phi, *values in zip(phis, *[values for values, _ in ways], strict=True):
        phi.join(*zip(values, blocks, strict=True))
    return [phi.value for phi in phis]


def when(builder: Builder, condition: Value, body: Callable[[], object]) -> None:
    """Do something only under a condition."""
    inside, after = builder.label("when"), builder.label("on")
    builder.branch(condition, inside, after)
    builder.start(inside)
    body()
    builder.go(after)
    builder.start(after)


def require(builder: Builder, condition: Value, otherwise: str, nearly_always: bool = False) -> None:
    """Go on only under a condition, else at the block ``otherwise``."""
    going_on = builder.label("on")
    builder.branch(condition, going_on, otherwise, nearly_always)
    builder.start(going_on)


def choice(
    builder: Builder,
    condition: Value,
    yes: Callable[[], Value],
    no: Callable[[], Value],
    nearly_always: bool = False,
) -> Value:
    """One of two values of a type, of which only that one is computed."""
    return choices(builder, condition, lambda: [yes()], lambda: [no()], nearly_always)[0]


def choices(
    builder: Builder,
    condition: Value,
    yes: Callable[[], Sequence[Value]],
    no: Callable[[], Sequence[Value]],
    nearly_always: bool = False,
) -> list[Value]:
    """One of two lists of values of the same types, of which only that one is computed: ``nearly_always`` the
    first."""
    first, second, after = builder.label("yes"), builder.label("no"), builder.label("chosen")
    builder.branch(condition, first, second, nearly_always)
    ways = []
    for block, values in ((first, yes), (second, no)):
        builder.start(block)
        ways.append((values(), builder.block))
        builder.go(after)
    builder.start(after)
    return _join([builder.phi(value.type) for value in ways[0][0]], *ways)
