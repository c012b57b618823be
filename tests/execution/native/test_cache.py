"""Object code on disk: found again, and never run when it is not this user's own."""

import os
import stat
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native import routines
from chainrule.execution.native.machine_code import cache, linking
from chainrule.execution.native.machine_code.fingerprint import fingerprint
from chainrule.execution.native.machine_code.manifest import Image, Manifest, unpacked
from chainrule.execution.native.runtime.numpy_steps import NumpyStep
from chainrule.execution.native.target import host
from chainrule.graph import Graph, all_primitives, build, input_node, op, primitive, provenance, type_of

CONSTANT = np.array([1.0, 10.0])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != "key"]


def counting(made: list[int], code: bytes = b"code") -> Callable[[], bytes]:
    def make() -> bytes:
        made.append(1)
        return code

    return make


def test_what_is_described_alike_is_made_once(folder: Path) -> None:
    made: list[int] = []
    assert [cache.cached("a", host(), counting(made)) for _ in range(3)] == [b"code"] * 3
    cache.cached("b", host(), counting(made))
    assert len(made) == 2


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "foreign key", "no key", "other name"])
def test_an_entry_that_is_not_ones_own_is_made_anew(folder: Path, damage: str) -> None:
    made: list[int] = []
    cache.cached("a", host(), counting(made))
    (entry,) = entries(folder)
    content = entry.read_bytes()
    if damage == "flip":
        entry.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "truncate":
        entry.write_bytes(content[: len(content) // 2])
    elif damage == "empty":
        entry.write_bytes(b"")
    elif damage == "foreign key":
        (folder / "key").write_bytes(bytes(32))
    elif damage == "no key":
        (folder / "key").unlink()
    else:
        cache.cached("b", host(), counting(made, b"other"))
        (other,) = (path for path in entries(folder) if path != entry)
        entry.write_bytes(other.read_bytes())
    made.clear()
    assert cache.cached("a", host(), counting(made)) == b"code"
    assert len(made) == 1


def test_the_folder_stays_within_its_size(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGEST_TOTAL", 1000)
    monkeypatch.setattr(cache, "WRITES_PER_TRIM", 1)
    for i in range(10):
        cache.cached(str(i), host(), lambda: bytes(300))
    assert sum(path.stat().st_size for path in entries(folder)) <= 1000


def test_one_write_of_sixteen_looks_at_all_entries(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGEST_TOTAL", 1000)
    totals = []
    for i in range(1, 65):
        cache._write(f"{i:064x}", bytes(300))
        totals.append(sum(path.stat().st_size for path in entries(folder)))
    assert [i for i, total in enumerate(totals, 1) if total <= 1000] == [1, 2, 3, 16, 32, 48, 64]


def test_a_folder_that_cannot_be_written_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert float(cr.compile(lambda x: np.sum(x * 2))(np.ones(3))) == 6.0


def test_a_user_without_a_folder_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("CHAINRULE_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # which its specification says to ignore
    monkeypatch.setattr(cache.Path, "home", nowhere)
    assert float(cr.compile(lambda x: np.sum(x * 3))(np.ones(3))) == 9.0
    assert not Path("relative").exists()


def test_an_entry_that_is_a_pipe_is_not_waited_for(folder: Path) -> None:
    cache.cached("a", host(), lambda: b"code")
    (entry,) = entries(folder)
    entry.unlink()
    os.mkfifo(entry)
    assert cache.cached("a", host(), lambda: b"code") == b"code"
    assert entry.is_file()


@pytest.mark.parametrize("kind", ["pipe", "device", "huge", "dangling", "loop", "folder"])
def test_what_is_no_key_is_not_read(folder: Path, kind: str) -> None:
    folder.mkdir()
    key, made = folder / "key", list[int]()
    if kind == "pipe":
        os.mkfifo(key)
    elif kind == "huge":
        with key.open("wb") as file:
            file.truncate(2**40)
    elif kind == "folder":
        key.mkdir()
    else:
        key.symlink_to({"device": "/dev/zero", "dangling": folder / "nothing", "loop": key}[kind])
    for _ in range(2):
        assert cache.cached("a", host(), counting(made)) == b"code"
    replaced = kind not in ("loop", "folder")
    assert len(made) == (1 if replaced else 2)
    assert stat.S_ISREG(key.lstat().st_mode) == replaced


def test_reading_an_entry_takes_no_more_memory_than_it_has(folder: Path) -> None:
    cache.cached("a", host(), lambda: bytes(1000))
    tracemalloc.start()
    cache.cached("a", host(), lambda: b"")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2**20


def test_an_entry_too_large_for_the_folder_is_not_read(folder: Path) -> None:
    cache.cached("a", host(), lambda: b"code")
    (entry,) = entries(folder)
    with entry.open("wb") as file:
        file.truncate(2**40)
    assert cache.cached("a", host(), lambda: b"code") == b"code"
    assert entry.stat().st_size < 100


def test_the_key_of_another_user_is_neither_used_nor_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    cache.cached("a", host(), counting(made))
    key, owner = (folder / "key").read_bytes(), os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    for _ in range(2):
        assert cache.cached("a", host(), counting(made)) == b"code"
    assert len(made) == 3
    assert (folder / "key").read_bytes() == key


def test_others_can_read_neither_the_key_nor_the_entries(folder: Path) -> None:
    cache.cached("a", host(), lambda: b"code")
    assert [path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir())] == [0, 0, 0]


def test_what_was_used_longest_ago_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGEST_TOTAL", 700)
    monkeypatch.setattr(cache, "WRITES_PER_TRIM", 1)
    made: list[int] = []
    (folder / "someone's").mkdir(parents=True)
    (folder / "lost").symlink_to(folder / "nothing")
    cache.cached("a", host(), counting(made, bytes(300)))
    (first,) = (path for path in entries(folder) if path.is_file())
    cache.cached("b", host(), counting(made, bytes(300)))
    os.utime(first, (0, 0))
    for description in ("a", "c", "a", "c"):
        cache.cached(description, host(), counting(made, bytes(300)))
    assert len(made) == 3


def test_a_compiled_function_comes_from_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: np.ndarray) -> np.ndarray:
        return np.tanh(x) @ x

    x = np.arange(3.0)
    first = cr.compile(f)(x)
    monkeypatch.setattr("chainrule.execution.native.program.planned", None)  # a pass would fail
    assert cr.compile(f)(x) == first


def test_a_repeated_step_comes_from_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def step(A: np.ndarray, rate: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.sum(x * CONSTANT), A - rate * np.linalg.inv(A)

    arguments = 3 * np.eye(3), np.full(4, 0.1), np.array([[0, 2], [1, 3], [2, 2], [0, 1]]), np.arange(4.0)
    first = cr.repeat(step)(*arguments)
    monkeypatch.setattr("chainrule.execution.native.repeating.planned_step", None)
    for found, expected in zip(cr.repeat(step)(*arguments), first, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_constant_arrays_are_no_part_of_the_code(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert float(cr.compile(lambda x: x @ np.arange(3.0))(np.ones(3))) == 3.0
    monkeypatch.setattr("chainrule.execution.native.program.planned", None)
    assert float(cr.compile(lambda x: x @ np.full(3, 5.0))(np.ones(3))) == 15.0


@pytest.mark.parametrize(
    "others",
    [
        [lambda x: x[1:3] * 2, lambda x: x[0:2] * 2, lambda x: x[::2] * 2, lambda x: x[1:3] * 2.5],
        [lambda x: x.reshape(2, 2).sum(axis=0), lambda x: x.reshape(2, 2).sum(axis=1)],
        [lambda x: x * 0.0, lambda x: x * -0.0],
        [lambda x: x.astype("f4"), lambda x: x.astype("i8"), lambda x: x.astype(bool)],
        [lambda x: (x, x + 1), lambda x: (x + 1, x)],
        [lambda x: np.maximum(x, 1), lambda x: np.minimum(x, 1)],
    ],
)
def test_what_computes_something_else_is_another_entry(
    folder: Path, others: list[Callable[[np.ndarray], np.ndarray]]
) -> None:
    x = np.array([0.5, 3.0, -1.0, 2.0])
    texts = {fingerprint(cr.trace(f, x).graph) for f in others}
    assert len(texts) == len(others)
    for f in (*others, *others):
        for found, expected in zip(np.atleast_2d(cr.compile(f)(x)), np.atleast_2d(f(x)), strict=True):
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


def test_names_and_lines_are_no_part_of_an_entry() -> None:
    x = np.ones(3)
    assert fingerprint(cr.trace(lambda x: cr.name(np.exp(x), "h") * 2, x).graph) == fingerprint(
        cr.trace(lambda other: np.exp(other) * 2, x).graph
    )


def test_a_step_that_reads_one_array_twice_is_another_than_one_that_reads_two(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = np.arange(3.0), np.full(3, 5.0)

    def loss(p: np.ndarray, q: np.ndarray) -> float:
        def step(w: np.ndarray, rate: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return np.sum(w * p * q + x), w

        return float(cr.repeat(step)(np.ones(3), np.zeros(1), np.array([[0]]), np.zeros(1))[0][0])

    assert (loss(a, a), loss(a, b)) == (5.0, 15.0)
    monkeypatch.setattr("chainrule.execution.native.repeating.planned_step", None)  # each is there now
    assert (loss(b, b), loss(b, a)) == (75.0, 15.0)


def test_a_derivative_is_another_entry_than_what_computes_the_same() -> None:
    x = input_node(type_of(np.ones(3)), "x")
    with provenance(None, of=x):
        derivative = Graph((x,), (op.exp(x),))
    assert fingerprint(derivative) != fingerprint(Graph((x,), (op.exp(x),)))


@pytest.mark.parametrize("name", [record.name for record in all_primitives()])
def test_every_parameter_can_be_written_down(name: str) -> None:
    record = primitive(name)
    for sample in record.samples(np.random.default_rng(5)):
        inputs = tuple(input_node(type_of(a), f"x{i}") for i, a in enumerate(sample.arrays))
        text = fingerprint(Graph(inputs, (build(name, *inputs, **sample.params),)))
        assert name in text
        assert all(param in text for param in sample.params if record.lower.kind != "literal")


def test_processes_that_compile_the_same_at_once_all_get_it(folder: Path) -> None:
    code = "import numpy as np, chainrule as cr; print(cr.compile(lambda x: np.exp(x) @ x)(np.arange(4.0)))"
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    outputs = {process.communicate(timeout=120)[0] for process in running}
    assert outputs == {f"{np.exp(np.arange(4.0)) @ np.arange(4.0)}\n"}
    assert len(entries(folder)) == 1
    assert not [path for path in folder.iterdir() if path.name.startswith("tmp")]


@pytest.mark.parametrize("first", ["with", "without"])
def test_code_for_a_numpy_with_routines_and_for_one_without_are_apart(
    folder: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    found, A = routines.addresses(), np.array([[2.0, 1.0], [0.0, 4.0]])
    for there in (first == "with", first == "without"):
        for module in (routines, linking):
            monkeypatch.setattr(module, "addresses", lambda there=there: found if there else {})
        np.testing.assert_array_equal(cr.compile(np.linalg.inv)(A), [[0.5, -0.125], [0.0, 0.25]])
    assert len(entries(folder)) == 2


def test_an_image_holds_code_and_what_calls_need() -> None:
    manifest = Manifest(("run", "work"), (3, 1), 640, 2.5e6, (NumpyStep(4, (0, 130), 2),), (1,))
    image = Image(manifest, (b"\0code", b"", b"more"))
    assert unpacked(image.packed()) == image


def test_numbers_in_the_code_tell_entries_apart(folder: Path) -> None:
    values = [float(cr.compile(lambda x, n=n: np.sum(x * n))(np.ones(2))) for n in (1.5, 2.5, 1.5)]
    assert values == [3.0, 5.0, 3.0]
