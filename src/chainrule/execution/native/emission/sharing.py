"""Pieces of a kernel handed out to threads, in LLVM IR.

The thread that runs the program publishes a kernel and takes pieces from the front; other threads take them
from the back, until none is left: so each finds in its cache what it has computed before. They take part of
those that are left at a time, ever fewer; or where several have something in common, so many, as long as
there are as many for every thread. Waiting threads look for a while, then sleep. Nothing is pinned: where
other programs need the processor, the first thread computes the pieces that nobody takes, and once it has
waited too long for those that were taken, it computes all of them for a while, several times as long as it
waited: what kept the processors busy may be over soon.
"""

from __future__ import annotations

from ..llvm_ir import INT, LONG, POINTER, Builder, Module, Value, function, loop, require, when
from ..target import Target
from .processor import counted, flush_subnormals, give_way, in_counts, pause, sleep

# Places in the control block, in bytes; what different threads write lies in different cache lines.
TICKET = 0  # 20 bits each: pieces taken from the front, from the back, and in all; 4: how many together, or 0
FROM_FRONT, FROM_BACK, ALL, TOGETHER = 0, 20, 40, 60
COUNT = 2**20 - 1
DONE = 64  # pieces that other threads have done
KERNEL, ARGUMENTS = 128, 136  # what to call
STOP = 192  # whether the others may leave
ABANDONED = 200  # whether nobody wants the result any more
THREADS = 208  # how many there are
UNTIL, RETREAT = 256, 264  # the first thread's own: when it no longer works alone, and for how long it did
CONTROL_BYTES = 320

LOOKS = 10_000  # at the ticket, before a thread sleeps: some hundreds of microseconds
PARTS = 2  # in which a thread takes its share of the pieces that are left, where any number goes together
NAP, LONG_NAP = 50, 1000  # microseconds: where the first thread works alone, there is nothing to do for long
PATIENCE = 500_000  # cycles of waiting for the last pieces, from which on the first thread may work alone
WORST_SHARE = 2  # ... where that was more than one part in so many of the kernel's time
FIRST_RETREAT = 8  # times the wait, for which it then works alone; twice the last time if as soon again
LONGEST_RETREAT = 2**29  # cycles: a fifth of a second
FOREVER = 2**62  # more than is ever counted


def define_fork(module: Module, target: Target) -> str:
    """The function that computes all pieces: ``fork(control, kernel, arguments, pieces, together, at_once)``,
    where it works alone so many at once. If ``together`` is 0, part of those that are left is taken."""
    name = "fork"
    if name in module.functions:
        return name
    kinds = [POINTER, POINTER, POINTER, LONG, LONG, LONG]
    with function(module, name, kinds, linkage="internal") as (build, parameters):
        control, kernel, arguments, pieces, together, at_once = parameters
        by_itself, shared = build.label("alone"), build.label("shared")
        until = build.load(build.at(control, UNTIL), LONG)
        started = counted(build)
        build.branch(build.compare("icmp slt", started, until), by_itself, shared)
        build.start(by_itself)
        _compute_all(build, control, kernel, arguments, pieces, at_once)
        build.give()
        build.start(shared)
        ticket = _publish(build, control, kernel, arguments, pieces, together)
        own = _take_pieces(build, control, kernel, arguments, ticket)
        _wait(build, control, build.sub(pieces, own), started, target)
        build.give()
    return name


def define_work(module: Module, target: Target, flush: bool) -> str:
    """The function of the other threads: ``work(control)`` takes pieces until it is told to stop.

    ``flush``: whether subnormal numbers count as zero, as they then do in the first thread.
    """
    name = "work"
    with function(module, name, [POINTER]) as (build, (control,)):
        restore = flush_subnormals(build, target) if flush else (lambda: None)
        blocks = ("look", "take", "do", "idle", "nap", "rest", "end")
        look, take, do, idle, nap, rest, end = map(build.label, blocks)
        before = build.block
        build.go(look)
        build.start(look)
        looks = build.phi(LONG)
        found = build.load_atomic(build.at(control, TICKET), LONG)
        build.branch(_left(build, found), take, idle)
        build.start(take)
        number = _how_many(build, control, found)
        ticket = build.add_atomic(build.at(control, TICKET), build.binary("shl", number, LONG(FROM_BACK)))
        build.branch(_left(build, ticket), do, idle)
        build.start(do)
        _compute_last(build, control, ticket, number)
        done = build.block
        build.go(look)
        build.start(idle)
        stop = build.load_atomic(build.at(control, STOP), LONG)
        more = build.plus(looks.value, 1)
        build.branch(build.compare("icmp ne", stop, LONG(0)), end, rest)
        build.start(rest)
        pause(build, target)
        build.branch(build.compare("icmp sgt", more, LONG(LOOKS)), nap, look)
        build.start(nap)
        _nap(build, control, target)
        build.go(look)
        looks.join((LONG(0), before), (LONG(0), done), (more, rest), (LONG(LOOKS), nap))
        build.start(end)
        restore()
        build.give()
    return name


def stop_if_abandoned(build: Builder, control: Value, stop: str) -> None:
    """Go to the block ``stop`` if nobody wants the result any more."""
    abandoned = build.load_atomic(build.at(control, ABANDONED), LONG)
    require(build, build.compare("icmp eq", abandoned, LONG(0)), stop)


def _publish(
    build: Builder, control: Value, kernel: Value, arguments: Value, pieces: Value, together: Value
) -> Value:
    """Let other threads take pieces of a kernel; gives the first ticket."""
    build.store(kernel, build.at(control, KERNEL))
    build.store(arguments, build.at(control, ARGUMENTS))
    build.store_atomic(LONG(0), build.at(control, DONE))
    counts = ((pieces, ALL), (together, TOGETHER))
    ticket = build.binary("or", *[build.binary("shl", count, LONG(at)) for count, at in counts])
    build.store_atomic(ticket, build.at(control, TICKET))
    return ticket


def _compute_all(
    build: Builder, control: Value, kernel: Value, arguments: Value, pieces: Value, at_once: Value
) -> None:
    """Compute the pieces of a kernel alone, so many at once."""

    def some(number: Value, _: list[Value]) -> tuple[Value, ...]:
        _compute(build, control, kernel, arguments, build.binary("mul", number, at_once), at_once)
        return ()

    loop(build, build.binary("udiv", pieces, at_once), (), some)


def _take_pieces(build: Builder, control: Value, kernel: Value, arguments: Value, first: Value) -> Value:
    """Compute pieces until none is left of those on the ``first`` ticket; gives how many."""
    take, do, after = build.label("take"), build.label("do"), build.label("after")
    before = build.block
    build.go(take)
    build.start(take)
    own, last = build.phi(LONG), build.phi(LONG)
    number = _how_many(build, control, last.value)
    ticket = build.add_atomic(build.at(control, TICKET), number)
    build.branch(_left(build, ticket), do, after)
    build.start(do)
    begin, back = _not_taken(build, ticket)
    end = build.intrinsic("smin", LONG, build.add(begin, number), back)
    taken = build.sub(end, begin)
    _compute(build, control, kernel, arguments, begin, taken)
    own.join((LONG(0), before), (build.add(own.value, taken), build.block))
    last.join((first, before), (build.add(ticket, number), build.block))
    build.go(take)
    build.start(after)
    return own.value


def _compute_last(build: Builder, control: Value, ticket: Value, number: Value) -> None:
    """Compute the last so many of the pieces that are left on a ticket, and say that they are done."""
    front, after = _not_taken(build, ticket)
    begin = build.intrinsic("smax", LONG, build.sub(after, number), front)
    taken = build.sub(after, begin)
    kernel = build.load(build.at(control, KERNEL), POINTER)
    arguments = build.load(build.at(control, ARGUMENTS), POINTER)
    _compute(build, control, kernel, arguments, begin, taken)
    build.add_atomic(build.at(control, DONE), taken)


def _nap(build: Builder, control: Value, target: Target) -> None:
    """Sleep, longer while the first thread works alone."""
    until = build.load_atomic(build.at(control, UNTIL), LONG)
    alone = build.compare("icmp slt", counted(build), until)
    sleep(build, target, build.select(alone, INT(LONG_NAP), INT(NAP)))


def _compute(
    build: Builder, control: Value, kernel: Value, arguments: Value, first: Value, pieces: Value
) -> None:
    """Compute so many pieces from the first one on, unless nobody wants the result any more."""
    abandoned = build.load_atomic(build.at(control, ABANDONED), LONG)

    def compute() -> None:
        build.call_pointer(kernel, arguments, first, build.add(first, pieces))

    when(build, build.compare("icmp eq", abandoned, LONG(0)), compute)


def _wait(build: Builder, control: Value, others: Value, started: Value, target: Target) -> None:
    """Wait for the pieces that other threads have taken, of a kernel that was started then."""
    look, again, nap, judge = map(build.label, ("look", "again", "nap", "judge"))
    finished = counted(build)
    before = build.block
    build.go(look)
    build.start(look)
    looks = build.phi(LONG)
    done = build.load_atomic(build.at(control, DONE), LONG)
    build.branch(build.compare("icmp eq", done, others), judge, again)
    build.start(again)
    pause(build, target)
    more = build.plus(looks.value, 1)
    build.branch(build.compare("icmp sgt", more, LONG(LOOKS)), nap, look)
    build.start(nap)
    give_way(build, target)
    build.go(look)
    looks.join((LONG(0), before), (more, again), (LONG(0), nap))
    build.start(judge)
    _judge(build, control, finished, started, target)


def _judge(build: Builder, control: Value, finished: Value, started: Value, target: Target) -> None:
    """Work alone for a while from now on, if others were waited for too long since the first thread's own
    pieces of a kernel were finished."""
    now = counted(build)
    waited = build.sub(now, finished)
    long = build.compare("icmp sgt", waited, in_counts(build, PATIENCE, target))
    most = build.compare("icmp sgt", build.times(waited, WORST_SHARE), build.sub(now, started))

    def retreat() -> None:
        last = build.load(build.at(control, RETREAT), LONG)
        since = build.sub(now, build.load(build.at(control, UNTIL), LONG))
        first = build.times(waited, FIRST_RETREAT)
        soon = build.compare("icmp slt", since, first)
        length = build.select(soon, build.intrinsic("smax", LONG, build.times(last, 2), first), first)
        longest = in_counts(build, LONGEST_RETREAT, target)
        length = build.intrinsic("smin", LONG, length, longest)
        build.store(length, build.at(control, RETREAT))
        build.store_atomic(build.add(now, length), build.at(control, UNTIL))

    when(build, build.binary("and", long, most), retreat)


def _how_many(build: Builder, control: Value, ticket: Value) -> Value:
    """How many pieces to take: so many together as long as every thread would find as many, then one; or of
    no such number a part of those that are left."""
    begin, end = _not_taken(build, ticket)
    left, threads = build.sub(end, begin), build.load(build.at(control, THREADS), LONG)
    together = build.binary("lshr", ticket, LONG(TOGETHER))
    many = build.compare("icmp sge", left, build.binary("mul", together, threads))
    several = build.select(many, together, LONG(1))
    parts = build.intrinsic("smax", LONG, build.times(threads, PARTS), LONG(1))
    some = build.intrinsic("smax", LONG, build.binary("sdiv", left, parts), LONG(1))
    return build.select(build.compare("icmp eq", together, LONG(0)), some, several)


def _left(build: Builder, ticket: Value) -> Value:
    """Whether a piece is left to take."""
    return build.compare("icmp slt", *_not_taken(build, ticket))


def _not_taken(build: Builder, ticket: Value) -> tuple[Value, Value]:
    """The first piece that nobody has taken, and the one after the last."""
    after = build.sub(_count(build, ticket, ALL), _count(build, ticket, FROM_BACK))
    return _count(build, ticket, FROM_FRONT), after


def _count(build: Builder, ticket: Value, which: int) -> Value:
    shifted = build.binary("lshr", ticket, LONG(which)) if which else ticket
    return build.binary("and", shifted, LONG(COUNT))
