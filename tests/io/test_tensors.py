"""Arrays as bytes and back."""

import json
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from chainrule.errors import ArgumentError, ModelFileError
from chainrule.io.manifest import ArrayEntry, TensorsEntry
from chainrule.io.tensors import DTYPES, decode_arrays, encode_arrays, sha256

ARRAYS = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"])).filter(lambda name: name != "__metadata__"),
    hnp.arrays(st.sampled_from(sorted(DTYPES)), hnp.array_shapes(min_dims=0, min_side=0, max_side=4)),
    max_size=5,
)


@given(ARRAYS)
def test_arrays_come_back_to_the_last_bit(arrays):
    back = decode_arrays(*encode_arrays(arrays))
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        assert (back[name].dtype, back[name].shape) == (array.dtype, array.shape)
        assert back[name].tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3).T,
        np.arange(10.0)[::-2],
        np.broadcast_to(1.5, (2, 3)),
        np.asfortranarray(np.eye(3)),
    ],
)
def test_arrays_of_other_strides(array):
    back = decode_arrays(*encode_arrays({"a": array}))["a"]
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize(
    "array",
    [np.array(["a"]), np.array([1j]), np.array([None]), np.array([1.0], dtype=">f8"), np.array([1], "M8[s]")],
)
def test_arrays_that_cannot_be_held(array):
    with pytest.raises(ArgumentError, match="array 'a' has dtype"):
        encode_arrays({"a": array})


def file_of(header, data=b"", length=None):
    """The bytes of a safetensors file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def one(dtype="F64", shape=(1,), offsets=(0, 8)):
    return {"a": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


EIGHT = bytes(8)
HOSTILE = {
    "empty": b"",
    "header only announced": struct.pack("<Q", 8),
    "header longer than the file": file_of(one(), EIGHT, length=2**63),
    "header of 100 MB announced": file_of(one(), EIGHT, length=100_000_000),
    "shape that overflows": file_of(one(shape=(2**62, 2**62)), EIGHT),
    "shape larger than the data": file_of(one(shape=(2**40,), offsets=(0, 2**43)), EIGHT),
    "negative shape": file_of(one(shape=(-1,)), EIGHT),
    "offsets beyond the file": file_of(one(offsets=(2**50, 2**50 + 8)), EIGHT),
    "offsets backwards": file_of(one(offsets=(8, 0)), EIGHT),
    "data that nothing uses": file_of(one(), EIGHT * 2),
    "unknown dtype": file_of(one(dtype="F1024"), EIGHT),
    "dtype that NumPy has not": file_of(one(dtype="BF16", shape=(4,)), EIGHT),
    "another shape": file_of(one(shape=(1, 1)), EIGHT),
    "another dtype": file_of(one(dtype="I64"), EIGHT),
    "another name": file_of({"b": one()["a"]}, EIGHT),
    "header that is a list": file_of(b"[]"),
    "header that is no JSON": file_of(b"\xff{"),
    "header nested deeply": file_of(b'{"a":' * 100_000),
    "pickle": b"cos\nsystem\n(S'true'\ntR.",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_take_no_memory_and_give_one_clear_line(data):
    entry = TensorsEntry(len(data), sha256(data), {"a": ArrayEntry("float64", (1,))})
    decode_arrays(*encode_arrays({"a": np.zeros(1)}))  # whatever is imported is imported now
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError, match=r"model\.safetensors") as error:
            decode_arrays(data, entry)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(data) + 100_000
    assert "\n" not in error.value.one_line()
