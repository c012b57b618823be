"""History files, cut off or not."""

import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ArgumentError, ModelFileError
from chainrule.io import append_history, read_history

RECORDS = st.lists(
    st.dictionaries(
        st.text(),
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e300, 1e300) | st.text(),
    ),
    max_size=5,
)


@given(RECORDS, RECORDS)
def test_records_come_back_in_order(tmp_path_factory, first, second):
    path = tmp_path_factory.mktemp("run") / "history.jsonl"
    append_history(path, *first)
    append_history(path, *second)
    assert read_history(path) == first + second
    lines = path.read_bytes().split(b"\n")
    assert [json.loads(line) for line in lines[:-1]] == first + second
    assert lines[-1] == b""


@pytest.mark.parametrize("cut", range(1, 29))
def test_a_line_that_was_cut_off_is_dropped(tmp_path, cut):
    path = tmp_path / "history.jsonl"
    records = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
    append_history(path, *records)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    kept = records[: whole[:-cut].count(b"\n")]
    assert read_history(path) == kept
    append_history(path, {"epoch": 3})
    assert read_history(path) == [*kept, {"epoch": 3}]


def test_numpy_numbers_and_what_is_not_finite(tmp_path):
    path = tmp_path / "history.jsonl"
    append_history(
        path, {"epoch": np.int64(1), "loss": np.float32(0.5), "gap": np.nan, "norms": np.array([1.0, np.inf])}
    )
    assert read_history(path) == [{"epoch": 1, "loss": 0.5, "gap": None, "norms": [1.0, None]}]


def test_a_record_that_json_cannot_hold_writes_nothing(tmp_path):
    path = tmp_path / "history.jsonl"
    with pytest.raises(ArgumentError, match="a value of type object"):
        append_history(path, {"epoch": 1}, {"model": object()})
    assert not path.exists()


@pytest.mark.parametrize("line", [b"oops", b"[1]", b"", b"\xff", b'{"a":1}{"b":2}', b"[" * 100_000])
def test_a_damaged_line_is_named(tmp_path, line):
    path = tmp_path / "history.jsonl"
    path.write_bytes(b'{"epoch":1}\n' + line + b'\n{"epoch":3}\n')
    with pytest.raises(ModelFileError, match="line 2 is no JSON object"):
        read_history(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ModelFileError, match="is missing"):
        read_history(tmp_path / "history.jsonl")


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "history.jsonl").write_bytes(b'{"l\xe4": 1}\n')
    with pytest.raises(ModelFileError, match="line 1 is no JSON object"):
        read_history(tmp_path / "history.jsonl")


def test_a_pipe_is_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "history.jsonl")
    with pytest.raises(ModelFileError, match="is no file"):
        read_history(tmp_path / "history.jsonl")
