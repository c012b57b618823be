"""Object code on disk: found again, and never run when it is not this user's own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native import cache
from chainrule.execution.native.target import host


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
    for i in range(10):
        cache.cached(str(i), host(), lambda: bytes(300))
    assert sum(path.stat().st_size for path in entries(folder)) <= 1000


def test_a_folder_that_cannot_be_written_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert float(cr.compile(lambda x: np.sum(x * 2))(np.ones(3))) == 6.0


def test_a_compiled_function_comes_from_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: np.ndarray) -> np.ndarray:
        return np.tanh(x) @ x

    x = np.arange(3.0)
    first = cr.compile(f)(x)
    monkeypatch.setattr("chainrule.execution.native.loading.object_code", None)  # to compile would fail
    assert cr.compile(f)(x) == first


def test_numbers_in_the_code_tell_entries_apart(folder: Path) -> None:
    values = [float(cr.compile(lambda x, n=n: np.sum(x * n))(np.ones(2))) for n in (1.5, 2.5, 1.5)]
    assert values == [3.0, 5.0, 3.0]
