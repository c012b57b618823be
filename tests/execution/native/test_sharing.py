"""Programs shared among threads give, to the bit, what one thread gives."""

import ctypes
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest

import chainrule as cr
from chainrule.core.loop_arguments import loop_arguments
from chainrule.execution.native import pool, repeating
from chainrule.execution.native.emission import dividing, sharing
from chainrule.execution.native.emission.dividing import divided
from chainrule.execution.native.emission.processor import CYCLES
from chainrule.execution.native.emission.sharing import (
    CONTROL_BYTES,
    FOREVER,
    RETREAT,
    STOP,
    UNTIL,
    define_fork,
)
from chainrule.execution.native.expressions import Affine, Buffer
from chainrule.execution.native.kernels import Matrix, PackKernel, ProductKernel
from chainrule.execution.native.llvm_ir import LONG, POINTER, VOID, Module, function
from chainrule.execution.native.machine_code.linking import link
from chainrule.execution.native.machine_code.objects import object_code
from chainrule.execution.native.planning import planned
from chainrule.execution.native.program import compile_native
from chainrule.execution.native.repeating import Piece
from chainrule.execution.native.runtime import crowd
from chainrule.execution.native.runtime.crowd import Crowd
from chainrule.execution.native.step_planning import planned_step
from chainrule.execution.native.target import Target, host
from tests.execution.native import processors

RNG = np.random.default_rng(21)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Everything is divided that can be, and two threads are asked even where one would do."""
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))  # what is divided is no part of an entry's name
    monkeypatch.setattr(dividing, "LEAST_WORK", 1)
    monkeypatch.setattr(dividing, "LEAST_PROGRAM", 1)
    monkeypatch.setattr(dividing, "LEAST_STEP", 1)
    monkeypatch.setattr(crowd, "WORTH_ASKING", 0)
    for module in (crowd, pool):
        monkeypatch.setattr(module, "threads", lambda: 3)


CASES: list[tuple[Callable[..., Any], list[tuple[int, ...]]]] = [
    (lambda a, b: a @ b, [(7, 5), (5, 333)]),  # by panels
    (lambda a, b: a @ b, [(133, 70), (70, 256)]),  # by blocks of the rows of each panel
    (lambda a, b: a @ b, [(133, 5), (5, 11)]),  # by rows
    (lambda a, b: a @ b, [(451, 3), (3, 1201)]),  # by blocks of rows, which are too long for panels
    (lambda a, b: a @ b, [(517, 70), (70, 21)]),  # by blocks of rows, which stay near for all panels
    (lambda a, b: a @ b, [(2, 517, 70), (2, 70, 21)]),  # the same for each of a batch
    (lambda a, b: a @ b.T, [(133, 40), (150, 40)]),  # packed
    (lambda a, b: a.T @ b, [(40, 133), (40, 150)]),  # both operands packed
    (lambda a, b: np.maximum(a @ b.T, 0), [(35, 300), (1001, 300)]),  # each panel where it is used
    (lambda a, b: a @ b.T, [(133, 300), (1024, 300)]),  # ... for several blocks of rows, or one
    (lambda a, b: a @ b, [(9, 6, 5), (9, 5, 4)]),  # by the batch
    (lambda a, b: np.maximum(a @ b + 1, 0), [(133, 5), (5, 11)]),  # with an epilogue
    (lambda a, b, c, d, e: (a @ b) * c - d / e, [(187, 5), (5, 211), *[(187, 211)] * 3]),  # rows at a time
    (lambda a, b, c, d, e: (a @ b) * c - d / e, [(2, 67, 9), (2, 9, 1001), *[(2, 67, 1001)] * 3]),  # odd ones
    (lambda x: np.tanh(x), [(1003,)]),
    (lambda x: np.exp(x).sum(axis=1), [(37, 19)]),
    (lambda x, y: x * y[:, None], [(37, 19), (37,)]),
    (lambda x: x.sum(axis=0), [(37, 197)]),  # sums side by side
    (lambda x: np.sum(x), [(1003,)]),  # one sum is not divided
    (lambda x: np.cumsum(x, axis=1), [(37, 19)]),  # nor what runs on
]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("f", "shapes"), CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pieces_are_the_whole(f: Callable[..., Any], shapes: list[tuple[int, ...]], dtype: str) -> None:
    args = [RNG.uniform(0.5, 2, size=shape).astype(dtype) for shape in shapes]
    graph = cr.trace(f, *args).graph
    program = compile_native(graph)
    assert "work" in program.library.functions
    (together,) = program(*args)
    program._crowd = Crowd(program.library, None)
    (alone,) = program(*args)
    np.testing.assert_array_equal(together, alone)
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(together, f(*args), rtol=tolerance, atol=tolerance * 10)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("sizes", [(3200, 640), (640, 3200), (992, 1024)])
def test_loops_alike_but_for_their_length_are_each_divided_by_their_own(sizes: tuple[int, int]) -> None:
    args = [RNG.normal(size=size) for size in sizes]
    program = compile_native(cr.trace(lambda a, b: (a * a + 3, b * b + 3), *args).graph)
    for result, x in zip(program(*args), args, strict=True):
        np.testing.assert_allclose(result, x * x + 3, rtol=1e-15)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("f", "shapes"), CASES[:16])
def test_what_can_be_divided_is(f: Callable[..., Any], shapes: list[tuple[int, ...]]) -> None:
    args = [RNG.normal(size=shape) for shape in shapes]
    plan = planned(cr.trace(f, *args).graph, host())
    assert any(divided(kernel, host()) for kernel in plan.kernels)


def test_to_write_a_large_result_is_work() -> None:
    """Five multiplications for each number take less time than memory does, in which threads help."""
    small, large = (
        planned(cr.trace(lambda a, b: a @ b, np.ones((n, 5)), np.ones((5, n))).graph, host()).made()[0]
        for n in (20, 2000)
    )
    assert small.work < (10 + 16) * 20**2  # with what is packed
    assert large.work > 2 * (10 * 2000**2)


@pytest.mark.usefixtures("small")
def test_subnormal_numbers_are_numbers_in_every_thread() -> None:
    x = np.full((3000, 100), 3e-310)
    program = compile_native(cr.trace(lambda x: x * 0.5, x).graph)
    assert "work" in program.library.functions
    assert "ldmxcsr" not in program.ir()
    np.testing.assert_array_equal(program(x)[0], x * 0.5)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "batch_size", [32, 25]
)  # with a smaller last one; short steps of which some are trials
def test_training_gives_the_same_bits_with_any_number_of_threads(
    batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "TRIAL", 1)
    X, y = RNG.normal(size=(100, 9)), RNG.normal(size=(100, 3))
    results = []
    for threads in (1, 2, 3):
        for module in (crowd, pool):
            monkeypatch.setattr(module, "threads", lambda count=threads: count)
        net = cr.nn.Network([9, 40, 30, 3], activation="tanh", seed=0)
        history = cr.train.fit(
            net, X, y, loss="mse", batch_size=batch_size, epochs=5, seed=1, compile="native"
        )
        results.append([*net.parameters.values(), history.loss])
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


Kernel = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


def fork(memory: Any, kernel: Any, pieces: int, together: int, at_once: int = 1) -> Callable[[], None]:
    """What computes the pieces of a kernel."""
    module = Module(host().triple)
    with function(module, "run", [POINTER, POINTER]) as (build, (block, code)):
        numbers = map(LONG, (pieces, together, at_once))
        build.call(define_fork(module, host()), VOID, block, code, code, *numbers)
        build.give()
    return function_of(module, "run", memory, ctypes.cast(kernel, ctypes.c_void_p))


def worker(memory: Any) -> Callable[[], None]:
    """What another thread does."""
    module = Module(host().triple)
    return function_of(module, sharing.define_work(module, host(), flush=False), memory)


def function_of(module: Module, name: str, memory: Any, *arguments: Any) -> Callable[[], None]:
    library = link([object_code(str(module), host())], [name])
    return lambda: library.functions[name](ctypes.addressof(memory), *arguments)


def control_block(**values: int) -> Any:
    """A control block with numbers at these places."""
    memory = (ctypes.c_int64 * (CONTROL_BYTES // 8))()
    set_control(memory, **values)
    return memory


def set_control(memory: Any, **values: int | None) -> None:
    for name, value in values.items():
        ctypes.c_int64.from_buffer(memory, getattr(sharing, name)).value = value


def in_control(memory: Any, name: str) -> int:
    return ctypes.c_int64.from_buffer(memory, getattr(sharing, name)).value


@pytest.mark.parametrize(
    ("longest", "later"), [(FOREVER, 0), (FOREVER, 3), (1000, 0)]
)  # cycles, and times the first wait's
@pytest.mark.parametrize("at_once", [1, 3])
def test_who_waited_too_long_works_alone_for_a_while(
    longest: int, later: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread takes the last of three pieces, and is late with it; who is alone then computes them one
    by one, or all at once. Where the other is late again, it is for longer if that was soon."""
    monkeypatch.setattr(sharing, "LONGEST_RETREAT", longest)
    memory = control_block(THREADS=2)
    ticket, done, until, last = (
        ctypes.c_int64.from_buffer(memory, place) for place in (sharing.TICKET, sharing.DONE, UNTIL, RETREAT)
    )
    computed: list[range] = []

    def compute(_: int, begin: int, end: int) -> None:
        computed.append(range(begin, end))
        if len(computed) == 1:
            ticket.value += 1 << sharing.FROM_BACK
            threading.Timer(0.05, lambda: setattr(done, "value", 1)).start()

    kernel = Kernel(compute)
    run = fork(memory, kernel, 3, 1, at_once)
    run()
    assert computed == [range(1), range(1, 2)]
    first, began = last.value, until.value - last.value
    assert began > 0
    if longest == FOREVER:
        run()
        assert computed[2:] == ([range(3)] if at_once == 3 else [range(1), range(1, 2), range(2, 3)])
    until.value, last.value = began - later * first, 10 * first
    computed.clear()
    run()
    assert computed == [range(1), range(1, 2)]
    if longest == FOREVER:
        assert last.value < 2 * first if later else last.value == 20 * first
    else:
        assert first == last.value == longest


@pytest.mark.parametrize(
    ("together", "taken"),
    [
        (1, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7)]),
        (2, [(0, 2), (2, 4), (4, 5), (5, 6), (6, 7)]),  # as long as two threads would find two
        (3, [(0, 3), (3, 4), (4, 5), (5, 6), (6, 7)]),
    ],
)
@pytest.mark.parametrize("back", [False, True])
def test_pieces_are_taken_together_as_long_as_there_are_as_many_for_everyone(
    together: int, taken: list[tuple[int, int]], back: bool
) -> None:
    """Seven pieces that are taken by one of two threads."""
    memory = control_block(THREADS=2)
    computed = []
    kernel = Kernel(lambda _, begin, end: computed.append((begin, end)))
    if back:
        set_control(memory, TICKET=7 << sharing.ALL | together << sharing.TOGETHER, STOP=1)
        set_control(memory, KERNEL=ctypes.cast(kernel, ctypes.c_void_p).value)
        worker(memory)()
        taken = [(7 - end, 7 - begin) for begin, end in taken]
        assert in_control(memory, "DONE") == 7
    else:
        fork(memory, kernel, 7, together)()
    assert computed == taken


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize(("pieces", "threads"), [(1, 2), (7, 2), (48, 2), (57, 3), (1000, 16)])
def test_of_pieces_that_need_nothing_in_common_a_thread_takes_half_of_its_share(
    pieces: int, threads: int, back: bool
) -> None:
    memory = control_block(THREADS=threads)
    computed: list[tuple[int, int]] = []
    kernel = Kernel(lambda _, begin, end: computed.append((begin, end)))
    if back:
        set_control(memory, TICKET=pieces << sharing.ALL, STOP=1)
        set_control(memory, KERNEL=ctypes.cast(kernel, ctypes.c_void_p).value)
        worker(memory)()
        computed = [(pieces - end, pieces - begin) for begin, end in computed]
        assert in_control(memory, "DONE") == pieces
    else:
        fork(memory, kernel, pieces, 0)()
    begins = [begin for begin, _ in computed]
    assert begins == [0, *[end for _, end in computed[:-1]]]
    assert computed[-1][1] == pieces
    for begin, end in computed:
        assert end - begin == max(1, (pieces - begin) // (2 * threads))


def test_of_pieces_taken_together_others_may_have_taken_some_meanwhile() -> None:
    memory = control_block(THREADS=1)
    computed = []

    def compute(_: int, begin: int, end: int) -> None:
        computed.append((begin, end))
        if len(computed) == 1:
            set_control(memory, TICKET=in_control(memory, "TICKET") + (4 << sharing.FROM_BACK), DONE=4)

    kernel = Kernel(compute)
    fork(memory, kernel, 7, 2)()
    assert computed == [(0, 2), (2, 3)]


def test_a_retreat_goes_on_in_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "WORTH_ASKING", 0)
    monkeypatch.setattr(crowd, "threads", lambda: 2)
    company = Crowd(None, lambda start: None)  # type: ignore[arg-type]
    found = []
    for next_until in (1000, FOREVER, 0):  # for ever is for one call
        with company.at_work(1.0) as control:
            until, last = (ctypes.c_int64.from_address(control + place) for place in (UNTIL, RETREAT))
            found.append((until.value, last.value))
            until.value, last.value = next_until, last.value + 7
    assert found == [(0, 0), (1000, 7), (0, 14)]


@pytest.fixture
def trials_of_three(monkeypatch: pytest.MonkeyPatch) -> repeating.RepeatedStep:
    x, orders = np.ones(1), np.zeros((1, 1), int)
    repeated = cr.repeat(lambda w, rate, x: (np.sum(x), w * rate))
    step = repeated._loop_of(loop_arguments(x, np.ones(1), orders, (x,), None))
    assert isinstance(step, repeating.RepeatedStep)
    monkeypatch.setattr(repeating, "TRIAL", 3 * step.operations)
    return step


def ways(
    step: repeating.RepeatedStep, pieces: list[Piece], seconds_alone: float, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[Piece, bool]]:
    """The pieces, and which are run alone, where a row takes so long alone and 2 s with help."""
    clock = [0.0]
    monkeypatch.setattr(repeating, "perf_counter", lambda: clock[0])
    control = np.zeros(CONTROL_BYTES // 8, np.int64)
    made = []
    total = sum(piece.steps for piece in pieces)
    for piece in step.as_is_quicker(iter(pieces), total, control.ctypes.data):
        made.append((piece, control[UNTIL // 8] == FOREVER))
        clock[0] += piece.steps * piece.size * (seconds_alone if made[-1][1] else 2.0)
    return made


@pytest.mark.parametrize("seconds_alone", [1.0, 2.1, 3.0])
def test_short_steps_go_on_alone_or_with_help_as_is_quicker(
    seconds_alone: float, trials_of_three: repeating.RepeatedStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = [Piece(4, 0, 0, 20), Piece(4, 80, 20, 100)]
    made = ways(trials_of_three, pieces, seconds_alone, monkeypatch)
    as_tried = [(4, 0, 0, 6), (4, 24, 6, 3), (4, 36, 9, 3), (4, 48, 12, 8), (4, 80, 20, 100)]
    quicker = seconds_alone < 2.2
    assert made == list(zip(as_tried, [False, False, True, quicker, quicker], strict=True))


@pytest.mark.parametrize("seconds_alone", [1.0, 3.0])
def test_those_who_help_may_leave_once_the_first_thread_goes_on_alone(
    seconds_alone: float, trials_of_three: repeating.RepeatedStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, control, left = [0.0], np.zeros(CONTROL_BYTES // 8, np.int64), []
    monkeypatch.setattr(repeating, "perf_counter", lambda: clock[0])
    for piece in trials_of_three.as_is_quicker(iter([Piece(4, 0, 0, 120)]), 120, control.ctypes.data):
        left.append(bool(control[STOP // 8]))
        clock[0] += piece.steps * (seconds_alone if control[UNTIL // 8] else 2.0)
    assert left == [False, False, False, seconds_alone < 2.0]


@pytest.mark.parametrize(("seconds_alone", "asked"), [(1.0, [True, False, True]), (3.0, [True] * 3)])
def test_help_that_was_no_use_is_not_asked_for_some_time(
    seconds_alone: float,
    asked: list[bool],
    trials_of_three: repeating.RepeatedStep,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowd, "WORTH_ASKING", 1)
    monkeypatch.setattr(crowd, "threads", lambda: 2)
    monkeypatch.setattr(repeating, "KEPT", 40)  # times three steps
    trials_of_three._crowd = Crowd(trials_of_three._library, lambda start: None)
    found = []
    for _ in asked:
        with trials_of_three.with_help(120) as control:
            found.append(ctypes.c_int64.from_address(control + UNTIL).value < FOREVER)
        if found[-1]:
            ways(trials_of_three, [Piece(4, 0, 0, 120)], seconds_alone, monkeypatch)
    assert found == asked


@pytest.mark.parametrize("seconds_alone", [1.0, 3.0])
def test_trials_go_on_from_line_to_line_of_two_sizes_of_minibatches(
    seconds_alone: float, trials_of_three: repeating.RepeatedStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = range(10)
    pieces = [p for k in lines for p in (Piece(4, 9 * k, 3 * k, 2), Piece(1, 9 * k + 8, 3 * k + 2, 1))]
    made = ways(trials_of_three, pieces, seconds_alone, monkeypatch)
    assert [piece for piece, _ in made] == pieces
    quicker = seconds_alone < 2.2
    assert [alone for _, alone in made] == [False] * 6 + [True] * 2 + [quicker] * 12


def test_few_steps_are_no_trials(
    trials_of_three: repeating.RepeatedStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = Piece(4, 0, 0, 26)
    assert ways(trials_of_three, [piece], 1.0, monkeypatch) == [(piece, False)]


def test_a_process_that_was_forked_has_threads_of_its_own() -> None:
    code = """
import os, numpy as np, chainrule as cr
from chainrule.execution.native import pool
from chainrule.execution.native.runtime import crowd
crowd.threads = pool.threads = lambda: 2
a = np.ones((600, 600))
f = cr.compile(lambda a: a @ a @ a)
expected = f(a)
child = os.fork()
if child == 0:
    os._exit(0 if np.array_equal(f(a), expected) else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    if hasattr(os, "fork"):
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)


WITHOUT_THREADS = """
import threading
import numpy as np, chainrule as cr

def refused(thread):
    raise RuntimeError("can't start new thread")

threading.Thread.start = refused
x = np.random.default_rng(0).normal(size=(1500, 1500))  # shared, and where Ctrl-C is heard
np.testing.assert_allclose(cr.compile(lambda x: np.tanh(x @ x.T))(x), np.tanh(x @ x.T), rtol=1e-9, atol=1e-9)
net = cr.nn.Network((300, 200, 100, 2), seed=0)
cr.train.fit(net, x[:256, :300], x[:256, :2], loss="mse", epochs=3, compile="native", seed=0)
assert all(np.isfinite(p).all() for p in net.parameters.values())
"""


def test_where_no_thread_can_be_started_one_does_all(tmp_path: Path) -> None:
    environment = {**os.environ, "CHAINRULE_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THREADS], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


AT_THE_END = """
import atexit
import numpy as np, chainrule as cr
from chainrule.execution.native import pool
from chainrule.execution.native.machine_code import objects
from chainrule.execution.native.runtime import crowd, interrupts

crowd.threads = pool.threads = objects.threads = lambda: 2
x = np.random.default_rng(0).normal(size=(700, 700))
shared = cr.compile(lambda x: np.tanh(x @ x.T))
expected = shared(x)

@atexit.register
def at_the_end():
    np.testing.assert_array_equal(shared(x), expected)
    interrupts.LONG_WORK = 1e6  # where Ctrl-C is heard
    np.testing.assert_array_equal(shared(x), expected)
    objects.LEAST_PART = 10
    np.testing.assert_array_equal(cr.compile(lambda x: np.tanh(x @ x.T) * 2)(x), expected * 2)
    print("done")

interrupts.LONG_WORK = 1e6
shared(x)
interrupts.LONG_WORK = 4e9
"""


def test_at_the_end_of_the_process_one_thread_does_all(tmp_path: Path) -> None:
    environment = {**os.environ, "CHAINRULE_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", AT_THE_END]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_the_number_of_threads_is_the_users_to_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in ("1", " 1 ", "1,2"):
        monkeypatch.setenv("OMP_NUM_THREADS", one)
        assert pool.threads() == 1
    monkeypatch.delenv("OMP_NUM_THREADS")
    every = pool.threads()
    for nothing in ("", "0", "-1", "what", "²"):
        monkeypatch.setenv("OMP_NUM_THREADS", nothing)
        assert pool.threads() == every


@processors.for_each("counts", "cycles", "cycles", "cycles", "ticks")
def test_how_long_a_thread_waits_is_told_in_what_the_processor_counts(target: Target, counts: str) -> None:
    """Cycles, or ticks of a clock that says how many of them a second has."""
    module = Module(target.triple)
    define_fork(module, target)
    lines = str(module).splitlines()
    if counts == "cycles":
        assert any(line.endswith(f", {sharing.PATIENCE}") for line in lines if "icmp sgt" in line)
        assert any(line.endswith(f", i64 {sharing.LONGEST_RETREAT})") for line in lines if "smin" in line)
        return
    for cycles in (sharing.PATIENCE, sharing.LONGEST_RETREAT):
        (product,) = [line for line in lines if "mul" in line and line.endswith(f", {cycles}")]
        number = product.split(" = ")[0].strip()
        assert any(f"udiv i64 {number}, {CYCLES}" in line for line in lines)
    code = target.machine().emit_assembly(llvm.parse_assembly(str(module)))
    assert code.count("CNTFRQ_EL0") == 2
    assert "CNTVCT_EL0" in code


def test_who_works_alone_copies_all_rows_of_a_minibatch_at_once() -> None:
    def step(w, rate, x):  # type: ignore[no-untyped-def]
        return np.sum(x * w), w * rate

    graph = cr.trace(step, np.float64(1.0), np.float64(1.0), np.zeros((512, 4096))).graph
    text = planned_step(graph, 1, host()).text("llvm")
    assert re.search(r'@"fork"\(.*@"shared_gather".*, i64 ([0-9]+), i64 0, i64 \1\)', text)


def test_no_more_pieces_are_taken_together_than_a_ticket_says() -> None:
    matrix = Matrix(Buffer("workspace", (384, 192), np.dtype("f4"), "c"), Affine(), 192, 1)
    copy = PackKernel(3000, 192, matrix, Buffer("workspace", (3, 3000, 64), np.dtype("f4"), "p"), 64)
    node = cr.trace(lambda x: x + 1, np.ones(1)).graph.outputs[0]
    for m, together in ((96, 4), (360, 15), (384, 1)):
        product = ProductKernel(node, (), m, 3000, 192, matrix, matrix, matrix, on_the_way=copy)
        division = divided(product, processors.AVX512)
        assert division
        assert division.together == together
        assert not division.pieces % together
