"""Tables on disk: the same as in memory, in memory that does not grow with the file."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.data import Table, TableModel, prepare_table, read_table, spilling
from chainrule.data.blocks import csv_blocks, record_end
from chainrule.data.kinds import ColumnType
from chainrule.data.mapping import _reserve, empty_array
from chainrule.errors import DataError

CELLS = st.sampled_from(
    ["", "1", "2.5", "-3", "007", "red", "blue", 'a "quote"', "two\nlines", "a,b", "é", " x "]
)


def same(first: Table, second: Table) -> None:
    assert first.names == second.names
    assert [column.type for column in first.columns] == [column.type for column in second.columns]
    for name in first.names:
        np.testing.assert_array_equal(first.column(name).rows, second.column(name).rows)
        np.testing.assert_array_equal(first[name], second[name])


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12))
@settings(max_examples=40)
def test_a_table_on_disk_is_the_one_in_memory(tmp_path_factory, rows) -> None:
    folder = tmp_path_factory.mktemp("spilled")
    columns = zip("abc", zip(*rows, strict=True), strict=True)
    frame = {"k": ["0", *"1" * len(rows)]} | {name: ["5", *cells] for name, cells in columns}
    polars.DataFrame(frame).write_csv(folder / "t.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spilling, "ROWS", 3)
        same(read_table(folder / "t.csv"), read_table(folder / "t.csv", folder=folder))


@given(
    records=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=9), size=st.integers(1, 40)
)
@settings(max_examples=40)
def test_blocks_are_whole_records(tmp_path_factory, records, size) -> None:
    path = tmp_path_factory.mktemp("blocks") / "t.csv"
    polars.DataFrame(records, schema=["a", "b"], orient="row").write_csv(path, quote_style="always")
    blocks = list(csv_blocks(path, size))
    assert b"".join(blocks) == path.read_bytes()
    assert all(block.count(b'"') % 2 == 0 and record_end(block) == len(block) for block in blocks)


def test_a_type_that_changes_late_in_the_file(tmp_path) -> None:
    lines = ["n,d,t", *["5,2024-01-31,x"] * 9, '"1,234.5",31.12.2024,y', "6,2024-02-01,x"]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spilling, "ROWS", 2)
        table = read_table(tmp_path / "t.csv", folder=tmp_path)
    same(read_table(tmp_path / "t.csv"), table)
    assert str(table.column("n").type) == "number:1,234.5"
    assert table.column("d").stray == ("31.12.2024", 10, ColumnType("date", "%Y-%m-%d"))


@pytest.mark.parametrize(
    ("cells", "type"),
    [
        ([f"2024-01-{k}" for k in range(20, 25)] + [f"{k}.12.2024" for k in range(20, 25)], "text"),
        ([f"{k}.12.2024" for k in range(20, 25)] + [f"2024-01-{k}" for k in range(20, 25)], "text"),
        (["1", "0"] * 4 + ["true", "NA"], "boolean"),
        (["1", "0"] * 4 + ["true", "2"], "text"),
        (["2.5", "7"] * 4 + ['"1.234,5"'] * 2, "text"),
    ],
)
def test_kinds_that_change_late_in_the_file_are_the_same_from_disk(tmp_path, cells, type) -> None:
    """Of numbers and dates with others among them the first that does not fit is known, on disk as well."""
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{word},{k}\n" for k, word in enumerate(cells)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spilling, "ROWS", 2)
        disk = read_table(tmp_path / "t.csv", folder=tmp_path)
    memory = read_table(tmp_path / "t.csv")
    same(memory, disk)
    assert memory.column("a").type == ColumnType(type)
    assert memory.column("a").stray == disk.column("a").stray
    assert (memory.column("a").stray is None) == (type != "text")


def test_what_does_not_fit_is_named_by_its_row_in_the_file(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("a\n" + "1\n" * 7 + "x\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spilling, "ROWS", 2)
        with pytest.raises(DataError, match="column 'a' holds 'x' in data row 8"):
            read_table(tmp_path / "t.csv", {"a": "number"}, folder=tmp_path)


def test_training_from_disk_gives_the_same_bits(tmp_path) -> None:
    path = write_numbers(tmp_path / "t.csv", 300)
    (tmp_path / "inputs").mkdir()
    weights = []
    for folder in (None, tmp_path / "inputs"):
        data = prepare_table(read_table(path, folder=folder), "y", folder=folder)
        network = cr.nn.Network([len(data.encoder.features), 4, 1], seed=0)
        cr.train.fit(network, *data.train, epochs=2, seed=0)
        model = TableModel(data.encoder, data.target, network)
        weights.append((network.parameters["W1"], model.predict(data.test)))
    for memory, disk in zip(*weights, strict=True):
        np.testing.assert_array_equal(memory, disk)


def write_numbers(path: Path, rows: int) -> Path:
    X = np.random.default_rng(0).normal(size=(rows, 10))
    polars.DataFrame({f"x{k}": X[:, k] for k in range(10)} | {"y": X @ np.arange(10.0)}).write_csv(path)
    return path


MEASURE = """
import sys, threading, time
from pathlib import Path
import chainrule as cr
from chainrule.data import prepare_table, read_table

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) * 1024

def train(path, folder):
    data = prepare_table(read_table(path, folder=folder), "y", folder=folder)
    network = cr.nn.Network([10, 8, 1], seed=0)
    cr.train.fit(network, *data.train, epochs=1, batch_size=256, validation=data.validation, progress=False)

seen = [0]
def watch():
    while True:
        seen.append(anonymous())
        time.sleep(0.002)
threading.Thread(target=watch, daemon=True).start()
for path in sys.argv[2:]:
    seen[:] = [0]
    train(path, sys.argv[1] or None)
    print(max(seen))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path) -> None:
    small, large = (write_numbers(tmp_path / f"{rows}.csv", rows) for rows in (60_000, 240_000))
    command = [sys.executable, "-c", MEASURE, str(tmp_path), *map(str, (small, small, large))]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    peaks = [int(line) for line in found.stdout.split()][1:]  # the first one also imports and compiles
    growth = large.stat().st_size - small.stat().st_size
    assert growth > 38e6
    assert peaks[1] - peaks[0] < 1.5 * growth  # in memory it is more than three times the growth


def test_the_disk_has_the_room_before_anything_is_written(tmp_path) -> None:
    """Else a disk that fills later ends the process: the system has no other way to tell of it."""
    path = tmp_path / "numbers.npy"
    with path.open("wb") as file:
        file.truncate(1 << 20)
    _reserve(path)
    assert 512 * path.stat().st_blocks >= 1 << 20


def test_a_process_that_is_killed_leaves_no_values_behind(tmp_path) -> None:
    mapped = empty_array(tmp_path, "numbers", (2, 3))
    mapped[:] = 7
    assert not list(tmp_path.iterdir())
    assert mapped.tolist() == [[7.0] * 3] * 2


def test_a_disk_without_room_is_an_error_that_names_the_file(tmp_path, monkeypatch) -> None:
    def full(descriptor, start, length):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match=r"numbers\.npy"):
        empty_array(tmp_path, "numbers", (3, 10))


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (
            ("code",),
            [("1.10",), ("1.1",), ("2.50",), ("9223372036854717732",), ("1e400",), ("beta",), ("1.10",)],
        ),
        (("x", "y"), [("1", "a"), ("n/a", "b"), ("n/a", ""), ("", ""), ("-", ""), ("3", "c"), ("", "NA")]),
        (("x",), [("13:06",), ("15:04",), ("1",), ("16:12",)]),
        (("x", "when"), [("1", "2024-01-01"), ("?", "n/a"), ("2", "-"), ("n/a", "2024-01-03")]),
    ],
)
@pytest.mark.parametrize("size", [8, 20, 1000])
def test_words_and_blank_rows_are_those_of_memory_whatever_the_blocks(
    csv, tmp_path, monkeypatch, columns, rows, size
):
    monkeypatch.setattr("chainrule.data.files.block_size", lambda columns: size)
    path = csv("\n".join(map(",".join, [columns, *rows])) + "\n")
    whole, streamed = read_table(path), read_table(path, folder=tmp_path)
    assert streamed.kinds == whole.kinds
    assert streamed.blank_rows.tolist() == whole.blank_rows.tolist()
    for mine, theirs in zip(streamed.columns, whole.columns, strict=True):
        np.testing.assert_array_equal(mine.values, theirs.values)
        assert mine.rows.tolist() == theirs.rows.tolist()
