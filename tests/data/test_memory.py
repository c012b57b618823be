"""How much memory there is to use."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.cli import reading
from chainrule.data import blocks, memory
from chainrule.data.memory import memory_limit

MACHINE = 1 << 40


@pytest.fixture
def groups(tmp_path, monkeypatch) -> Path:
    """A tree of groups, of which this process is in a/b."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "own").write_text("2:cpu,memory:/c\n1:cpu:/x\n0::/a/b\n")
    monkeypatch.setattr(memory, "GROUPS", tmp_path)
    monkeypatch.setattr(memory, "OWN", tmp_path / "own")
    monkeypatch.setattr(memory, "_machine", lambda: [MACHINE])
    monkeypatch.setattr(memory, "_of_process", list)
    return tmp_path


def test_without_groups_it_is_the_machines(groups) -> None:
    assert memory_limit() == MACHINE


@pytest.mark.parametrize("file", ["memory.max", "a/memory.max", "a/b/memory.max"])
def test_a_group_or_one_that_holds_it_has_a_limit(groups, file) -> None:
    (groups / "memory.max").write_text("max\n")
    (groups / file).write_text("1048576\n")
    assert memory_limit() == 1 << 20


def test_the_first_version_of_groups(groups) -> None:
    (groups / "memory").mkdir()
    (groups / "memory" / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert memory_limit() == MACHINE
    (groups / "memory" / "c").mkdir()
    (groups / "memory" / "c" / "memory.limit_in_bytes").write_text("2097152\n")
    assert memory_limit() == 1 << 21


def test_the_limit_of_the_process_itself() -> None:
    limit = 3 << 30
    asked = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({limit}, resource.RLIM_INFINITY)); "
    asked += "from chainrule.data.memory import memory_limit; print(memory_limit())"
    if resource.getrlimit(resource.RLIMIT_AS)[1] != resource.RLIM_INFINITY:  # it may only be lowered
        asked = asked.replace("resource.RLIM_INFINITY", str(limit))
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert int(found.stdout) <= limit


def test_a_table_is_large_by_that_limit(tmp_path, monkeypatch) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    monkeypatch.setattr(reading, "memory_limit", lambda: table.stat().st_size * reading.PART_OF_MEMORY)
    with reading.open_table(table, {}) as opened:
        assert opened.folder is None
    monkeypatch.setattr(reading, "memory_limit", lambda: table.stat().st_size)
    monkeypatch.setattr(reading, "LARGE", str(tmp_path))
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    with reading.open_table(table, {}) as opened:
        assert opened.folder is not None
        assert opened.folder.parent == tmp_path
    assert not opened.folder.exists()


def test_blocks_of_a_wide_file_are_small_where_memory_is(monkeypatch) -> None:
    columns = 100_000
    assert blocks.block_size(columns) == blocks.WIDE_BLOCK
    monkeypatch.setattr(blocks, "memory_limit", lambda: blocks.PART_OF_MEMORY << 21)
    assert blocks.block_size(columns) == blocks.block_size(3) == 1 << 21
    monkeypatch.setattr(blocks, "memory_limit", lambda: 1)
    assert blocks.block_size(columns) == blocks.SMALLEST
    monkeypatch.setattr(blocks, "memory_limit", lambda: None)
    assert blocks.block_size(columns) == blocks.WIDE_BLOCK
